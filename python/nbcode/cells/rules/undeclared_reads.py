"""What is said of a path that a cell reads and [meta] does not declare: what it was meant to be, and the line that declares it."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterable

from nbcode.cells.context import Context
from nbcode.cells.facts import CellFacts
from nbcode.cells.paths import UNKNOWN, declared_as
from nbcode.cells.rules.edits import rewritten
from nbcode.primitives import Fix, dataclass, nearest

ABSOLUTE = re.compile(
    r"(/(home|Users|mnt|data|tmp|var|opt|root|srv|etc|media|Volumes|content)/\S*|~/\S*|[A-Za-z]:\\\S*)\Z"
)
ADDRESS = re.compile(r"(https?|ftp|s3|gs|hdfs|abfss?|file)://\S+")
_INPUTS = re.compile(r"^#[ \t]*inputs[ \t]*:[ \t]*(?P<more>\{)?", re.MULTILINE)
_ONLY_DECLARED = "the clean run sees declared inputs only"


@dataclass(frozen=True, kw_only=True, slots=True)
class Undeclared:
    """The parts of a finding."""

    message: str
    cause: str
    fixes: tuple[Fix | str, ...]


def undeclared_read(context: Context, facts: CellFacts, node: ast.expr, path: str) -> Undeclared:
    """What is wrong with the read of ``path``, which ``node`` says."""
    shown = shown_path(path)
    if ADDRESS.match(path):
        return Undeclared(
            message=f"reads `{shown}`",
            cause="the clean run has no network: inputs are files of the project",
            fixes=(kept_in_the_project(context, path),),
        )
    there = context.files.there(path) if context.files is not None and UNKNOWN not in path else None
    misspelt = context.files.like(path) if context.files is not None and there is False else None
    if misspelt is not None:
        return _meant(context, facts, node, path, misspelt)
    near = _nearest_declared(context, path)
    if near is not None:
        fixes: tuple[str, ...] = (f"write the path as it is in the cell: {near[0]}: {shown}",)
        if there is not True:
            fixes = (*fixes, f"write {near[1]!r} in the cell")
        return Undeclared(
            message=f"reads `{shown}`, and `{near[0]}` is declared at `{near[1]}`",
            cause="a declared file is opened by its path from the notebook's folder, as in the kernel",
            fixes=fixes,
        )
    if UNKNOWN in path:
        fix = "declare the file, or its folder, under inputs: in [meta]"
    elif ABSOLUTE.match(path):
        fix = kept_in_the_project(context, path)
    else:
        fix = f"add {_below(context, shown)}; the cell stays as it is"
    return Undeclared(
        message=f"reads `{shown}`, which is not declared" + (", nor there" if there is False else ""),
        cause=_ONLY_DECLARED,
        fixes=("correct the path in the cell", f"put the file there, and {fix}")
        if there is False
        else (fix,),
    )


def kept_in_the_project(context: Context, path: str) -> str:
    """The fix for an address, or a path of one machine."""
    is_address = ADDRESS.match(path) is not None
    plain = re.sub(r"\A\w+://[^/]*", "", re.split(r"[?#]", path)[0]) if is_address else path
    name = re.sub(r"[^\w.-]", "", posixpath.basename(plain.rstrip("/\\"))) or "data.csv"
    folders = [posixpath.dirname(uri) for _, uri in context.inputs if not ADDRESS.match(uri)]
    kept = posixpath.join(folders[0] if folders else "data", name)
    get = "download it to a file" if is_address else "copy it into the project"
    if (declared := declared_as(kept, context.inputs)) is not None:
        return f"write {kept!r} in the cell, the file of the input `{declared}`"
    return f"{get}, write {kept!r} in the cell, and {_below(context, kept)}"


def shown_path(path: str) -> str:
    """``path`` as it is told."""
    plain = path if UNKNOWN in path or ADDRESS.match(path) else posixpath.normpath(path)
    return plain.replace(UNKNOWN, "...")[:60]


def _meant(context: Context, facts: CellFacts, node: ast.expr, path: str, meant: str) -> Undeclared:
    written = f"write {meant!r} in the cell"
    is_declared = declared_as(meant, context.inputs) is not None
    if not is_declared:
        near = _nearest_declared(context, meant)
        written += f", and {near[0]}: {meant} in [meta]" if near else f", and {_below(context, meant)}"
    plain = isinstance(node, ast.Constant)
    return Undeclared(
        message=f"reads `{shown_path(path)}`, which is not there: did you mean `{meant}`?",
        cause=_ONLY_DECLARED + (f", and {meant!r} is one" if is_declared else ""),
        fixes=(rewritten(written, facts.place_of(node), f'"{meant}"') if plain else written,),
    )


def _below(context: Context, path: str) -> str:
    """The line of [meta] that declares ``path``, and where it is written: below `inputs:`, which may have to be written as well."""
    stem = _stem(path)
    known = {one for one, _ in context.inputs}
    number = next(n for n in range(1, len(known) + 2) if (stem if n == 1 else f"{stem}_{n}") not in known)
    entry = f"{stem if number == 1 else f'{stem}_{number}'}: {path}"
    written = [found for cell in context.meta_cells for found in _INPUTS.finditer(cell.source)]
    if not written:
        return f"`# inputs:` and below it `#   {entry}` in [meta]"
    if written[0]["more"]:
        return f"`{entry}` within the braces of `# inputs:` in [meta]"
    return f"`#   {entry}` below `# inputs:` in [meta]"


def _stem(path: str) -> str:
    """The name that an input at ``path`` is given."""
    stem = posixpath.splitext(posixpath.basename(path))[0].lower()
    name = re.sub(r"\W+", "_", stem, flags=re.ASCII).strip("_")
    return name if re.match(r"[a-z]", name) else f"data_{name}".rstrip("_")


def _nearest_declared(context: Context, path: str) -> tuple[str, str] | None:
    """The declared input, as (name, path), whose file has the name of ``path`` in another folder; which would have its name, or whose
    path ``path`` misspells, while there is no such file."""
    name = posixpath.basename(path)
    if UNKNOWN in path:
        return None
    found = [(key, uri) for key, uri in _paths(context.inputs) if posixpath.basename(uri) == name]
    if len(found) == 1:
        return found[0]
    if (named := _named_so(context, path)) is not None:
        return named
    near = nearest(path, [uri for _, uri in _paths(context.inputs)])
    if near is None or context.files is None or context.files.there(near) is not False:
        return None
    return next((key, uri) for key, uri in _paths(context.inputs) if uri == near)


def _named_so(context: Context, path: str) -> tuple[str, str] | None:
    """The input that has the name which ``path`` would be given, where its own path leads nowhere."""
    if context.files is None:
        return None
    found = [(key, uri) for key, uri in _paths(context.inputs) if key == _stem(path)]
    return next((one for one in found if context.files.there(one[1]) is False), None)


def _paths(inputs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(key, uri.partition("#")[0]) for key, uri in inputs]

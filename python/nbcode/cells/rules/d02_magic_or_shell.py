"""A tagged cell holds a magic, a shell command or a help request.

Why: ``%magic``, ``!command`` and ``name?`` are instructions to the interactive kernel, not Python. What most of them do depends
on the machine, so they are no part of a build spec and are refused. Those that change no value are left out of the run, as if they
were comments, and a note says so: ``%matplotlib``, ``%config``, ``%load_ext autoreload``, ``%autoreload``, ``%time``,
``%%time``, ``%timeit``, ``%%timeit``, ``%%capture``, help requests. ``%time x = f()`` runs as ``x = f()``. ``%pylab`` is a warning:
``numpy``, ``np``, ``pyplot`` and ``plt`` are kept, and what its stars brought is not. ``!pip install x`` and its like are left out
too: they change the environment and no value, and the run has what is installed or locked here; a package that is not here is a
warning with the command to type, and an import of it is refused (D08). Other processes that a cell starts
(``subprocess``, ``multiprocessing``) are refused too. In a ``.py`` file Jupytext keeps magics as comments; there nothing would
run, so it is only a warning.

Bad::

    # %% [setup]
    %run helpers.ipynb
    files = !ls data

Good::

    # %% [setup]
    %pip install lightgbm
    from pathlib import Path
    files = sorted(Path("data").iterdir())
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from nbcode.cells.context import Context, finding
from nbcode.cells.facts import CellFacts
from nbcode.cells.ipython import COMMENTED, INSTALL, MagicLine, translate
from nbcode.cells.rules.d08_import_not_locked import PACKAGES
from nbcode.notebook.editing import line_removed, replaced
from nbcode.primitives import Diagnostic, Fix, Place, Severity

CODE = "D02"
TITLE = "magic or shell command"

_SHELL = frozenset({"os.system", "os.popen", "os.spawnv", "os.posix_spawn", "pty.spawn"})
_PROCESSES = frozenset(
    {
        *(
            "multiprocessing.Pool",
            "multiprocessing.Process",
            "multiprocessing.Queue",
            "multiprocessing.Manager",
            "multiprocessing.get_context",
        ),
        *("multiprocessing.pool.Pool", "concurrent.futures.ProcessPoolExecutor"),
        *("concurrent.futures.process.ProcessPoolExecutor", "torch.multiprocessing.spawn"),
    }
)
_CAUSE = "shell and magic are not part of a spec"
_FIXES = ("move it out of the tagged cell",)
_REQUIREMENT = re.compile(r"(?P<name>[A-Za-z][\w.-]*)(?:\[[\w, -]*\])?(?:(?:[=<>!~]=?=?|@).*)?$")
_TAKES_A_VALUE = frozenset(
    "-r -c -i -f -e -t -n --requirement --constraint --index-url --extra-index-url --find-links --channel --target".split()
)
_INSTALLERS = frozenset({"pip", "setuptools", "uv", "wheel"})
_TIMED = re.compile(r"%{1,2}\s?time\s+(?:--no-raise-error\s+)?")


def check(context: Context) -> Iterator[Diagnostic]:
    """Each magic line, each ``get_ipython``, each program started, and each magic that Jupytext commented out."""
    yield from _left_out(context)
    yield from _not_here(context)
    for facts in context.tagged:
        for magic in facts.parsed.magics:
            if magic.fate in {"refused", "command"}:
                yield _refused(facts, magic)
        for node in facts.all_of(ast.Name) if "get_ipython" in facts.cell.source else ():
            if node.id == "get_ipython" and isinstance(node.ctx, ast.Load):
                yield finding(
                    CODE,
                    "`get_ipython()` talks to the interactive kernel",
                    facts.place_of(node),
                    cause=_CAUSE,
                    fixes=_FIXES,
                )
        for call, dotted in context.calls_of(facts):
            if dotted in _SHELL or dotted.startswith("subprocess."):
                yield finding(
                    CODE,
                    f"`{dotted}` starts another program",
                    facts.place_of(call),
                    cause=_CAUSE,
                    fixes=_FIXES,
                )
            elif dotted in _PROCESSES:
                yield _processes(facts, call, dotted)
        if context.notebook.format == "percent":
            yield from _commented(facts.lines, facts.place)


def _left_out(context: Context) -> Iterator[Diagnostic]:
    """One note for each kind of line that is left out, at its first place."""
    places: dict[str, list[tuple[CellFacts, MagicLine]]] = {}
    for facts in context.tagged:
        for magic in facts.parsed.magics:
            if magic.fate in {"left out", "pylab"}:
                places.setdefault(magic.name, []).append((facts, magic))
    for name, found in places.items():
        facts, magic = found[0]
        others = sorted({f.cell.index for f, _ in found} - {facts.cell.index})
        also = (
            f", also in cell{'s' if len(others) > 1 else ''} {', '.join(map(str, others))}" if others else ""
        )
        shown = f"`{magic.text[:40]}`" if name == "?" else f"`{name}`"
        pylab = magic.fate == "pylab"
        yield finding(
            CODE,
            f"{shown} is left out of the run{also}",
            _place(facts, magic),
            cause="numpy, np, pyplot and plt are kept; what else it imports is not, and depends on the version"
            if pylab
            else _why(name),
            fixes=(Fix(title="import what is used by name"),) if pylab else (_removed(facts, magic),),
            severity=Severity.WARNING if pylab else Severity.NOTE,
        )


def _not_here(context: Context) -> Iterator[Diagnostic]:
    """A warning for each package that a line installs and that is not here, as far as its name is its module's."""
    reported: set[str] = set()
    for facts in context.tagged if context.locked is not None else ():
        for magic in facts.parsed.magics:
            install = INSTALL.match(magic.text) if magic.fate == "left out" else None
            for package in () if install is None else _packages(install["what"]):
                if (
                    package in reported
                    or package in _INSTALLERS
                    or _modules_of(package) & (context.locked or frozenset())
                ):
                    continue
                reported.add(package)
                yield finding(
                    CODE,
                    f"`{package}` is not installed here, and the run installs nothing",
                    _place(facts, magic),
                    cause="a clean run has what is installed or locked here",
                    fixes=(f"pip install {package}, or uv add {package} where there is a uv.lock",),
                    severity=Severity.WARNING,
                )


def _packages(arguments: str) -> Iterator[str]:
    """Names of the packages in what stands behind ``install``; files, addresses and options are none."""
    words = iter(arguments.replace("\\\n", " ").split())
    for word in words:
        if ">" in word and not _REQUIREMENT.match(word.strip("'\"")):
            if word.endswith(">"):
                next(words, None)  # where the output goes
        elif word in _TAKES_A_VALUE:
            next(words, None)
        elif (found := _REQUIREMENT.match(word.strip("'\""))) is not None:
            yield found["name"]


def _modules_of(package: str) -> set[str]:
    """The modules that ``package`` may have: by the table, and by its name as people derive one from the other."""
    plain = package.replace("-", "_").replace(".", "_")
    known = {module for module, name in PACKAGES.items() if name.lower() == package.lower()}
    return known | {
        plain,
        plain.lower(),
        plain.lower().removeprefix("python_"),
        plain.lower().removesuffix("_python"),
    }


def _why(name: str) -> str:
    if name.endswith(" install"):
        return "it changes the environment and no value: the run has what is installed or locked here"
    if name in {"%timeit", "%%timeit"}:
        return "it measures code, and what that code assigns is not kept, in the kernel neither"
    if name == "%time":
        return "the statement behind it runs; a .py copy by Jupytext would hold the whole line as a comment"
    return "it changes what is shown or reloaded, and no value"


def _refused(facts: CellFacts, magic: MagicLine) -> Diagnostic:
    command = magic.fate == "command"
    return finding(
        CODE,
        f"`{magic.text[:40]}` is {'a command to IPython' if command else 'no Python'}",
        _place(facts, magic),
        cause=f"IPython takes `{magic.name}` for a magic or a shell command, and {_CAUSE}"
        if command
        else _CAUSE,
        fixes=_FIXES,
    )


def _processes(facts: CellFacts, call: ast.Call, dotted: str) -> Diagnostic:
    return finding(
        CODE,
        f"`{dotted}` starts other processes",
        facts.place_of(call),
        cause="the sandbox of a clean run lets cells share nothing with another process",
        fixes=("use `concurrent.futures.ThreadPoolExecutor`", "use `joblib.Parallel(n_jobs=1)`"),
    )


def _place(facts: CellFacts, magic: MagicLine) -> Place:
    base = facts.place(magic.line)
    return Place(
        path=base.path,
        cell=base.cell,
        tag=base.tag,
        line=magic.line,
        column=magic.column,
        file_line=base.file_line,
    )


def _removed(facts: CellFacts, magic: MagicLine) -> Fix:
    """Mechanical where the line is no body of a statement: without ``%time`` or without the line."""
    timed = _TIMED.match(magic.text)
    title = "take it out, or leave it: the run is the same"
    if timed is not None and magic.name == "%time":
        edit = replaced(facts.cell.index, magic.line, magic.column, timed[0], "")
    elif magic.column == 1 and not magic.text.endswith("\\") and magic.name != "%%timeit":
        edit = line_removed(facts.cell.index, magic.line)
    else:
        return Fix(title=title)
    return Fix(title=title, edits=(edit,))


def _commented(lines: list[str], place: Callable[[int], Place]) -> Iterator[Diagnostic]:
    for number, line in enumerate(lines, 1):
        found = COMMENTED.match(line)
        if found is not None:
            there = translate(found["code"])
            harmless = not there.python.partition("#")[0].strip() and all(
                magic.fate == "left out" for magic in there.magics
            )
            yield finding(
                CODE,
                f"`{line[:40]}` becomes a magic in a notebook",
                place(number),
                cause="Jupytext writes magics to .py files as comments; it does nothing here",
                fixes=_FIXES,
                severity=Severity.NOTE if harmless else Severity.WARNING,
            )

"""The window to where a declared path leads: beside the notebook first, then from the project's root, never out of it."""

from __future__ import annotations

import os
import shlex
from dataclasses import replace
from pathlib import Path

from nbcode.configuration import FILE_NAME
from nbcode.inputs.references import Reference, parse_reference
from nbcode.primitives import Diagnostic, Fix, Place, Severity, dataclass

_META = Place(tag="meta")
_SHALLOW = 2
"""Parts of a path that is too near to the disk's root to be a project: ``/`` and ``/home``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """``path`` is the real file or folder, None where it is refused; ``place`` is where cells find it, relative to the project's
    root."""

    path: Path | None = None
    place: str | None = None
    diagnostics: tuple[Diagnostic, ...] = ()


def reference_of(name: str, uri: str, root: Path, notebook_folder: Path | None) -> Reference | Diagnostic:
    """The reference that ``uri`` writes, or why it is refused; for an absolute path the fix says what to write or type instead."""
    found = parse_reference(name, uri)
    if isinstance(found, Reference) or not uri.startswith("/") or "\0" in uri:
        return found
    path = Path(os.path.normpath(uri))
    ways: tuple[str, ...] = (f"write `{name}: {_from(notebook_folder or root, path)}`",)
    if not path.is_relative_to(root):
        ways = _ways_in(name, path, root, notebook_folder)
    return replace(found, fixes=tuple(Fix(title=way) for way in ways))


def _from(folder: Path, path: Path) -> str:
    return Path(os.path.relpath(path, folder)).as_posix()


def _ways_in(name: str, path: Path, root: Path, notebook_folder: Path | None) -> tuple[str, ...]:
    """What to type so that a file outside of ``root`` is one of the project: a copy, or a root that holds both."""
    folder = notebook_folder or root
    if not os.path.lexists(path):
        return (f"there is no {path}: put the file into {folder} and write `{name}: {path.name}`",)
    copied = f"cp -r {shlex.quote(str(path))} {shlex.quote(str(folder))}/"
    ways = [f"type `{copied}`, write `{name}: {path.name}`, and open it by that path"]
    both = Path(os.path.commonpath([root, path.parent]))
    if len(both.parts) > _SHALLOW:
        ways.append(
            f"make {both} the project: type `{_widened(root, both)}` and write `{name}: {_from(folder, path)}`"
        )
    return tuple(ways)


def _widened(root: Path, both: Path) -> str:
    """The command that makes ``both`` the project's root: the nearest nbcode.toml says where that is."""
    there = shlex.quote(str(both / FILE_NAME))
    mine = root / FILE_NAME
    return f"mv {shlex.quote(str(mine))} {there}" if mine.exists() else f"touch {there}"


def find_places(reference: Reference, root: Path, notebook_folder: Path | None) -> Places:
    """Where ``reference`` leads. ``root`` and ``notebook_folder`` have their links followed.

    NBC-E04 for what leads out of ``root`` as written or by a link, and for a folder that holds the notebook; NBC-E25, a warning,
    where the path means one file beside the notebook and another one from the root: the first is taken.
    """
    written = [
        Path(os.path.normpath(folder / reference.path))
        for folder in (notebook_folder, root)
        if folder is not None
    ]
    inside = [path for path in written if path.is_relative_to(root)]
    if not inside:
        there = [path for path in written if os.path.lexists(path)]
        outside = (there or written)[0]
        return _out(reference, "`..` leads out of the project", outside, root, notebook_folder)
    there = [path for path in inside if os.path.lexists(path)]
    chosen = (there or inside)[0] if there else inside[-1]
    real = Path(os.path.realpath(chosen))
    if not real.is_relative_to(root):
        return _out(reference, "it is a link out of the project", real, root, notebook_folder)
    if real.is_dir() and (notebook_folder or root).is_relative_to(real):
        return _refused(
            f"input `{reference.name}` at {reference.path!r} is the folder of the notebook, or one around it",
            "all that is in it would be read: the notebook itself, the store, what earlier runs left",
            ("declare the folder below it that holds the data", "declare the files one by one"),
        )
    found: tuple[Diagnostic, ...] = ()
    if len(there) > 1 and os.path.realpath(there[1]) != str(real):
        found = (_ambiguous(reference, there[0], there[1], root),)
    return Places(path=real, place=chosen.relative_to(root).as_posix(), diagnostics=found)


def _ambiguous(reference: Reference, first: Path, second: Path, root: Path) -> Diagnostic:
    shown = [path.relative_to(root).as_posix() for path in (first, second)]
    return Diagnostic(
        code="NBC-E25",
        severity=Severity.WARNING,
        message=f"input `{reference.name}` at {reference.path!r} is two files: {shown[0]} and {shown[1]}",
        cause="a path of [meta] is relative to the notebook, and where there is no such file to the project's root; the first is taken",
        fixes=("rename or remove one of them", "declare the other one by its path from the notebook"),
        place=_META,
    )


def _out(reference: Reference, why: str, path: Path, root: Path, notebook_folder: Path | None) -> Places:
    return _refused(
        f"input `{reference.name}` at {reference.path!r} is outside the project",
        f"{why}: a notebook may read only what is below the project's root, {root}",
        _ways_in(reference.name, path, root, notebook_folder),
    )


def _refused(message: str, cause: str, fixes: tuple[str, ...]) -> Places:
    return Places(
        diagnostics=(Diagnostic(code="NBC-E04", message=message, cause=cause, fixes=fixes, place=_META),)
    )

"""The window to where a declared path leads: beside the notebook first, then from the project's root, never out of it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from nbcode.inputs.references import Reference
from nbcode.primitives import Diagnostic, Place, Severity

_META = Place(tag="meta")


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """``path`` is the real file or folder, None where it is refused; ``place`` is where cells find it, relative to the project's
    root."""

    path: Path | None = None
    place: str | None = None
    diagnostics: tuple[Diagnostic, ...] = ()


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
        return _out(reference, "`..` leads out of the project", root)
    there = [path for path in inside if os.path.lexists(path)]
    chosen = (there or inside)[0] if there else inside[-1]
    real = Path(os.path.realpath(chosen))
    if not real.is_relative_to(root):
        return _out(reference, "it is a link out of the project", root)
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


def _out(reference: Reference, why: str, root: Path) -> Places:
    return _refused(
        f"input `{reference.name}` at {reference.path!r} is outside the project",
        f"{why}: a notebook may read only what is below the project's root, {root}",
        (
            "make the folder that holds both the project: `nbcode init` there",
            "copy the file into the project",
            "declare it as a dataset in nbcode.toml, which asks for trust",
        ),
    )


def _refused(message: str, cause: str, fixes: tuple[str, ...]) -> Places:
    return Places(
        diagnostics=(Diagnostic(code="NBC-E04", message=message, cause=cause, fixes=fixes, place=_META),)
    )

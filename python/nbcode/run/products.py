"""Inside the kernel: what cells wrote. Declared outputs are kept with the artifact; whatever else is named and left behind."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from nbcode.primitives import Diagnostic, Place, Severity

OUTPUTS = "outputs"
_NAMED = 8


def written(root: Path, given: Collection[Path]) -> tuple[Path, ...]:
    """The files below ``root`` that are not among ``given`` nor below one of these: what the cells wrote, in order."""
    found: list[Path] = []
    for folder, folders, files in os.walk(root):
        here = Path(folder)
        folders[:] = [name for name in folders if here / name not in given and name != "__pycache__"]
        found += [here / name for name in files if here / name not in given]
    return tuple(sorted(found))


def keep_outputs(
    outputs: Iterable[tuple[str, str]], *, cwd: Path, root: Path, out: Path
) -> tuple[tuple[Path, ...], tuple[Diagnostic, ...]]:
    """Copy each declared output (name, path relative to ``cwd``) to ``out/outputs/<path>``; returns what was kept, as it lies in the
    mirror ``root``, and NBC-H32 for each that the cells did not write as files of their own."""
    kept: list[Path] = []
    problems: list[Diagnostic] = []
    for name, written_as in outputs:
        place = Path(os.path.normpath(cwd / written_as))
        files = tuple(_files(place, root))
        if not files:
            problems.append(_no_output(name, written_as, place, root))
        for file in files:
            target = out / OUTPUTS / file.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
        kept += files
    return tuple(kept), tuple(problems)


def left_behind(files: Iterable[Path], *, cwd: Path) -> Diagnostic | None:
    """A note that names what goes with the run, None where there is nothing."""
    names = [os.path.relpath(file, cwd) for file in files]
    if not names:
        return None
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return Diagnostic(
        code="NBC-H31",
        severity=Severity.NOTE,
        message=f"left behind in the run: {', '.join(names[:_NAMED])}{more}",
        cause="what cells write is no part of the candidate unless [meta] declares it",
        fixes=(
            f"to keep it with the artifact, add to [meta]: # outputs: and below it #   {_name(names[0])}: {names[0]}",
        ),
    )


def _files(place: Path, root: Path) -> Iterator[Path]:
    """The regular files at or below ``place``. A link is none: it may lead to an input, or out."""
    if not place.is_relative_to(root) or _link_above(place, root) is not None:
        return
    if _is_regular(place):
        yield place
    for folder, folders, files in os.walk(place):
        folders.sort()
        yield from (path for name in sorted(files) if _is_regular(path := Path(folder) / name))


def _link_above(place: Path, root: Path) -> Path | None:
    """The link by which ``place`` is reached, or which it is itself."""
    return next((p for p in (place, *place.parents) if p.is_relative_to(root) and p.is_symlink()), None)


def _is_regular(path: Path) -> bool:
    return stat.S_ISREG(path.lstat().st_mode) if os.path.lexists(path) else False


def _name(path: str) -> str:
    stem = "".join(c if c.isalnum() and c.isascii() else "_" for c in Path(path).stem.lower()).strip("_")
    return stem if stem[:1].isalpha() else f"output_{stem}".rstrip("_")


def _no_output(name: str, path: str, place: Path, root: Path) -> Diagnostic:
    """What is there instead of a file that can be kept."""
    link = _link_above(place, root)
    if not place.is_relative_to(root):
        said, fix = f"{path!r} is outside of the project", "write it below the project's folder"
    elif link is not None:
        said, fix = (
            f"{os.path.relpath(link, root)!r} is a link, which is not followed",
            "write the file itself",
        )
    elif not place.exists():
        said, fix = f"the cells did not write {path!r}", "tag the cell that writes it"
    elif place.is_dir():
        said, fix = f"there is no file in the folder {path!r}", "tag the cell that writes into it"
    else:
        said, fix = f"{path!r} is {_kind(place)} and no file", "write a file there"
    return Diagnostic(
        code="NBC-H32",
        message=f"output `{name}`: {said}",
        cause="a declared output is a file or folder that tagged cells write, by a path relative to the notebook",
        fixes=(fix, "correct the path", "delete the line"),
        place=Place(tag="meta"),
    )


def _kind(place: Path) -> str:
    mode = place.lstat().st_mode
    named = ((stat.S_ISFIFO, "a named pipe"), (stat.S_ISSOCK, "a socket"))
    return next((said for is_one, said in named if is_one(mode)), "a device")

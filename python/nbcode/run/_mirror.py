"""Window: the mirror of the project in which cells work. It holds the declared inputs and nothing else, each at its own path.

The working directory of a run is the notebook's folder in it, so that `../data/prices.csv` is the pinned file for whatever opens
it: Python, Arrow, HDF5, SQLite. Where there are mount namespaces each input is mounted there, read-only, and at its absolute
path as well; elsewhere the mirror holds links to the files, which is all that absolute paths need there.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from nbcode import sandbox
from nbcode.run.values import Placement, RunContent

_ROOT = "cwd"


def working_directory(content: RunContent) -> str:
    """Where the cells work, relative to the scratch directory."""
    return f"{_ROOT}/{content.folder}" if content.folder else _ROOT


def mirrored(content: RunContent, scratch: Path) -> tuple[Path | None, ...]:
    """For each input the path in the mirror, None for what has none; ``scratch`` as it is seen inside."""
    return tuple(None if one.place is None else scratch / _ROOT / one.place for one in content.inputs)


def write_modules(content: RunContent, folder: Path) -> tuple[Path, ...]:
    """Write the project's modules below ``folder``, from where they come into the mirror; returns their paths."""
    written = tuple(folder / one.path for one in content.modules)
    for one, path in zip(content.modules, written, strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(one.source, encoding="utf-8")
    return written


def modules_in(content: RunContent, scratch: Path) -> tuple[Path, ...]:
    """The project's modules in the mirror; ``scratch`` as it is seen inside."""
    return tuple(scratch / _ROOT / one.path for one in content.modules)


def module_folders(content: RunContent, scratch: Path) -> tuple[Path, ...]:
    """Where imports find the project's modules; ``scratch`` as it is seen inside."""
    return tuple(Path(os.path.normpath(scratch / _ROOT / folder)) for folder in content.module_folders)


def root(scratch: Path) -> Path:
    """The mirror of the project's root."""
    return scratch / _ROOT


def absolute(content: RunContent, placement: Placement) -> tuple[Path, ...]:
    """The inputs' absolute paths in the project on this machine, as a notebook may have written them."""
    if placement.project is None:
        return ()
    return tuple(placement.project / one.place for one in content.inputs if one.place is not None)


def mounts(content: RunContent, placement: Placement, modules: tuple[Path, ...]) -> Iterator[sandbox.Mount]:
    """What is mounted for a run in namespaces, outer folders first; ``modules`` is what :func:`write_modules` wrote."""
    scratch = sandbox.INSIDE_SCRATCH
    found: dict[Path, Path] = dict(zip(modules_in(content, scratch), modules, strict=True))
    for host, one, inside in zip(placement.inputs, content.inputs, mirrored(content, scratch), strict=True):
        if inside is None or one.place is None:
            continue
        found[inside] = found[host] = host
        if placement.project is not None:
            found[placement.project / one.place] = host
    for inside, host in sorted(found.items(), key=lambda pair: len(pair[0].parts)):
        yield sandbox.Mount(host=host, inside=inside)


def link(content: RunContent, placement: Placement, modules: tuple[Path, ...], scratch: Path) -> None:
    """Make the mirror of links in ``scratch``, for a run without namespaces. An input below a declared folder is there already."""
    placed: list[Path] = []
    pairs = (
        *zip(placement.inputs, mirrored(content, scratch), strict=True),
        *zip(modules, modules_in(content, scratch), strict=True),
    )
    for host, path in sorted(
        ((host, path) for host, path in pairs if path is not None), key=lambda pair: len(pair[1].parts)
    ):
        if any(path.is_relative_to(outer) for outer in placed):
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            path.symlink_to(host)
        placed.append(path)

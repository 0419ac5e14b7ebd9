"""`nbcode init`: a configuration, an example notebook, and the kernel if wanted. Overwrites nothing."""

from __future__ import annotations

import errno
import importlib.util
import os
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from alpha_bench.describe import create_atomic
from nbcode.commands.declaring import WrittenDataset, declare, read_dataset
from nbcode.commands.gallery import Example, example
from nbcode.configuration import FILE_NAME, commented_file, find_upward
from nbcode.primitives import Diagnostic, Exit, NbcodeError, Place, dataclass

if TYPE_CHECKING:
    from nbcode.commands.outputs.machine import InitOutput, MadeItem


class State(StrEnum):
    """What became of one thing."""

    WRITTEN = "written"
    EXISTS = "exists"
    NOT_WANTED = "not wanted"


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One thing that init would make: what it is, where, what became of it, and a word on why."""

    what: str
    path: Path | None
    state: State
    note: str = ""

    def to_json(self) -> MadeItem:
        """Plain data."""
        path = None if self.path is None else str(self.path)
        return {"what": self.what, "path": path, "state": str(self.state), "note": self.note}


@dataclass(frozen=True, kw_only=True, slots=True)
class Initialised:
    """What init found and made. ``next_commands`` are what to type now, in their order."""

    folder: Path
    items: tuple[Item, ...]
    next_commands: tuple[tuple[str, str], ...]
    dataset: WrittenDataset | None = None

    def to_json(self) -> InitOutput:
        """Plain data."""
        return {
            "status": "done",
            "folder": str(self.folder),
            "items": [item.to_json() for item in self.items],
            "next": [command for command, _ in self.next_commands],
            "dataset": None if self.dataset is None else self.dataset.to_json(),
        }


InstallKernel = Callable[[], tuple[Path, bool]]
"""Installs the kernel; returns its directory and whether it was written now."""


def init(
    folder: Path,
    *,
    cwd: Path,
    install_kernel: InstallKernel | None,
    chosen: Example | None = None,
    data: Path | None = None,
) -> Initialised:
    """Make ``folder`` a project. Run twice, the second time writes nothing. Paths in the result are relative to ``cwd``.

    ``chosen`` is the example to write, by default the first of the gallery, or with ``data`` the one on a table of one's own.
    ``data`` is a table that is looked at and declared in nbcode.toml.

    Raises:
        NbcodeError: ``folder`` is not a folder (NBC-X05), something cannot be written (NBC-X04), or ``data`` cannot be read.
    """
    folder = Path(os.path.abspath(cwd / folder))  # noqa: PTH100 - what is shown is what was typed, links kept
    wanted = chosen or example("own-data" if data is not None else "momentum")
    try:
        given = (
            None if data is None else read_dataset(cwd / data, folder)
        )  # a file that is refused leaves nothing behind
        folder.mkdir(parents=True, exist_ok=True)
        items = [_configuration(folder), *(_files(folder, wanted) if given is None else ())]
        dataset: WrittenDataset | None = None
        if given is not None:
            dataset = given.write()
        elif wanted.data is not None:
            dataset = declare(folder / wanted.data, folder)
        items += [_notebook(folder, wanted, dataset), _kernel(install_kernel)]
    except OSError as error:
        raise NbcodeError([_refused(folder, error)], _exit(error)) from error
    notebook = Path(items[-2].path or folder)
    return Initialised(
        folder=folder, items=tuple(items), next_commands=_next_commands(notebook, cwd), dataset=dataset
    )


def _configuration(folder: Path) -> Item:
    path = folder / FILE_NAME
    above = find_upward(folder.parent, FILE_NAME) if not os.path.lexists(path) else None
    if above is not None:
        note = "the project around this folder has one, and it holds here too"
        return Item(what="configuration", path=above / FILE_NAME, state=State.EXISTS, note=note)
    return _made("configuration", path, commented_file().encode())


def _files(folder: Path, wanted: Example) -> list[Item]:
    return [_made("read by the example", folder / name, make()) for name, make in wanted.files.items()]


def _notebook(folder: Path, wanted: Example, dataset: WrittenDataset | None) -> Item:
    if dataset is None:
        return _made("example notebook", folder / wanted.notebook, wanted.text())
    name = wanted.notebook if wanted.data == f"{dataset.name}.csv" else f"{dataset.name}.ipynb"
    return _made("example notebook", folder / name, wanted.text(dataset.name))


def _made(what: str, path: Path, data: bytes) -> Item:
    written = create_atomic(path, data)
    note = "" if written else "left as it is"
    return Item(what=what, path=path, state=State.WRITTEN if written else State.EXISTS, note=note)


def _kernel(install: InstallKernel | None) -> Item:
    if install is None:
        return Item(what="kernel", path=None, state=State.NOT_WANTED, note="nbcode init --kernel installs it")
    path, written = install()
    state = State.WRITTEN if written else State.EXISTS
    return Item(what="kernel", path=path, state=state, note="" if written else "left as it is")


def _next_commands(path: Path, cwd: Path) -> tuple[tuple[str, str], ...]:
    notebook = path.name if path.parent == cwd else os.path.relpath(path, cwd)
    look = (f"jupyter lab {notebook}", "look at it, change it, run it")
    if importlib.util.find_spec("jupyterlab") is None:
        look = (f"pip install jupyterlab && {look[0]}", look[1])
    return (
        (f"nbcode check {notebook}", "what stands between it and a promote"),
        (f"nbcode promote {notebook}", "from the tagged cells to a candidate"),
        look,
    )


def _refused(folder: Path, error: OSError) -> Diagnostic:
    if isinstance(error, FileExistsError | NotADirectoryError):
        cause, fix = "a file of this name is in the way", "name a folder: nbcode init FOLDER"
        return Diagnostic(
            code="NBC-X05", message="not a folder", cause=cause, fixes=(fix,), place=Place(path=str(folder))
        )
    return Diagnostic(
        code="NBC-X04",
        message="cannot write here",
        cause=(error.strerror or str(error)).lower(),
        fixes=("name another folder: nbcode init FOLDER",)
        if error.errno != errno.ENOSPC
        else ("free some space",),
        place=Place(path=str(error.filename or folder)),
    )


def _exit(error: OSError) -> Exit:
    return Exit.USER if isinstance(error, FileExistsError | NotADirectoryError) else Exit.ENVIRONMENT

"""`nbcode init --data FILE`: a table is looked at, declared in nbcode.toml, and read as that says."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from alpha_bench.describe import write_named
from nbcode.configuration import (
    FILE_NAME,
    SAMPLE,
    Config,
    DatasetConfig,
    commented_file,
    find_upward,
    read_config,
)
from nbcode.inputs import Look, look_at
from nbcode.namespace import PanelFiles, load_panel
from nbcode.primitives import Diagnostic, NbcodeError, Place, dataclass

if TYPE_CHECKING:
    from nbcode.commands.outputs.machine import DeclaredDataset


@dataclass(frozen=True, kw_only=True, slots=True)
class WrittenDataset:
    """A declared dataset: its ``section`` as it stands in nbcode.toml (``written`` now, or before), what was seen, and what the panel
    that is read by it is: ``panel`` in one line, ``validation`` its table as text."""

    name: str
    path: Path
    section: str
    written: bool
    notes: tuple[str, ...]
    panel: str
    validation: str

    def to_json(self) -> DeclaredDataset:
        """Plain data."""
        return {
            "name": self.name,
            "configuration": str(self.path),
            "section": self.section,
            "written": self.written,
            "notes": list(self.notes),
            "panel": self.panel,
            "validation": self.validation,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadDataset:
    """A dataset that was read as ``text``, which is to be nbcode.toml, declares it. ``dataset`` is what there is to say of it."""

    text: str
    dataset: WrittenDataset

    def write(self) -> WrittenDataset:
        """Write nbcode.toml, where the section is not there yet. Raises ``OSError`` where it cannot be written."""
        if self.dataset.written:
            write_named(self.dataset.path, self.text.encode(), durable=True)
        return self.dataset


def declare(data: Path, folder: Path) -> WrittenDataset:
    """Look at ``data``, read it as the look says, and when that holds write ``[data.<name>]`` to the nbcode.toml of ``folder``. A section
    that is there is kept, and read as it says.

    Raises:
        NbcodeError: see :func:`read_dataset`.
        OSError: nbcode.toml cannot be written.
    """
    return read_dataset(data, folder).write()


def read_dataset(data: Path, folder: Path) -> ReadDataset:
    """The same without writing. ``folder`` need not exist.

    Raises:
        NbcodeError: what :func:`nbcode.inputs.look_at` raises; what reading it as declared raises; a section that nbcode.toml cannot take.
    """
    data = Path(os.path.abspath(data))  # noqa: PTH100 - links kept
    root = find_upward(folder, FILE_NAME) or folder
    path = root / FILE_NAME
    before = path.read_text(encoding="utf-8") if path.exists() else commented_file()
    name = _name(data)
    known = read_config(before, path).config
    there = next((one for one in known.datasets if one.name == name), None) if known else None
    look = None if there else look_at(data)  # a section that is there says how the file is read
    uri = os.path.relpath(data, root) if data.is_relative_to(root) else str(data)
    section = "" if look is None else look.section(name, uri)
    text = before if look is None else f"{before.rstrip()}\n\n{section}"
    reading = read_config(text, path)
    if reading.config is None:
        raise NbcodeError(reading.diagnostics)
    panel = load_panel(_files(reading.config.dataset(name)))
    return ReadDataset(
        text=text,
        dataset=WrittenDataset(
            name=name,
            path=path,
            section=section,
            written=look is not None,
            notes=_notes(look, inside=data.is_relative_to(root)) + _default(reading.config, name),
            panel=repr(panel),
            validation=str(panel.validation),
        ),
    )


def _files(dataset: DatasetConfig | None) -> PanelFiles:
    assert dataset is not None, "it was declared just now"
    return PanelFiles(
        prices=dataset.prices,
        reference=dataset.reference,
        derive=dataset.derive,
        date_column=dataset.date_column,
        symbol_column=dataset.symbol_column,
        layout=dataset.layout,
        name=dataset.name,
        line=dataset.line,
    )


def _notes(look: Look | None, *, inside: bool) -> tuple[str, ...]:
    outside = () if inside else ("the file is outside of the project: `nbcode trust` allows it, once",)
    return (*(look.notes if look is not None else ()), *outside)


def _default(config: Config, name: str) -> tuple[str, ...]:
    """That a first dataset takes the place of the sample panel."""
    if config.defaults_data != name or len(config.datasets) > 1:
        return ()
    return (
        "notebooks whose [meta] names no data read it from now on, and not the sample panel: data: sample names that",
    )


def _name(data: Path) -> str:
    """``own_prices`` for ``Own Prices.csv.gz``. Raises NBC-C14 for a name of which nothing is left."""
    name = re.sub(r"[^a-z0-9]+", "_", data.name.lower().split(".")[0]).strip("_")[:63]
    if name and not name[0].isalpha():
        name = f"data_{name}"[:63]
    if not name or name == SAMPLE:
        problem = Diagnostic(
            code="NBC-C14",
            message=f"a dataset cannot be named after {data.name}",
            cause="a name is a-z, 0-9, _ and -, and begins with a letter; sample is the embedded panel",
            fixes=("rename the file",),
            place=Place(path=str(data)),
        )
        raise NbcodeError([problem])
    return name

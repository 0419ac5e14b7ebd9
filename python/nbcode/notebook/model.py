"""The frozen values of the notebook language: a cell, a notebook, and what reading one gives."""

from __future__ import annotations

from typing import Literal

from nbcode.primitives import Diagnostic, Digest, dataclass

CellKind = Literal["code", "markdown", "raw"]
Carrier = Literal["marker", "tags", "title"]
NotebookFormat = Literal["ipynb", "percent", "yaml", "module"]

TAGS = ("meta", "setup", "features", "model", "eval")
"""The tags that promote a cell, in their usual order."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One cell. ``index`` counts from 1 in the document.

    ``source`` ends its lines with LF and no blank line at its end. A tag marker (``# %% [features]``) is its line 1 where
    the cell has one, so that a line number means the same in both formats. ``tag`` is None for exploratory cells.
    ``first_line`` is the line of the file that holds line 1 of ``source`` (percent files only). ``title`` and ``tags`` are those of
    the cell's metadata in an ``.ipynb``.
    """

    index: int
    kind: CellKind
    source: str
    id: str | None = None
    tag: str | None = None
    carrier: Carrier | None = None
    first_line: int | None = None
    title: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenCell:
    """A cell as an editor holds it. ``tags`` and ``title`` are those of the cell's metadata."""

    kind: CellKind
    source: str
    tags: tuple[str, ...] = ()
    title: str | None = None
    id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Notebook:
    """A notebook that was read whole. ``digest`` is over the file's bytes without a byte order mark; for a document that is
    open in an editor, over its cells."""

    path: str
    format: NotebookFormat
    cells: tuple[Cell, ...]
    digest: Digest

    @property
    def is_framework(self) -> bool:
        """Whether it is a model of the framework's in a file of another form: but for [meta], its cells do not stand in the file."""
        return self.format in {"yaml", "module"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What reading gave: every finding, and the notebook where the file could be read at all."""

    notebook: Notebook | None
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    """The largest notebook that is read. Depth counts nested arrays and objects of the JSON."""

    file_size_bytes: int = 200_000_000
    comfortable_size_bytes: int = 50_000_000
    source_size_bytes: int = 1_000_000
    cells: int = 2_000
    depth: int = 64
    integer_digits: int = 1_000

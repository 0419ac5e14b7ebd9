"""A way out of a finding: what to do in words, and as edits where it is mechanical."""

from __future__ import annotations

from typing import Literal

from nbcode.primitives.foreign_text import encodable
from nbcode.primitives.values import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class TextEdit:
    """``text`` in the place of a range of a cell's source: an insertion where the range is empty.

    ``cell``, lines and columns count from 1, columns in characters, and the end is exclusive, as in
    :class:`nbcode.primitives.Place`; an end at column 1 of the line after the last one is the end of the source. (LSP counts
    from 0 and in UTF-16 units: the editor's side converts.)
    """

    cell: int
    line: int
    column: int
    end_line: int
    end_column: int
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class MetadataEdit:
    """In a cell's metadata, ``new`` in the place of ``old``: one of ``tags``, or the whole ``title``. None removes it."""

    cell: int
    key: Literal["tags", "title"]
    old: str
    new: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Fix:
    """One way out. ``title`` says it in words. Its edits do it and are made together; none where it takes a thought.

    Ranges of one fix do not overlap and count in the source as it was found.
    """

    title: str
    edits: tuple[TextEdit, ...] = ()
    metadata: tuple[MetadataEdit, ...] = ()

    def __post_init__(self) -> None:
        """A title may name what is foreign."""
        object.__setattr__(self, "title", encodable(self.title))

    @property
    def mechanical(self) -> bool:
        """Whether a program can do it."""
        return bool(self.edits or self.metadata)

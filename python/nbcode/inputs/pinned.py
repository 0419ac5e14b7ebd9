"""What a build reads, pinned by content before the first cell runs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from nbcode.configuration import TableLayout
from nbcode.inputs.sources import InputSource
from nbcode.primitives import Diagnostic, Digest, dataclass


class Role(StrEnum):
    """What a file is to a run: the panel's prices, its reference table, or a named extra input."""

    PRICES = "prices"
    REFERENCE = "reference"
    INPUT = "input"


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A column as the file declares it; ``dtype`` in Arrow's words, such as ``double`` or ``date32[day]``."""

    name: str
    dtype: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Formula:
    """A constant field derived from the reference table, such as ``market_cap_usd / price_usd``."""

    field: str
    formula: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PinnedInput:
    """One file and its content.

    ``uri`` is the path as declared; ``path`` is where it was found on this machine; ``as_of`` is the last date in
    the file as ``YYYY-MM-DD`` where the file says so. ``derive`` belongs to the prices alone, in order of field;
    ``date_column`` and ``symbol_column`` say which columns hold the session and the asset. ``place`` is the path relative to the
    project's root by which cells find an input that [meta] declares. ``source`` is where it was fetched from, None for what is a file of this machine
    or a cut. ``cut_of`` is the whole file, where ``path`` holds its rows up to a day, without the ``left_out`` others. A folder has no schema, nor has a file of another format.
    """

    name: str
    role: Role
    uri: str
    path: Path
    digest: Digest
    size_bytes: int
    schema: tuple[Column, ...]
    as_of: str | None = None
    derive: tuple[Formula, ...] = ()
    date_column: str = "date"
    symbol_column: str = "symbol"
    layout: TableLayout | None = None
    place: str | None = None
    cut_of: Path | None = None
    left_out: int = 0
    source: InputSource | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Pinning:
    """Every input of a build, prices first, and what is wrong with those that are missing here."""

    inputs: tuple[PinnedInput, ...]
    diagnostics: tuple[Diagnostic, ...] = ()

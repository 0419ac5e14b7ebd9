"""What data a session is on, as paths only: nothing is opened until a cell asks for a value."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nbcode.primitives import Digest, dataclass

if TYPE_CHECKING:  # the describe child and the kernel come through here
    from nbcode.configuration import TableLayout


@dataclass(frozen=True, kw_only=True, slots=True)
class PanelFiles:
    """The files of the panel behind ``data``: long prices, one reference row a symbol, derived fields.

    ``derive`` holds (field, formula) pairs; ``layout`` is None for long tables. ``name`` is the dataset's in nbcode.toml, and ``line`` where
    that declares it, for messages. A digest, where given, must be that of the bytes on disk when they are read. ``wanted`` are the
    fields that are read of wide prices (None: all), ``there`` the columns of the prices' file that are there where it has holes (None: it is whole).
    """

    prices: Path
    reference: Path | None = None
    derive: tuple[tuple[str, str], ...] = ()
    prices_digest: Digest | None = None
    reference_digest: Digest | None = None
    date_column: str = "date"
    symbol_column: str = "symbol"
    layout: TableLayout | None = None
    name: str = ""
    line: int | None = None
    wanted: frozenset[str] | None = None
    there: frozenset[str] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class InputFile:
    """A declared extra dataset. ``path`` is None where its name is known and its values are not: describe mode. ``place`` is the
    path by which cells find it, where that is another one."""

    name: str
    path: Path | None = None
    digest: Digest | None = None
    place: Path | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DataSource:
    """Everything that tagged cells may read. ``DataSource()`` is describe mode: names without values.

    ``columns`` is the directory where computed columns are kept, None where none are: a live kernel uses what is there and keeps
    what it computes, a clean run computes everything itself and compares.
    """

    panel_files: PanelFiles | None = None
    inputs: tuple[InputFile, ...] = ()
    columns: Path | None = None

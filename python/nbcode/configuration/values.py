"""The values that a configuration is."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path

from nbcode.configuration.isolation import Isolation
from nbcode.configuration.keys import SAMPLE
from nbcode.primitives import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class TableLayout:
    """How a dataset's files are laid out, where they are not long tables as other programs read them: the keys of ``[data.<name>]``
    by these names. An empty text is a key that is not written; ``rename`` holds (name in the file, name as a field)."""

    field: str = ""
    levels: str = ""
    delimiter: str = ""
    decimal: str = ""
    date_format: str = ""
    rename: tuple[tuple[str, str], ...] = ()

    @property
    def is_wide(self) -> bool:
        """Whether symbols are columns."""
        return bool(self.field or self.levels)


@dataclass(frozen=True, kw_only=True, slots=True)
class DatasetConfig:
    """A declared dataset. ``prices`` and ``reference`` are absolute; the ``_uri`` texts are as declared. ``layout`` is None for long
    tables; ``calendar`` the exchange whose sessions they have, empty where none is named; ``line`` is where nbcode.toml declares it, ``lines`` where each of its keys is."""

    name: str
    prices: Path
    prices_uri: str
    reference: Path | None = None
    reference_uri: str | None = None
    derive: tuple[tuple[str, str], ...] = ()
    date_column: str = "date"
    symbol_column: str = "symbol"
    layout: TableLayout | None = None
    calendar: str = ""
    line: int | None = field(default=None, compare=False)
    lines: tuple[tuple[str, int], ...] = field(default=(), compare=False)

    def line_of(self, key: str) -> int | None:
        """The line of one of its keys, else that of its table."""
        return dict(self.lines).get(key, self.line)


@dataclass(frozen=True, kw_only=True, slots=True)
class RunConfig:
    """Limits of a clean run."""

    isolation: Isolation = Isolation.AUTO
    time_limit_s: float = 1800.0
    describe_limit_s: float = 20.0
    look_limit_s: float = 60.0
    memory_limit_bytes: int = 8_000_000_000
    output_limit_bytes: int = 2_000_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class RefitConfig:
    """What a refit is held to, as ``[refit]`` of nbcode.toml says; None is a limit that is off."""

    field_level: float | None = 5.0
    missing: float | None = 0.1
    field_ranks: float | None = 0.5
    coefficient_drift: float | None = 0.5
    rank_correlation: float | None = 0.9
    names: float | None = 0.1
    ic_fall: float | None = 4.0


NO_DEFAULT = ""
"""In place of the default dataset's name: a notebook has to name one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """What nbcode.toml says, every default filled in. ``path`` is None where there is no file.

    ``defaults_data`` is None when the embedded sample panel is the default, :data:`NO_DEFAULT` where none of several datasets is.
    """

    path: Path | None = None
    datasets: tuple[DatasetConfig, ...] = ()
    defaults_data: str | None = None
    run: RunConfig = field(default_factory=RunConfig)
    refit: RefitConfig = field(default_factory=RefitConfig)
    registry_uri: str | None = None
    journal_uri: str | None = None
    store_path: str = ".nbcode"

    def dataset(self, name: str | None) -> DatasetConfig | None:
        """The dataset of that name, or the default one for None; None means the embedded sample panel.

        Raises:
            KeyError: no dataset has that name; of :data:`NO_DEFAULT` where one has to be named.
        """
        wanted = name if name is not None else self.defaults_data
        if wanted is None or wanted == SAMPLE:
            return None
        for dataset in self.datasets:
            if dataset.name == wanted:
                return dataset
        raise KeyError(wanted)

    def line_of(self, name: str) -> int | None:
        """On which line of nbcode.toml a dataset is declared."""
        return next((dataset.line for dataset in self.datasets if dataset.name == name), None)

    @property
    def dataset_names(self) -> tuple[str, ...]:
        """Every name that ``data:`` may bear."""
        return (*(d.name for d in self.datasets), SAMPLE)

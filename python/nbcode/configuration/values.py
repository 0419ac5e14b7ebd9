"""The values that a configuration is."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path

from nbcode.configuration.isolation import Isolation
from nbcode.configuration.keys import SAMPLE
from nbcode.configuration.sources import is_remote
from nbcode.primitives import Digest, dataclass


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
    """A declared dataset. ``prices`` and ``reference`` are absolute; the ``_uri`` texts are as declared. What is elsewhere (``s3://``, ``https://``)
    is at these paths once it was fetched. ``digest`` and ``reference_digest`` are what they must have. ``query`` makes the prices when the user asks for
    it, over ``connection``. ``layout`` is None for long tables; ``calendar`` the exchange whose sessions they have, empty where none is named; ``line`` is where nbcode.toml declares it, ``lines`` where each of its keys is."""

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
    digest: Digest | None = None
    reference_digest: Digest | None = None
    query: str | None = None
    connection: str = "duckdb:"
    line: int | None = field(default=None, compare=False)
    lines: tuple[tuple[str, int], ...] = field(default=(), compare=False)

    def line_of(self, key: str) -> int | None:
        """The line of one of its keys, else that of its table."""
        return dict(self.lines).get(key, self.line)

    def remote(self, path: Path) -> str | None:
        """The address from which what is at ``path`` is fetched; None for what is a file of this machine."""
        places = ((self.prices, self.prices_uri), (self.reference, self.reference_uri))
        return next((uri for at, uri in places if at == path and uri is not None and is_remote(uri)), None)


HERE, ARGO = "here", "argo"
"""Where a clean run is: in the sandbox of this machine, or in a pod of a cluster."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunConfig:
    """Where a clean run is, ``here`` or ``argo``, and its limits."""

    on: str = HERE
    isolation: Isolation = Isolation.AUTO
    time_limit_s: float = 1800.0
    cpu_limit_s: float | None = None
    describe_limit_s: float = 20.0
    look_limit_s: float = 60.0
    memory_limit_bytes: int = 8_000_000_000
    output_limit_bytes: int = 2_000_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class ArgoConfig:
    """The cluster of ``[argo]``; None is what the environment or the kubeconfig says, an empty ``cpu`` what the template does."""

    store: str | None = None
    endpoint: str | None = None
    context: str | None = None
    namespace: str = "nbcode"
    template: str = "nbcode-run"
    cpu: str = ""


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
    argo: ArgoConfig = field(default_factory=ArgoConfig)
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

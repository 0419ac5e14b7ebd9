"""The one table of what may be written in nbcode.toml: the reader, the commented file of `nbcode init` and the
reference page are all made from it."""

from __future__ import annotations

from enum import StrEnum

from nbcode.configuration.isolation import Isolation
from nbcode.primitives import dataclass

FILE_NAME = "nbcode.toml"
SAMPLE = "sample"
"""The name of the embedded sample panel, where a dataset's name is expected."""
OFF = "off"
"""In place of a limit."""
DATASET = "<name>"
"""Stands in a key's path for a name that the user chooses."""


class Kind(StrEnum):
    """What a value is, in the words that a reader of an error sees."""

    TEXT = "text"
    PATH = "a path, relative to nbcode.toml"
    SOURCE = "a path, relative to nbcode.toml; s3://bucket/key or prefix; https://"
    DIGEST = "sha256: and 64 hexadecimal digits"
    STATEMENT = "a SELECT, also of several lines"
    CONNECTION = "duckdb:FILE, a URL without a password, or a variable of the environment"
    FORMULAS = 'a table of field = "formula"'
    NAMES = 'a table of "name in the file" = "field"'
    CHARACTER = "one character"
    DURATION = 'a time with its unit, such as "30 min"'
    SIZE = 'a size with its unit, such as "8 GB"'
    CHOICE = "one of the listed words"
    LIMIT = 'a number, or "off"'


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """One key. ``default`` and ``example`` are TOML source text; an empty ``default`` says in ``absent`` what then
    happens."""

    path: tuple[str, ...]
    kind: Kind
    meaning: str
    example: str
    default: str = ""
    absent: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()

    @property
    def section(self) -> str:
        """``data.<name>``: the table that the key stands in."""
        return ".".join(self.path[:-1])

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path[-1]


SECTIONS: tuple[tuple[str, str], ...] = (
    (
        "data.<name>",
        "A dataset: a table of prices, and what is known of each symbol. [meta] names it by `data:`.",
    ),
    ("defaults", "What a notebook gets when its [meta] cell does not say."),
    ("run", "How the clean run of the promoted cells is confined. The same limits hold for every notebook."),
    (
        "refit",
        'What `nbcode refit` holds the same model on newer data to, before it registers it. Each is a number, or "off".',
    ),
    ("registry", "Where candidates are registered."),
    ("journal", "Where promotes are written down step by step, with the leases that keep two of them apart."),
    (
        "argo",
        'The cluster where `[run] on = "argo"` has runs: its administrator installed what `nbcode deploy --print` prints.',
    ),
    ("store", "Where nbcode keeps specs, artifacts, runs and, without a server, its journal and registry."),
)

KEYS: tuple[Key, ...] = (
    Key(
        path=("data", DATASET, "prices"),
        kind=Kind.SOURCE,
        required=True,
        example='"data/prices.parquet"',
        meaning="Parquet or CSV, one row a date and symbol, one column a field (close, volume, ...); wide with `field` or `levels`. A folder "
        "of parquet files is one table, also `date=2024-01-02/`. Outside the project it needs `nbcode trust`. Credentials of `s3://` come from the environment "
        "(AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, ...) or a workload's identity, never from here.",
    ),
    Key(
        path=("data", DATASET, "reference"),
        kind=Kind.SOURCE,
        example='"data/reference.csv"',
        absent="no constant fields",
        meaning="Parquet or CSV with one row a symbol: its columns become fields that are constant in time.",
    ),
    Key(
        path=("data", DATASET, "digest"),
        kind=Kind.DIGEST,
        example='"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"',
        absent="whatever is there is pinned; `https://` needs one",
        meaning="The content that the prices must have: `sha256sum FILE`. Another one is refused.",
    ),
    Key(
        path=("data", DATASET, "reference_digest"),
        kind=Kind.DIGEST,
        example='"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"',
        absent="whatever is there is pinned; `https://` needs one",
        meaning="The content that the reference must have.",
    ),
    Key(
        path=("data", DATASET, "query"),
        kind=Kind.STATEMENT,
        example='"select date, symbol, close, volume from prices"',
        absent="the prices are a file that somebody else writes",
        meaning="What `nbcode data snapshot` asks and writes to `prices` as parquet, in order of date and symbol. Nothing else ever runs it.",
    ),
    Key(
        path=("data", DATASET, "connection"),
        kind=Kind.CONNECTION,
        default='"duckdb:"',
        example='"$WAREHOUSE_URL"',
        meaning="Where the query is asked: DuckDB in memory (it reads files by their names), `duckdb:FILE`, or a database by its SQLAlchemy URL. No password here: "
        "`$NAME` is a variable of your environment that holds the URL.",
    ),
    Key(
        path=("data", DATASET, "derive"),
        kind=Kind.FORMULAS,
        example='{ shares_outstanding = "market_cap_usd / price_usd" }',
        absent="no derived fields",
        meaning="Fields computed from columns of both files and from one another, before anything else reads them.",
    ),
    Key(
        path=("data", DATASET, "date"),
        kind=Kind.TEXT,
        default='"date"',
        example='"trade_date"',
        meaning="The column that holds the session's date.",
    ),
    Key(
        path=("data", DATASET, "symbol"),
        kind=Kind.TEXT,
        default='"symbol"',
        example='"ticker"',
        meaning="The column that holds the asset's name, in prices and in reference.",
    ),
    Key(
        path=("data", DATASET, "field"),
        kind=Kind.TEXT,
        example='"close"',
        absent="the prices are long",
        meaning="The prices are wide: one row a session, one column a symbol, and the numbers are this field. `symbol` is not needed.",
    ),
    Key(
        path=("data", DATASET, "levels"),
        kind=Kind.CHOICE,
        choices=("field, symbol", "symbol, field"),
        example='"field, symbol"',
        absent="columns have one name each",
        meaning="The prices are wide and their columns have two levels in this order, as pandas writes them: two lines of heads in "
        "CSV, names such as ('close', 'AAPL') in parquet. Beside `field`, that one is read and no other.",
    ),
    Key(
        path=("data", DATASET, "rename"),
        kind=Kind.NAMES,
        example='{ "Adj Close" = "adj_close" }',
        absent="names are taken as they are",
        meaning="New names of columns, before anything else: a field is a Python name. Where columns have two levels, of the fields.",
    ),
    Key(
        path=("data", DATASET, "date_format"),
        kind=Kind.TEXT,
        example='"%m/%d/%Y"',
        absent="YYYY-MM-DD",
        meaning="How dates are written as text, as strptime has it: %m/%d/%Y is 12/31/2024, %d.%m.%Y is 31.12.2024.",
    ),
    Key(
        path=("data", DATASET, "delimiter"),
        kind=Kind.CHARACTER,
        default='","',
        example='";"',
        meaning="What stands between the columns of CSV files, prices and reference.",
    ),
    Key(
        path=("data", DATASET, "decimal"),
        kind=Kind.CHARACTER,
        default='"."',
        example='","',
        meaning="What stands before the decimals in CSV files.",
    ),
    Key(
        path=("data", DATASET, "calendar"),
        kind=Kind.TEXT,
        example='"XNYS"',
        absent="each day but Saturday and Sunday may have a session",
        meaning="The exchange whose sessions these are, as the library exchange_calendars names it: XNYS, XLON, XTKS, 24/7. Then `score` and "
        "`refit` tell a holiday from data that are late.",
    ),
    Key(
        path=("defaults", "data"),
        kind=Kind.TEXT,
        example='"sp500"',
        absent="the only dataset there is, or the embedded sample panel when there is none",
        meaning='The dataset of a notebook whose [meta] names none. "sample" is the embedded panel.',
    ),
    Key(
        path=("run", "on"),
        kind=Kind.CHOICE,
        choices=("here", "argo"),
        default='"here"',
        example='"argo"',
        meaning='Where a promote runs: "here", in the sandbox of this machine, or "argo", in a pod of the cluster of `argo`. '
        "`promote --on` says otherwise for once. `nbcode run` runs here.",
    ),
    Key(
        path=("run", "isolation"),
        kind=Kind.CHOICE,
        choices=tuple(Isolation),
        default='"auto"',
        example='"namespaces"',
        meaning='The sandbox of the clean run. "auto" takes the strongest that works here and records which; a named '
        'one is never silently replaced by a weaker one, and one weaker than "auto" needs `nbcode trust`.',
    ),
    Key(
        path=("run", "time_limit"),
        kind=Kind.DURATION,
        default='"30 min"',
        example='"2 h"',
        meaning="A clean run that takes longer is stopped. Units: s, min, h.",
    ),
    Key(
        path=("run", "cpu_limit"),
        kind=Kind.DURATION,
        absent="`time_limit` alone bounds it",
        example='"4 h"',
        meaning="What one process of a clean run may compute, in processor time of all its threads: the one that runs the cells, and the one that judges. Units: s, min, h.",
    ),
    Key(
        path=("run", "describe_limit"),
        kind=Kind.DURATION,
        default='"20 s"',
        example='"2 min"',
        meaning="Before the run the cells are read without data, to see what they define. Cells that compute for longer are "
        "stopped; imports do not count. Units: s, min, h.",
    ),
    Key(
        path=("run", "look_limit"),
        kind=Kind.DURATION,
        default='"60 s"',
        example='"5 min"',
        meaning="At its end a clean run of plain Python runs the cells again on other data, to see whether they look ahead. What that may "
        "compute, in processor time; what was not looked at then is said. Units: s, min, h.",
    ),
    Key(
        path=("run", "memory_limit"),
        kind=Kind.SIZE,
        default='"8 GB"',
        example='"16 GB"',
        meaning="A clean run that needs more memory is stopped. Units: MB, GB (powers of 1000), MiB, GiB (of 1024).",
    ),
    Key(
        path=("run", "output_limit"),
        kind=Kind.SIZE,
        default='"2 GB"',
        example='"500 MB"',
        meaning="A clean run whose result is larger is stopped, and one that has four times as much on disk at once.",
    ),
    Key(
        path=("refit", "field_level"),
        kind=Kind.LIMIT,
        default="5",
        example="20",
        meaning="On a session that is new, or was delivered again, the median of a field over its names is at most so many times that of the 20 sessions before, and at "
        "least such a part of it. Looked at before the run.",
    ),
    Key(
        path=("refit", "missing"),
        kind=Kind.LIMIT,
        default="0.1",
        example="0.3",
        meaning="On a session that is new, or was delivered again, a field has at most this share fewer values than on the sessions before. Looked at before the run.",
    ),
    Key(
        path=("refit", "field_ranks"),
        kind=Kind.LIMIT,
        default="0.5",
        example="0.8",
        meaning="How alike a field ranks its names on a session and on the one before, as a rank correlation, where it always did: less is the values of other names.",
    ),
    Key(
        path=("refit", "coefficient_drift"),
        kind=Kind.LIMIT,
        default="0.5",
        example="0.1",
        meaning="How far the coefficients of a linear model moved since the last fit: the norm of the difference over the norm of those before.",
    ),
    Key(
        path=("refit", "rank_correlation"),
        kind=Kind.LIMIT,
        default="0.9",
        example="0.98",
        meaning="The mean rank correlation of both fits' predictions over the last 20 sessions that both have.",
    ),
    Key(
        path=("refit", "names"),
        kind=Kind.LIMIT,
        default="0.1",
        example="0.02",
        meaning="How many names have a prediction on a session, against the last 20 sessions of the last fit: by which share fewer or more.",
    ),
    Key(
        path=("refit", "ic_fall"),
        kind=Kind.LIMIT,
        default="4",
        example="3",
        meaning="The last fit's rank IC on sessions whose labels are known since: how many standard errors it may lie below its mean before.",
    ),
    Key(
        path=("registry", "uri"),
        kind=Kind.TEXT,
        example='"http://mlflow.example:5000"',
        absent="the MLflow server that MLFLOW_TRACKING_URI names, else a registry of this project's own, in the store",
        meaning="The MLflow tracking and registry server; needs `nbcode trust` once. No password here: MLFLOW_TRACKING_USERNAME "
        "and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, hold it.",
    ),
    Key(
        path=("journal", "uri"),
        kind=Kind.TEXT,
        example='"postgresql://db.example/nbcode"',
        absent="the server that NBCODE_JOURNAL_URI names, else a SQLite database in the store",
        meaning="A PostgreSQL database (`nbcode[postgres]`) that several machines or users share, with a registry that they share "
        "too; needs `nbcode trust` once. No password here: PGPASSWORD or ~/.pgpass holds it.",
    ),
    Key(
        path=("argo", "store"),
        kind=Kind.TEXT,
        example='"s3://research/nbcode"',
        absent="the store that NBCODE_STORE of the environment names",
        meaning="The object store through which runs travel: s3://bucket/prefix, that of the cluster's template; needs `nbcode trust` once. "
        "No key here: AWS_ACCESS_KEY_ID and its like hold it.",
    ),
    Key(
        path=("argo", "endpoint"),
        kind=Kind.TEXT,
        example='"https://s3.example:9000"',
        absent="what AWS_ENDPOINT_URL of the environment says, else Amazon's",
        meaning="The address of the object store's server.",
    ),
    Key(
        path=("argo", "context"),
        kind=Kind.TEXT,
        example='"research"',
        absent="the current context of the kubeconfig",
        meaning="Which cluster of your kubeconfig.",
    ),
    Key(
        path=("argo", "namespace"),
        kind=Kind.TEXT,
        default='"nbcode"',
        example='"research"',
        meaning="The namespace of the runs; NBCODE_NAMESPACE of the environment names another where nbcode.toml names none.",
    ),
    Key(
        path=("argo", "template"),
        kind=Kind.TEXT,
        default='"nbcode-run"',
        example='"nbcode-run-gpu"',
        meaning="The WorkflowTemplate that runs are made from; it is the administrator's.",
    ),
    Key(
        path=("argo", "cpu"),
        kind=Kind.TEXT,
        example='"4"',
        absent="what the template says",
        meaning="How many processors a pod asks for, as Kubernetes writes it: 2, or 500m. Its memory is `[run] memory_limit`.",
    ),
    Key(
        path=("store", "path"),
        kind=Kind.PATH,
        default='".nbcode"',
        example='"/scratch/nbcode"',
        meaning="The directory of the store, one user's alone. It ignores itself in git. Outside the project it needs "
        "`nbcode trust`.",
    ),
)


def setting(*path: str) -> str:
    """How a text names the key of ``path``: ``setting("run", "time_limit")`` is "`[run] time_limit` in nbcode.toml".

    Raises ``KeyError`` where there is no such key, so that no text can name one.
    """
    key = {key.path: key for key in KEYS}[path]
    return f"`[{key.section}] {key.name}` in {FILE_NAME}"

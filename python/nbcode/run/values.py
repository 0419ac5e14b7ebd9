"""A run as values: what is to be executed, within what limits, what was seen, how it ended."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from pathlib import Path

from nbcode.configuration import Isolation, TableLayout
from nbcode.inputs import InputSource
from nbcode.primitives import Diagnostic, Digest, Json, dataclass
from nbcode.results import Asked


class RunStatus(StrEnum):
    """MLflow's run statuses. KILLED: ended from outside, without a result and not by its own fault."""

    SCHEDULED = "SCHEDULED"
    RUNNING = "RUNNING"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    KILLED = "KILLED"


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What a run may use. ``time_s`` is wall time of the whole run; ``cpu_s`` is what one of its processes may
    compute, None: no limit but that of time; ``memory_bytes`` is resident memory of its processes
    together; ``output_bytes`` and ``output_files`` bound what it leaves in ``out``; ``look_cpu_s`` is what the look at other futures
    may compute."""

    time_s: float = 3600.0
    cpu_s: float | None = None
    look_cpu_s: float = 60.0
    memory_bytes: int = 8 << 30
    output_bytes: int = 2 << 30
    output_files: int = 1000

    @property
    def written_bytes(self) -> int:
        """What it may have on disk at once, with all that is no result: four times the result's limit."""
        return 4 * self.output_bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedCell:
    """A promoted cell. ``source`` is the cell as written, so that line 1 is the reader's line 1; ``index`` counts from 1
    in the notebook."""

    tag: str
    index: int
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedInput:
    """A declared input by its content. ``suffix`` (``.csv``) tells its format; ``derive`` holds (field, formula). ``place`` is
    where cells find it by its own path, relative to the project's root; None for what cells do not open themselves. ``parts`` is the digest of
    those parts of its files that are read, where that is not all of them."""

    name: str
    role: str
    digest: Digest
    size_bytes: int
    suffix: str
    derive: tuple[tuple[str, str], ...] = ()
    date_column: str = "date"
    symbol_column: str = "symbol"
    layout: TableLayout | None = None
    place: str | None = None
    parts: Digest | None = field(default=None, metadata={"omit_empty": True})


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedModule:
    """A module of the project that the cells import. ``path`` is relative to the project's root."""

    path: str
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RunContent:
    """What is to be run: nothing of any machine, so that the same content is the same run wherever it is executed.

    ``environment_digest`` is the digest of the environment's lock; ``pins`` are the conditions of bit-identity, as names
    and values of environment variables. ``definition_kind`` is ``declarative`` or ``python``, ``asked`` what [meta] (the cell
    ``meta_cell``) says the result is. ``definition`` is the definition as canonical JSON, from which
    the judge computes the result; empty for ``python``. ``folder`` is the notebook's, relative to the project's root: the cells work in its mirror;
    ``opens_paths`` says that they open files by their paths. ``modules`` lie in that mirror too, in ``module_folders`` for imports.
    ``outputs`` are (name, path relative to the notebook) of files that cells write and the artifact keeps. ``horizon_sessions`` is how far
    a label reaches ahead, by [meta].
    """

    spec_digest: Digest
    model_id: str
    cells: tuple[PlannedCell, ...]
    label_names: tuple[str, ...]
    inputs: tuple[PlannedInput, ...]
    definition_digest: Digest | None
    environment_digest: Digest | None
    platform_key: str
    pins: tuple[tuple[str, str], ...]
    limits: Limits = field(default_factory=Limits)
    definition_kind: str = "declarative"
    definition: str = ""
    asked: tuple[Asked, ...] = ()
    meta_cell: int = 1
    folder: str = ""
    opens_paths: bool = False
    modules: tuple[PlannedModule, ...] = ()
    module_folders: tuple[str, ...] = ()
    outputs: tuple[tuple[str, str], ...] = ()
    horizon_sessions: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """Of the folds of a walk-forward those that one run of several fits: the ``number``-th of ``of``, counted from 1."""

    number: int
    of: int


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftFold:
    """The fit of a fold that the run of a share left, in a file called ``name``."""

    name: str
    digest: Digest
    size_bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Spreading:
    """How the folds of a run are spread over runs: over ``over`` of them (0: over none), each with its ``share``; the run itself has none, and gets ``folds``,
    the fits that they left, in the folder ``at``, when they are over (``joined``). Nothing of it is part of what is run: the result is the same."""

    over: int = 0
    share: Share | None = None
    joined: bool = False
    folds: tuple[LeftFold, ...] = ()
    at: Path | None = None

    @property
    def waits(self) -> bool:
        """Whether the runs of the shares come first."""
        return self.over > 0 and self.share is None and not self.joined


@dataclass(frozen=True, kw_only=True, slots=True)
class Placement:
    """Where things are on this machine: the matter of the local runner, and of one that has to carry inputs elsewhere.

    ``inputs`` are the files of ``RunContent.inputs``, in that order; ``references`` says of each where it is besides (None: on this machine alone), and which parts of it are read, and is empty
    where none is elsewhere. ``python`` is the interpreter of the run's environment
    (None: the one that runs now); ``fresh_environment`` says that it was made from the lock for this purpose.
    ``numba_cache`` is a directory of compiled kernels: a private copy is used. Without one (the cells do not name the
    framework) the run compiles for itself what it needs after all, in the sandbox. ``columns`` is where live kernels keep computed
    columns: the run computes its own and compares. ``notebook_path`` is what its reader calls the notebook, ``first_lines`` the lines of it
    on which the cells of these numbers begin, where it is text (``made_of``: and the cells are made of a file that has none); ``notes`` are findings of the planning, for the run's record. ``project``
    is the project's root, so that absolute paths of the notebook mean the same inside. ``distributions`` (name, version) are those of the
    run's environment, for a runner that cannot make it and has to compare. ``spreading`` says whether other runs fit its folds.
    """

    inputs: tuple[Path, ...] = ()
    references: tuple[InputSource | None, ...] = ()
    isolation: Isolation = Isolation.AUTO
    python: Path | None = None
    fresh_environment: bool = False
    numba_cache: Path | None = None
    columns: Path | None = None
    notebook_path: str | None = None
    first_lines: tuple[tuple[int, int], ...] = ()
    made_of: bool = False
    project: Path | None = None
    distributions: tuple[tuple[str, str], ...] = ()
    notes: tuple[Diagnostic, ...] = ()
    spreading: Spreading = field(default_factory=Spreading)


@dataclass(frozen=True, kw_only=True, slots=True)
class RunPlan:
    """A run to submit. ``run_id`` names one run for ever: no second one, of this content or another, ever bears it."""

    run_id: str
    content: RunContent
    placement: Placement = field(default_factory=Placement)


@dataclass(frozen=True, kw_only=True, slots=True)
class RunEvent:
    """Something seen while it runs. ``kind`` is ``step``, ``cell`` or ``log`` (of a command also ``note``: a line for its reader); ``name`` the step, or ``start``/``end`` of a
    cell; ``cell`` its number in the notebook; ``elapsed_s`` since the run began."""

    kind: str
    name: str
    elapsed_s: float
    cell: int | None = None
    text: str = ""

    def to_json(self) -> dict[str, Json]:
        """One line of ``events.jsonl``."""
        return {
            "kind": self.kind,
            "name": self.name,
            "cell": self.cell,
            "elapsed_s": round(self.elapsed_s, 4),
            "text": self.text,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class RunRecord:
    """How a run ended, as its runner wrote it down. ``isolation`` is the isolation level that really held, ``layers`` what it consisted
    of; ``seconds`` by step in their order, together the whole run; ``columns`` counts what became of the computed columns:
    ``verified`` agree with what a live kernel had kept, ``recomputed`` had nothing to be compared with.
    ``lost``: nobody runs it any more and nobody wrote down how it ended."""

    status: RunStatus
    isolation: str = "none"
    layers: tuple[str, ...] = ()
    begun_at: str = ""
    seconds: tuple[tuple[str, float], ...] = ()
    peak_bytes: int = 0
    columns: tuple[tuple[str, int], ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    lost: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class RunOutcome:
    """How a run ended for whoever followed it: ``out`` holds the result, and ``result`` is present, exactly when ``status``
    is FINISHED. The other names are those of :class:`RunRecord`."""

    status: RunStatus
    isolation: str
    out: Path
    result: ResultManifest | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    seconds: tuple[tuple[str, float], ...] = ()
    layers: tuple[str, ...] = ()
    peak_bytes: int = 0
    columns: tuple[tuple[str, int], ...] = ()
    lost: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultFile:
    """A file of the result: ``path`` relative, with ``/``."""

    path: str
    size_bytes: int
    digest: Digest
    media_type: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultManifest:
    """What a complete run leaves, written last: without it, or with another nonce, the run has failed.

    ``pins`` are the conditions of bit-identity that were asserted inside, name and value.
    """

    nonce: str
    spec_digest: Digest
    definition_digest: Digest | None
    pins: tuple[tuple[str, str], ...]
    files: tuple[ResultFile, ...]

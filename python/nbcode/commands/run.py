"""`nbcode run`: the clean run of a notebook's promoted cells. Nothing is registered; the record stays under `runs/`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from nbcode.artifact import figures_of, judgement_of, look_ahead_of
from nbcode.commands.build import BuildResult
from nbcode.primitives import (
    Cancellation,
    Diagnostic,
    Digest,
    Exit,
    Json,
    Judgement,
    LookAhead,
    dataclass,
    exit_for,
    to_plain,
)
from nbcode.run import RunEvent, Runner, RunPlan, RunReference, RunStatus, drive

if TYPE_CHECKING:
    from nbcode.commands.outputs.promoting import RunOutput

__all__ = ["RunPorts", "RunResult", "run"]


@dataclass(frozen=True, kw_only=True, slots=True)
class RunPorts:
    """What a run acts on. ``plan`` makes the plan of a built notebook for a run of that name; ``runs`` is the directory of the
    runs' records, where the result goes to ``<run_id>/out``; ``count`` counts what was judged among the project's trials, and says what is to
    be told of that."""

    build: Callable[[Path], BuildResult]
    plan: Callable[[BuildResult, str], RunPlan]
    runner: Runner
    runs: Path
    new_id: Callable[[], str]
    on_event: Callable[[RunEvent], None]
    count: Callable[[BuildResult, Path], Diagnostic | None]
    cancellation: Cancellation = field(default_factory=Cancellation)


@dataclass(frozen=True, kw_only=True, slots=True)
class RunResult:
    """How a clean run ended. ``out`` holds what it made, also ``report.html``; ``seconds`` are wall seconds by step."""

    status: RunStatus
    run_id: str
    model: str
    spec_digest: Digest
    definition_digest: Digest
    isolation: str
    layers: tuple[str, ...]
    out: Path
    seconds: tuple[tuple[str, float], ...]
    peak_bytes: int
    columns: tuple[tuple[str, int], ...]
    metrics: tuple[tuple[str, Json], ...]
    folds: tuple[Json, ...]
    diagnostics: tuple[Diagnostic, ...]
    look_ahead: LookAhead | None = None
    judged: Judgement | None = None

    @property
    def report(self) -> Path | None:
        """The page of the report, when the run made one."""
        path = self.out / "report.html"
        return path if self.status is RunStatus.FINISHED and path.is_file() else None

    @property
    def exit_code(self) -> Exit:
        """0 when it finished; else whose turn it is."""
        return Exit.DONE if self.status is RunStatus.FINISHED else exit_for(self.diagnostics)

    def to_json(self) -> RunOutput:
        """The object that `run --json` prints."""
        return {
            "status": str(self.status),
            "run_id": self.run_id,
            "model": self.model,
            "spec_digest": self.spec_digest,
            "definition_digest": self.definition_digest,
            "isolation": self.isolation,
            "layers": list(self.layers),
            "out": str(self.out),
            "report": str(self.report) if self.report else None,
            "seconds": dict(self.seconds),
            "peak_bytes": str(self.peak_bytes),
            "columns": dict(self.columns),
            "metrics": dict(self.metrics),
            "folds": list(self.folds),
            "diagnostics": [d.to_json() for d in self.diagnostics],
            "look_ahead": to_plain(self.look_ahead),
            "judged": to_plain(self.judged),
        }


def run(notebook: Path, ports: RunPorts) -> RunResult:
    """Build ``notebook`` and run it clean.

    Raises ``NbcodeError`` for findings of the notebook: then nothing ran. A run that failed is a result, with diagnostics.
    ``CancelledError`` comes when ``ports.cancellation`` was requested: no process of the run is left.
    """
    ports.on_event(RunEvent(kind="step", name="build", elapsed_s=0.0))
    built = ports.build(notebook)
    ports.cancellation.raise_if_requested()
    run_id = ports.new_id()
    outcome = drive(
        ports.runner,
        ports.plan(built, run_id),
        into=ports.runs / run_id / "out",
        on_event=ports.on_event,
        cancellation=ports.cancellation,
    )
    ports.runner.discard(RunReference(runner=ports.runner.kind, run_id=run_id))
    finished = outcome.status is RunStatus.FINISHED
    metrics, folds = figures_of(outcome.out) if finished else ({}, ())
    look_ahead = look_ahead_of(outcome.out) if finished else None
    judged = judgement_of(outcome.out) if finished else None
    told = ports.count(built, outcome.out) if finished else None
    return RunResult(
        status=outcome.status,
        run_id=run_id,
        model=built.spec.meta.id,
        spec_digest=built.spec_digest,
        definition_digest=built.definition_digest,
        isolation=outcome.isolation,
        layers=outcome.layers,
        out=outcome.out,
        seconds=outcome.seconds,
        peak_bytes=outcome.peak_bytes,
        columns=outcome.columns,
        metrics=tuple(metrics.items()),
        folds=folds,
        look_ahead=look_ahead,
        judged=judged,
        diagnostics=(*built.diagnostics, *outcome.diagnostics, *([told] if told else [])),
    )

"""How much was tried before a promotion: read from the ledger of trials as it was when the promotion began, so that the same
promotion is always told the same."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from alpha_bench.describe import AlphaBenchError, variant_of
from nbcode.artifact import ArtifactRefusedError, evidence_of, figures_of
from nbcode.inputs import Role
from nbcode.primitives import Diagnostic, Severity, dataclass
from nbcode.spec import BuildSpec
from nbcode.trials import (
    Multiplicity,
    Trial,
    TrialLedger,
    exceeds,
    looked_at,
    multiplicity,
    not_counted,
    panel_of_cells,
    panel_of_dataset,
    variant_of_figures,
)


class Begun(Protocol):
    """What is asked of a promotion, or of a clean run: which ``notebook`` (relative to the project), and the instant when it began."""

    @property
    def notebook(self) -> str: ...

    @property
    def begun_at(self) -> str: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class RunBegun:
    """A clean run that registers nothing."""

    notebook: str
    begun_at: str


def counted(run: RunBegun, spec: BuildSpec, out: Path, ledger: TrialLedger) -> Diagnostic | None:
    """Count what ``run`` judged, whose result is in ``out``: its figures are looked at as those of a live kernel are. NBC-I33 where more was
    looked at than is declared, NBC-A35 where it cannot be counted."""
    own = trial_of(run, spec, out)
    try:
        if own is not None:
            ledger.add(own)
    except OSError as error:
        return not_counted(error)
    found = tried(run, spec, out, ledger.read())
    return undeclared(found) if found is not None and found.undeclared else None


def trial_of(promotion: Begun, spec: BuildSpec, artifact: Path | None = None) -> Trial | None:
    """What is promoted, as a trial. Plain Python is known by the figures of its ``artifact``; None without one."""
    data = next((one.name for one in spec.inputs if one.role is Role.PRICES), None)
    if spec.definition.kind != "declarative" or not isinstance(spec.definition.plain, dict) or data is None:
        return None if artifact is None else _of_figures(promotion, spec, artifact)
    try:
        variant, label, _, _ = variant_of(spec.definition.plain)
    except AlphaBenchError:  # of a version of the language that is not this one
        return None
    return Trial(
        variant=variant,
        label=label,
        panel=panel_of_dataset(data),
        first_at=promotion.begun_at,
        notebook=promotion.notebook,
    )


def _of_figures(promotion: Begun, spec: BuildSpec, artifact: Path) -> Trial | None:
    try:
        figures, _ = figures_of(artifact)
    except ArtifactRefusedError:  # `nbcode show` says what is wrong with it
        return None
    return Trial(
        variant=variant_of_figures(figures),
        label=spec.meta.horizon,
        panel=panel_of_cells(promotion.notebook),
        first_at=promotion.begun_at,
        notebook=promotion.notebook,
    )


def tried(
    promotion: Begun, spec: BuildSpec, artifact: Path | None, trials: Iterable[Trial]
) -> Multiplicity | None:
    """What of ``trials`` was looked at before ``promotion`` began, and what that does to the figures of its ``artifact``. None where
    nothing was."""
    own = trial_of(promotion, spec, artifact)
    panel = panel_of_cells(promotion.notebook) if own is None else own.panel
    looked = looked_at(trials, panel, also=own, until=promotion.begun_at)
    if looked is None:
        return None
    if (
        own is None
        or panel == panel_of_cells(promotion.notebook)
        or not isinstance(spec.definition.plain, dict)
    ):
        return multiplicity(looked, declared=None)
    _, _, declared, candidates = variant_of(spec.definition.plain)
    try:
        evidence = evidence_of(artifact) if artifact is not None and exceeds(looked, declared) else None
    except ArtifactRefusedError:  # `nbcode show` says what is wrong with it
        evidence = None
    return multiplicity(looked, declared=declared, candidates=candidates, evidence=evidence)


def undeclared(found: Multiplicity) -> Diagnostic:
    """NBC-I33: more was looked at than is declared; a note for plain Python, which cannot declare it."""
    return Diagnostic(
        code="NBC-I33",
        severity=Severity.NOTE if found.declared is None else Severity.WARNING,
        message=str(found.looked),
        cause=found.effect,
        fixes=()
        if found.declared is None
        else (f"declare them: walk_forward(m, trials={found.looked.variants})",),
    )


def without_ledger(promoted: int) -> Diagnostic:
    """NBC-I33: the ledger is not there, and only what was promoted before could be counted anew."""
    return Diagnostic(
        code="NBC-I33",
        severity=Severity.WARNING,
        message=f"the ledger of trials is gone: {promoted:,} promoted before {'is' if promoted == 1 else 'are'} counted again",
        cause="what was looked at in kernels and never promoted is not known any more: the count is too low",
        fixes=("put back trials.jsonl of the store from a copy",),
    )

"""Refits: which version a promotion fits anew, what it is held to, and whether the candidate moves to it."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from nbcode.configuration import RefitConfig, setting
from nbcode.primitives import Diagnostic, Digest, NbcodeError, Severity, dataclass
from nbcode.promotion._fits import fit_in
from nbcode.promotion.drift import Drift
from nbcode.promotion.state import Promotion
from nbcode.registry import NO_FILES, ModelVersion, Registration, Registry, RegistryError
from nbcode.spec import BuildSpec, decode, differs_in_data_alone, spec_digest

REFIT_CODE = "NBC-I38"
_LINE = re.compile(r"([1-9][0-9]*)\.([1-9][0-9]*)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Refit:
    """A promotion as refit ``number`` of version ``of``; ``before`` is the fit before it: the version itself, or its last refit."""

    of: ModelVersion
    number: int
    before: ModelVersion

    @property
    def line(self) -> str:
        """``n.k``."""
        return f"{self.of.version}.{self.number}"


def place_in_line(version: ModelVersion) -> tuple[int, int]:
    """Which version it is a fit of, and the how-manieth: ``(n, k)``, of a changed model ``(its number, 0)``."""
    found = _LINE.fullmatch(version.line)
    return (int(found[1]), int(found[2])) if found else (version.version, 0)


def last_changed(versions: Iterable[ModelVersion]) -> ModelVersion | None:
    """The changed model that was registered last."""
    return max(
        (one for one in versions if not place_in_line(one)[1]), key=lambda one: one.version, default=None
    )


def refit_in(
    promotion: Promotion,
    spec: BuildSpec,
    versions: Iterable[ModelVersion],
    spec_of: Callable[[ModelVersion], BuildSpec | None],
) -> Refit | None:
    """What ``promotion`` is a refit of: the version that it says, else the last changed one, where its spec differs from that in data alone.

    ``versions`` are those of the model in the registry; its own, from an earlier try, does not count.
    """
    others = [one for one in versions if one.key != promotion.key]
    by_number = {one.version: one for one in others}
    of = last_changed(others) if promotion.refit_of is None else by_number.get(promotion.refit_of)
    if of is None or (known := spec_of(of)) is None or not differs_in_data_alone(spec, known):
        return None
    line = sorted((one for one in others if place_in_line(one)[0] == of.version), key=place_in_line)
    return Refit(of=of, number=place_in_line(line[-1])[1] + 1, before=line[-1])


def spec_from(
    registry: Registry, version: ModelVersion, kept: Callable[[Digest], BuildSpec]
) -> BuildSpec | None:
    """The spec of a version: from the store, else from the registry; None where neither has what bears its digest."""
    try:
        return kept(version.spec_digest)
    except (NbcodeError, OSError):
        pass
    with tempfile.TemporaryDirectory() as folder:
        path = _fetched(registry, version, Path(folder), "spec.json")
        try:
            spec = None if path is None else decode(path.read_bytes())
        except NbcodeError:
            return None
    return spec if spec is not None and spec_digest(spec) == version.spec_digest else None


def _fetched(registry: Registry, version: ModelVersion, folder: Path, name: str) -> Path | None:
    try:
        return registry.fetch(version, folder / "fetched", only=name)
    except RegistryError as error:
        if error.diagnostics[0].code != NO_FILES:
            raise
        return None


def drift_between(
    registry: Registry, refit: Refit, artifact: Path, path_of: Callable[[Digest], Path], horizon: int
) -> Drift:
    """From the fit before to the one in ``artifact``. Of the fit before, the store's artifact is read, else the registry's."""
    now = fit_in(artifact)
    before = fit_in(path_of(refit.before.artifact_digest))
    if before is None and now is not None:
        with tempfile.TemporaryDirectory() as folder:
            fetched = _fetched(registry, refit.before, Path(folder), refit.before.artifact_digest.hex)
            before = None if fetched is None else fit_in(fetched)
    if before is None or now is None:
        return Drift(not_made=("predictions not compared: the model leaves none by session and name",))
    from nbcode.promotion._compared_fits import drift_of

    return drift_of(before, now, horizon)


def failing_limits(found: Drift, limits: RefitConfig, refit: Refit) -> tuple[Diagnostic, ...]:
    """NBC-I38 for each limit of ``[refit]`` that ``found`` is beyond."""
    than = f"version {refit.before.version}"
    told: list[tuple[str, str, str]] = []
    if _over(found.coefficient_drift, limits.coefficient_drift):
        moved = f"the coefficients moved by {found.coefficient_drift:.3g} of those of {than}"
        told.append(("coefficient_drift", moved, f"at most {limits.coefficient_drift:g}"))
    least, ranks = limits.rank_correlation, found.rank_correlation
    if least is not None and ranks is not None and not ranks >= least:
        apart = f"predictions have a rank correlation of {ranks:.3f} with those of {than}"
        told.append(("rank_correlation", apart, f"at least {least:g} over {found.sessions} sessions"))
    if _over(found.ic_fall, limits.ic_fall):
        worth = f"{than} had a rank IC of {found.new_ic:.3f} on {found.new_sessions} new sessions"
        fell = f"{worth}, {found.ic_fall:.1f} standard errors below its mean before"
        told.append(("ic_fall", fell, f"at most {limits.ic_fall:g}"))
    return tuple(limit_not_met(*one) for one in told)


def limit_not_met(key: str, message: str, wanted: str) -> Diagnostic:
    """NBC-I38 for one of the limits of a refit."""
    return Diagnostic(
        code=REFIT_CODE,
        message=f"refit stopped: {message}",
        cause=f"{setting('refit', key)} wants {wanted}; nothing was registered",
        fixes=(
            "look at the data of the last sessions",
            "`nbcode promote NOTEBOOK --as-of DAY` takes it by your word, where the data are right",
            f'write another number, or "off", at {setting("refit", key)}',
        ),
    )


def as_warnings(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The same of a promote by hand: who looks at it decides."""
    return tuple(
        replace(
            one,
            severity=Severity.WARNING,
            message=one.message.replace("refit stopped: ", "", 1),
            cause=(one.cause or "").partition(";")[0] + "; `nbcode refit` would have stopped",
            fixes=one.fixes[:1],
        )
        for one in found
    )


def is_refit(refit: Refit, found: Drift) -> Diagnostic:
    """NBC-I41, a note: definition and code are those of an earlier version."""
    return Diagnostic(
        code="NBC-I41",
        severity=Severity.NOTE,
        message=f"definition and code are those of version {refit.of.version}: refit {refit.line}. Against version "
        f"{refit.before.version}: {found}",
        cause="it is the same model on other data, so it is recorded as a refit",
        fixes=("nothing need be done",),
    )


def left_where_it_is(
    promotion: Promotion, candidate: int | None, versions: Iterable[ModelVersion]
) -> Diagnostic | None:
    """NBC-I21, a note, where a refit leaves the candidate: it is at a model that was changed since, at none, or at a later refit."""
    n, _, k = promotion.line.partition(".")
    known = {one.version: one for one in versions}
    at = known.get(candidate) if candidate is not None else None
    if at is not None:
        line, number = place_in_line(at)
        if line == int(n) and number <= int(k):
            return None
    where = "there is no candidate" if candidate is None else f"the candidate stays version {candidate}"
    why = (
        "a refit makes none where there is none"
        if candidate is None
        else f"it is no fit of version {n} before this one, and a refit never moves the candidate to another model"
    )
    return Diagnostic(
        code="NBC-I21",
        severity=Severity.NOTE,
        message=f"{promotion.model} version {promotion.version} is registered as {promotion.line}; {where}",
        cause=why,
        fixes=("promote the notebook that is to be the candidate",),
    )


def _over(value: float | None, limit: float | None) -> bool:
    return value is not None and limit is not None and not value <= limit


def as_refit(wanted: Registration, refit: Refit, found: Drift) -> Registration:
    """``wanted`` as the refit that it is: its line, a row of its page, and the figures of the comparison."""
    row = (
        f"refit {refit.number} of version {refit.of.version}",
        f"same definition and code; against version {refit.before.version}: {found}",
    )
    figures = tuple((f"refit.{name}", value) for name, value in found.figures.items())
    return replace(wanted, line=refit.line, rows=(row, *wanted.rows), metrics=(*wanted.metrics, *figures))

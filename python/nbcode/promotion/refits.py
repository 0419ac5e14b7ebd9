"""Refits: which version a promotion fits anew, what it is held to, and whether the candidate moves to it."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from nbcode.configuration import RefitConfig, setting
from nbcode.inputs import Role
from nbcode.primitives import Diagnostic, Digest, NbcodeError, Severity, dataclass
from nbcode.promotion._fits import fit_in
from nbcode.promotion.drift import Drift, FinalModels, Fit, NotMade
from nbcode.promotion.state import Promotion
from nbcode.registry import CANDIDATE, NO_FILES, ModelVersion, Registration, Registry, RegistryError
from nbcode.spec import BuildSpec, decode, differs_in_data_alone, spec_digest

REFIT_CODE = "NBC-I38"
_LINE = re.compile(r"([1-9][0-9]*)\.([1-9][0-9]*)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Refit:
    """A promotion as refit ``number`` of version ``of``; ``before`` is the fit of the line that it is compared with, see :func:`compared_with`.
    ``is_registered``: the registry has it already, from an earlier try or from another store, and it was held to its limits then."""

    of: ModelVersion
    number: int
    before: ModelVersion
    is_registered: bool = False

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


def compared_with(line: Sequence[ModelVersion]) -> ModelVersion:
    """Of the fits of a line, in their order, the one that the next is held against: the candidate, which is what predicts now, also after somebody
    set it back; where that is no fit of the line, its last."""
    return next((one for one in line if one.alias == CANDIDATE), line[-1])


def refit_in(
    promotion: Promotion,
    spec: BuildSpec,
    versions: Iterable[ModelVersion],
    spec_of: Callable[[ModelVersion], BuildSpec | None],
    given: Iterable[str] = (),
) -> Refit | None:
    """What ``promotion`` is a refit of: the version that it says, else the last changed one, where its spec differs from that in data alone.

    ``versions`` are those of the model in the registry. Its own may be among them, from an earlier try or another store: it keeps its place.
    ``given`` are places in lines that were given before, also to versions that were deleted since: what ``n.k`` names is no other model later.
    """
    versions = tuple(versions)
    own = next((one for one in versions if one.key == promotion.key), None)
    others = [one for one in versions if one is not own]
    by_number = {one.version: one for one in others}
    of = last_changed(others) if promotion.refit_of is None else by_number.get(promotion.refit_of)
    if of is None or (known := spec_of(of)) is None or not differs_in_data_alone(spec, known):
        return None
    line = sorted((one for one in others if place_in_line(one)[0] == of.version), key=place_in_line)
    if own is not None and place_in_line(own)[0] == of.version:
        number = place_in_line(own)[1]
        before = compared_with([one for one in line if place_in_line(one)[1] < number])
        return Refit(of=of, number=number, before=before, is_registered=True)
    places = [found for one in given if (found := _LINE.fullmatch(one)) and int(found[1]) == of.version]
    last = max([place_in_line(line[-1])[1], *(int(found[2]) for found in places)])
    return Refit(of=of, number=last + 1, before=compared_with(line))


def line_elsewhere(line: str, definition: Digest, others: Sequence[ModelVersion]) -> str:
    """Its place in a line of another registry, for a version that was ``line`` where it was promoted: that of the version there that it fits
    anew, by its ``definition``; else it begins one of its own, since its number there is another version's, or its own."""
    found = _LINE.fullmatch(line)
    of = [one for one in others if not one.line and one.definition_digest == definition]
    if found is None or not of:
        return ""
    base = next((one for one in of if str(one.version) == found[1]), of[0]).version
    taken = [int(at[2]) for one in others if (at := _LINE.fullmatch(one.line)) and int(at[1]) == base]
    number = int(found[2]) if int(found[2]) not in taken else max(taken) + 1
    return f"{base}.{number}"


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
    registry: Registry,
    refit: Refit,
    artifact: Path,
    path_of: Callable[[Digest], Path],
    horizon: int,
    *,
    finals: Callable[[Path], FinalModels | None] = lambda _before: None,
) -> Drift:
    """From the fit before to the one in ``artifact``. Of the fit before, the store's artifact is read, else the registry's. ``finals`` compares the
    model in that one with the new one."""
    now, before_at = fit_in(artifact), path_of(refit.before.artifact_digest)
    with tempfile.TemporaryDirectory() as folder:
        if now is not None and not before_at.is_dir():
            fetched = _fetched(registry, refit.before, Path(folder), refit.before.artifact_digest.hex)
            before_at = fetched or before_at
        before = fit_in(before_at)
        if before is None or now is None:
            return Drift(not_made=_without_artifacts(refit, before, now))
        from nbcode.promotion._compared_fits import drift_of

        return replace(drift_of(before, now, horizon), final_models=finals(before_at))


def _without_artifacts(refit: Refit, before: Fit | None, now: Fit | None) -> tuple[NotMade, ...]:
    """All that a refit is held to after the run rests on the artifacts of both fits."""
    of = [
        name for name, one in ((f"version {refit.before.version}", before), ("this fit", now)) if one is None
    ]
    why = f"the artifact of {' and '.join(of)} is neither in the store nor in the registry"
    return (
        NotMade(limit="coefficient_drift", why=f"coefficients not compared: {why}"),
        NotMade(limit="rank_correlation", why=f"predictions not compared: {why}"),
        NotMade(limit="ic_fall", why=f"rank IC since: {why}"),
    )


def failing_limits(found: Drift, limits: RefitConfig, refit: Refit) -> tuple[Diagnostic, ...]:
    """NBC-I38 for each limit of ``[refit]`` that ``found`` is beyond, or that could not be looked at and should have been."""
    than = f"version {refit.before.version}"
    told: list[tuple[str, str, str]] = []
    if _over(found.coefficient_drift, limits.coefficient_drift):
        moved = f"the coefficients moved by {found.coefficient_drift:.3g} of those of {than}"
        told.append(("coefficient_drift", moved, f"at most {limits.coefficient_drift:g}"))
    least, ranks = limits.rank_correlation, found.rank_correlation
    if least is not None and ranks is not None and not ranks >= least:
        apart = f"predictions have a rank correlation of {ranks:.3f} with those of {than}"
        told.append(("rank_correlation", apart, f"at least {least:g} over {found.sessions} sessions"))
    if found.names is not None and _over(found.names.change, limits.names):
        counted = f"on {found.names.day} {found.names.now} names have a prediction, and with {than} {found.names.before} had one"
        told.append(("names", counted, f"at most {limits.names:.0%} fewer or more"))
    if _over(found.ic_fall, limits.ic_fall):
        worth = f"{than} had a rank IC of {found.new_ic:.3f} on {found.new_sessions} new sessions"
        fell = f"{worth}, {found.ic_fall:.1f} standard errors below its mean before"
        told.append(("ic_fall", fell, f"at most {limits.ic_fall:g}"))
    back = () if found.back is None else (on_older_data(found.back[1], refit.before, found.back[0]),)
    unlooked = [
        limit_not_looked_at(one.limit, one.why)
        for one in found.not_made
        if not one.innocent and getattr(limits, one.limit) is not None
    ]
    return (*back, *(limit_not_met(*one) for one in told), *unlooked)


def data_until(spec: BuildSpec) -> str | None:
    """The last day of the prices that a spec is built on; where they do not say it, the day up to which all is read, None where there is none."""
    days = [one.as_of for one in spec.inputs if one.role is Role.PRICES and one.as_of is not None]
    return max(days, default=None) or spec.meta.as_of or None


def on_older_data(mine: str, before: ModelVersion, theirs: str, day: str = "DAY") -> Diagnostic:
    """NBC-I51: a line goes on in time; no day that was typed wrong, and no old job that is run again, takes production back."""
    named = f"version {before.version}" + (f" ({before.line})" if before.line else "")
    return Diagnostic(
        code="NBC-I51",
        message=f"refit stopped: it goes to {mine}, and {named}, the last fit of its line, to {theirs}",
        cause="a refit takes the candidate, and never takes it back to older data; nothing was registered",
        fixes=(
            f"`nbcode refit {before.model} --as-of {day}`, or a later day",
            "`nbcode promote NOTEBOOK --as-of DAY` goes back to older data by your word",
        ),
    )


def limit_not_met(key: str, message: str, wanted: str) -> Diagnostic:
    """NBC-I38 for one of the limits of a refit."""
    where = setting("refit", key)
    return _stopped(
        message,
        f"{where} wants {wanted}",
        "look at the data of the last sessions",
        f'write another number, or "off", at {where}',
    )


def limit_not_looked_at(key: str, why: str) -> Diagnostic:
    """NBC-I38 for a limit of which nobody knows whether it is met: nothing unattended gets past it."""
    where = setting("refit", key)
    return _stopped(
        why,
        f"so nobody knows whether {where} is met",
        "look at the data, and at what the names and sessions in them are called",
        f'write "off" at {where}, where it says nothing of this model',
    )


def _stopped(message: str, cause: str, look: str, otherwise: str) -> Diagnostic:
    return Diagnostic(
        code=REFIT_CODE,
        message=f"refit stopped: {message}",
        cause=f"{cause}; nothing was registered",
        fixes=(
            look,
            "`nbcode promote NOTEBOOK --as-of DAY` takes it by your word, where the data are right",
            otherwise,
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
    promotion: Promotion,
    candidate: int | None,
    versions: Iterable[ModelVersion],
    until: Callable[[ModelVersion], str | None],
) -> Diagnostic | None:
    """NBC-I21, a note, where a refit leaves the candidate: it is at a model that was changed since, at none, at a later refit, or at a fit on
    newer data. ``until`` is the last day of a version's data, None where it is not known."""
    n, _, k = promotion.line.partition(".")
    known = {one.version: one for one in versions}
    at, own = (known.get(one) if one is not None else None for one in (candidate, promotion.version))
    newer = ""
    if at is not None:
        line, number = place_in_line(at)
        if line == int(n) and number <= int(k):
            mine, theirs = None if own is None else until(own), until(at)
            if mine is None or theirs is None or theirs <= mine:
                return None
            newer = f"its data go to {theirs}, those of this one to {mine}"
    where = "there is no candidate" if candidate is None else f"the candidate stays version {candidate}"
    why = (
        "a refit makes none where there is none"
        if candidate is None
        else newer
        or f"it is no fit of version {n} before this one, and a refit never moves the candidate to another model"
    )
    return _left(promotion, where, why)


def set_back_by_hand(promotion: Promotion, candidate: int | None) -> Diagnostic:
    """NBC-I21, a note, where the candidate is not where nbcode set it last: a refit in the night does not undo what somebody did by hand."""
    where = "there is no candidate" if candidate is None else f"the candidate stays version {candidate}"
    return _left(promotion, where, "somebody set it there by hand, and a refit does not undo that")


def _left(promotion: Promotion, where: str, why: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-I21",
        severity=Severity.NOTE,
        message=f"{promotion.model} version {promotion.version} is registered as {promotion.line}; {where}",
        cause=why,
        fixes=("`nbcode promote NOTEBOOK --as-of DAY --again` makes the fit of that day the candidate",),
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

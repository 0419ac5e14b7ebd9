"""What the page of a version in the registry says first: what a reviewer asks, in ten lines."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from nbcode.artifact import Figures, costs_of, numbers_in, verdict_of
from nbcode.inputs import Role
from nbcode.promotion.state import Promotion
from nbcode.results import NEEDS_NAME
from nbcode.spec import BuildSpec, SpecInput

_BY_COST = "_by_cost"
_COST_BPS = 10.0
SHARPE_AFTER_COSTS = f"sharpe.cost_{_COST_BPS:g}bps"
"""The Sharpe ratio at the trading cost at which one is told, where the report has it."""


def headline_of(artifact: Path, figures: Figures) -> str:
    """The report's verdict and its first figures; the figures that there are where it has no verdict. Without any markup: MLflow's list of
    versions shows the first line of a description as it is written."""
    numbers = dict(metrics_of(figures, costs_of(artifact)))
    told = [
        f"{words} {numbers[name]:.{digits}f}"
        for name, words, digits in (
            ("ic_mean", "IC", 4),
            ("ic_t_newey_west", "honest t", 2),
            (SHARPE_AFTER_COSTS, f"Sharpe after {_COST_BPS:g} bps", 2),
        )
        if name in numbers
    ]
    told = told or [f"{name} {number:.4g}" for name, number in list(numbers.items())[:3]]
    verdict = verdict_of(artifact)
    return " ".join(part for part in (verdict, ", ".join(told)) if part)


def metrics_of(figures: Figures, costs_bps: Sequence[float]) -> list[tuple[str, float]]:
    """The finite numbers of ``figures`` with their names; those by trading cost under ``sharpe.cost_10bps``."""
    found = [*numbers_in({name: value for name, value in figures.items() if not name.endswith(_BY_COST)})]
    for name, value in figures.items():
        if not name.endswith(_BY_COST):
            continue
        if isinstance(value, list | tuple) and len(value) == len(costs_bps):
            by_cost = {f"cost_{cost:g}bps": one for cost, one in zip(costs_bps, value, strict=True)}
            found += numbers_in(by_cost, name.removesuffix(_BY_COST))
        else:
            found += numbers_in(value, name)
    return found


def rows_of(
    promotion: Promotion, spec: BuildSpec, before: tuple[Promotion, BuildSpec] | None
) -> Iterator[tuple[str, str]]:
    """What a reviewer asks, a label and its text each: of horizon, data and who, and what is new since the version ``before``."""
    yield "horizon", spec.meta.horizon
    days = {one.name: one.as_of for one in sorted(spec.inputs, key=lambda one: one.as_of or "")}
    yield "data", ", ".join(f"{name} to {day}" if day else name for name, day in sorted(days.items()))
    yield "owner", spec.meta.owner
    yield "notebook", promotion.notebook
    if before is not None:
        earlier, its_spec = before
        yield f"since version {earlier.version}", ", ".join(_changes(spec, its_spec)) or "the same spec"


def reads_of(artifact: Path) -> Iterator[tuple[str, str]]:
    """What a prediction takes, where the artifact says so."""
    with contextlib.suppress(FileNotFoundError):
        needs = json.loads((artifact / NEEDS_NAME).read_bytes())
        names = ", ".join(one["name"] for one in (*needs["raw"], *needs["reference"][1:]))
        sessions = int(needs["lookback_sessions"]) + 1
        whole = ", all names of each" if needs["cross_section"] else ""
        yield "a prediction reads", f"{names}; {sessions} sessions{whole}"


def _named(one: SpecInput) -> str:
    """A dataset's prices and its reference bear one name."""
    return f"the reference of {one.name}" if one.role is Role.REFERENCE else one.name


def _changes(spec: BuildSpec, before: BuildSpec) -> Iterator[str]:
    code, its_code = ([cell.code_digest for cell in one.cells] for one in (spec, before))
    same = spec.definition.digest == before.definition.digest
    if not same:
        yield "another definition"
    elif code != its_code:
        yield "the same definition, written otherwise"
    data, its_data = ({_named(one): (one.digest, one.as_of) for one in of.inputs} for of in (spec, before))
    for name in sorted(data.keys() | its_data.keys()):
        now, then = data.get(name), its_data.get(name)
        if now != then:
            days = [one[1] or "" for one in (then, now) if one is not None]
            yield f"{'other' if len(days) == 2 else 'more' if then is None else 'no'} data of {name}" + (
                f" ({days[0]} -> {days[-1]})" if len(days) == 2 and all(days) else ""
            )
    if spec.environment.lock_digest != before.environment.lock_digest:
        yield "another environment"

"""What the page of a version says first, and what its numbers are called."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.promotions import begun
from fakes.specs import EXAMPLE, digest_of
from nbcode.inputs import Role
from nbcode.promotion.version_page import headline_of, metrics_of, rows_of
from nbcode.spec import BuildSpec

FIGURES = {
    "ic_mean": 0.02513,
    "ic_t_newey_west": 4.089,
    "sharpe": 1.9,
    "sharpe_by_cost": [1.9, 1.2],
    "pbo": None,
}
COSTS = [{"cost_bps": 0, "sharpe": 1.9}, {"cost_bps": 10, "sharpe": 1.2}]


def artifact(folder: Path, **more: object) -> Path:
    (folder / "report.json").write_text(json.dumps({"figures": FIGURES, **more}))
    return folder


def test_figures_by_cost_are_called_by_their_cost() -> None:
    named = dict(metrics_of(FIGURES, (0.0, 10.0)))
    assert named == {
        "ic_mean": 0.02513,
        "ic_t_newey_west": 4.089,
        "sharpe": 1.9,
        "sharpe.cost_0bps": 1.9,
        "sharpe.cost_10bps": 1.2,
    }
    unknown = dict(metrics_of(FIGURES, (0.0, 5.0, 10.0)))  # the control: whose costs these are is not known
    assert {name for name in unknown if "cost" in name} == {"sharpe_by_cost.1", "sharpe_by_cost.2"}


def test_the_verdict_and_the_first_figures_come_first(tmp_path: Path) -> None:
    report = artifact(tmp_path, verdict={"headline": "Believable."}, portfolio={"by_cost": COSTS})
    assert headline_of(report, FIGURES) == "Believable. IC 0.0251, honest t 4.09, Sharpe after 10 bps 1.20"


def test_of_a_notebook_with_figures_of_its_own_these_are_told(tmp_path: Path) -> None:
    report = artifact(tmp_path)
    assert headline_of(report, {"auc": 0.512, "days": 81}) == "auc 0.512, days 81"
    assert headline_of(report, {}) == ""


def since(before: BuildSpec, now: BuildSpec = EXAMPLE) -> str:
    rows = dict(rows_of(begun(), now, (replace(begun(), version=4), before)))
    return rows["since version 4"]


def newer(spec: BuildSpec) -> BuildSpec:
    data = replace(spec.inputs[0], digest=digest_of("newer"), as_of="2018-03-07")
    return replace(spec, inputs=(data,))


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (EXAMPLE, "the same spec"),
        (newer(EXAMPLE), "other data of sp500 (2018-02-07 -> 2018-03-07)"),
        (
            replace(EXAMPLE, definition=replace(EXAMPLE.definition, digest=digest_of("other"))),
            "another definition",
        ),
        (
            replace(EXAMPLE, cells=(replace(EXAMPLE.cells[0], code_digest=digest_of("o")), EXAMPLE.cells[1])),
            "the same definition, written otherwise",
        ),
        (
            replace(EXAMPLE, inputs=(replace(EXAMPLE.inputs[0], name="us3000"),)),
            "no data of sp500, more data of us3000",
        ),
        (
            replace(EXAMPLE, environment=replace(EXAMPLE.environment, lock_digest=digest_of("l"))),
            "another environment",
        ),
    ],
)
def test_what_is_new_since_the_version_before_is_said(now: BuildSpec, said: str) -> None:
    assert since(EXAMPLE, now) == said


def with_reference(spec: BuildSpec, said: str) -> BuildSpec:
    """Last, as a spec has it: of the same name as the prices."""
    named = replace(spec.inputs[0], role=Role.REFERENCE, digest=digest_of(said), as_of=None)
    return replace(spec, inputs=(*spec.inputs, named))


def test_prices_and_the_reference_of_one_name_are_told_apart() -> None:
    before = with_reference(EXAMPLE, "names")
    assert since(before, with_reference(newer(EXAMPLE), "names")) == (
        "other data of sp500 (2018-02-07 -> 2018-03-07)"
    )
    assert since(before, with_reference(EXAMPLE, "others")) == "other data of the reference of sp500"
    assert since(before, before) == "the same spec"  # the control


def test_horizon_data_and_owner_are_told_and_of_a_first_version_nothing_before_it() -> None:
    assert dict(rows_of(begun(), EXAMPLE, None)) == {
        "horizon": "10d",
        "data": "sp500 to 2018-02-07",
        "owner": "team-mid-frequency-equities",
        "notebook": begun().notebook,
    }

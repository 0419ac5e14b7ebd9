"""The plan of a fan-out: how many runs, what each has to do again, and what is gained by the last run that was measured."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from alpha_bench import LightGBM, Ridge, features, fwd_ret
from alpha_bench.definitions.search import grid_search
from alpha_bench.describe import describe
from alpha_bench.session.evaluations import walk_forward
from nbcode.commands.fan_out import FanOut, FanOutPlanner, told_alone
from nbcode.configuration import ARGO, HERE, open_workspace
from nbcode.primitives import digest_bytes

X, Y = [features.ret(20), features.ret(5)], fwd_ret(5)
TREES = LightGBM(n_estimators=5, random_state=0).fit(X=X, y=Y)
MEASURED = SimpleNamespace(
    run_id="trees-1",
    model="trees",
    begun_at="2026-11-20T10:00:00+00:00",
    seconds=(("build", 9.0), ("figures", 120.0), ("report", 20.0), ("model", 10.0), ("verify", 50.0)),
)


def built(model: Any = TREES, folds: int = 12, kind: str = "declarative") -> Any:
    plain = describe(walk_forward(model, folds=folds)) if kind == "declarative" else {"kind": "python"}
    definition = SimpleNamespace(kind=kind, plain=plain)
    return SimpleNamespace(
        spec=SimpleNamespace(definition=definition, meta=SimpleNamespace(id="trees")),
        inputs=(SimpleNamespace(size_bytes=64 << 20),),
        spec_digest=digest_bytes(b"spec"),
    )


def planner(
    folder: Path, *, parts: int | None = 4, on: str = ARGO, before: tuple[Any, ...] = (MEASURED,)
) -> FanOutPlanner:
    return FanOutPlanner(open_workspace(folder), on=on, parts=parts, promotions=lambda _model: before)


def test_the_longest_folds_are_dealt_first_and_what_is_gained_is_by_the_last_run(tmp_path: Path) -> None:
    plan = planner(tmp_path)(built())
    assert (plan.folds, plan.over, plan.together, plan.runs_cells) == (12, 4, False, False)
    assert sorted(n for share in plan.shares for n in share) == list(range(1, 13))
    assert plan.shares[0][-1] == 12
    assert plan.alone_s == 150.0
    # A quarter of the fits, and one of twelve once more; report and model as before.
    assert plan.at_best_s == pytest.approx(30 + 120 * (1 / 4 + 1 / 12), abs=4)
    assert plan.lines()[0] == "fan-out: 12 folds over 4 pods, then one run that takes their fits"
    assert "150 s in one run (measured: trees-1, 2026-11-20)" in plan.lines()[-1]
    assert plan.to_json()["runs"] == 5


def test_no_more_runs_than_folds_and_at_most_eight_pods(tmp_path: Path) -> None:
    assert planner(tmp_path, parts=50)(built()).over == 12
    assert planner(tmp_path, parts=None)(built()).over == 8
    assert planner(tmp_path, parts=None)(built(folds=3)).over == 3
    assert planner(tmp_path, on=HERE, parts=2)(built()).over == 2


def test_what_is_planned_is_known_by_its_spec_and_by_no_other(tmp_path: Path) -> None:
    made = planner(tmp_path)
    assert made.over(digest_bytes(b"spec")) == 0
    made(built())
    assert (made.over(digest_bytes(b"spec")), made.over(digest_bytes(b"other"))) == (4, 0)


def test_without_an_earlier_run_nothing_is_said_of_time(tmp_path: Path) -> None:
    plan = planner(tmp_path, before=())(built())
    assert (plan.alone_s, plan.at_best_s) == (None, None)
    assert plan.lines()[-1].endswith("not known: no earlier run of this model is in the journal")


def test_folds_that_are_solved_together_gain_nothing_and_that_is_said(tmp_path: Path) -> None:
    plan = planner(tmp_path)(built(Ridge().fit(X=X, y=Y)))
    assert (plan.over, plan.together) == (4, True)
    assert "nothing is gained" in plan.lines()[-1]
    search = grid_search(Ridge(), {"alpha": [1, 10]}).fit(X=X, y=Y)
    assert not planner(tmp_path)(built(search)).together


@pytest.mark.parametrize("kind", ["python", "declarative"])
def test_what_has_no_folds_that_can_be_seen_runs_as_one(kind: str, tmp_path: Path) -> None:
    given = built(kind="python")
    if kind == "declarative":
        given.spec.definition = SimpleNamespace(kind=kind, plain={**describe(TREES)})
    plan = planner(tmp_path)(given)
    assert (plan.over, plan.shares, plan.to_json()["runs"]) == (0, (), 1)
    assert plan.lines() == (f"fan-out: one run alone: {plan.because}",)
    assert [one.code for one in told_alone(plan)] == ["NBC-H43"]
    spread = FanOut(folds=1, shares=((1,),), on=HERE, cpu="", memory_bytes=1, inputs_bytes=1)
    assert told_alone(spread) == ()

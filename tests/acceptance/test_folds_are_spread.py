"""`promote --fan-out folds`: the same artifact by however many runs, whatever one of them left; and what it costs is told before."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from acceptance.project import SEED, nbcode
from nbcode.commands.planning import plan_of
from nbcode.configuration import open_workspace
from nbcode.primitives import Digest, digest_bytes, this_process
from nbcode.run import RunOutcome, RunPlan, RunStatus, Spreading, drive
from nbcode.run._local import LocalRunner
from nbcode.run._spreads import here
from nbcode.run.left_folds import FOLDS, joined, left_in, shares_of
from nbcode.wiring import LocalAdapters

pytestmark = pytest.mark.long

TREES = """# %% [meta]
# id: trees
# kind: model
# horizon: 5d
# owner: team
# %% [features]
ret_20 = features.ret(window=20)
ret_5 = features.ret(window=5)
# %% [model]
m = LightGBM(n_estimators=8, num_leaves=6, random_state=0).fit(X=[ret_20, ret_5], y=fwd_ret_5d)
# %% [eval]
report = walk_forward(m, embargo="5d", folds="5")
"""
OWN = (
    TREES.replace("id: trees", "id: own")
    .replace(
        "ret_5 = features.ret(window=5)",
        """@feature(inputs=[data.close], window=5)
def own(close):
    return close - np.vstack([np.full((1, close.shape[1]), np.nan), close[:-1]])
ret_5 = own()""",
    )
    .replace("# %% [features]", "# %% [setup]\nimport numpy as np\n# %% [features]")
)
PLAIN = """# %% [meta]
# id: plain
# kind: model
# horizon: 5d
# owner: team
# %% [model]
from sklearn.linear_model import Ridge as Plain
m = Plain().fit([[1.0], [2.0], [3.0]], [1.0, 2.0, 3.5])
# %% [eval]
report = {"ic_mean": 0.01}
"""
NOTEBOOKS = {"xsmom_v3": SEED.read_text(encoding="utf-8"), "trees": TREES, "own": OWN}


def planned(folder: Path, name: str, run_id: str, over: int) -> RunPlan:
    path = folder / f"{name}.py"
    path.write_text(NOTEBOOKS[name], encoding="utf-8")
    workspace = open_workspace(path)
    built = LocalAdapters(this_process()).build(workspace)(path, None)
    return plan_of(built, workspace, run_id=run_id, isolation="auto", environment=dict(os.environ), over=over)


def ran(folder: Path, plan: RunPlan) -> RunOutcome:
    done = drive(here(folder / "store"), plan, into=folder / "out" / plan.run_id, on_event=lambda _: None)
    assert done.status is RunStatus.FINISHED, done.diagnostics
    return done


def digests(done: RunOutcome) -> dict[str, Digest]:
    assert done.result is not None
    return {one.path: one.digest for one in done.result.files}


@cache
def alone(folder: Path, name: str) -> dict[str, Digest]:
    found = digests(ran(folder, planned(folder, name, f"{name}-alone", 0)))
    assert not [path for path in found if path.startswith(FOLDS)]
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("project")


@pytest.mark.parametrize(
    ("name", "over"),
    [("xsmom_v3", 1), ("xsmom_v3", 2), ("xsmom_v3", 3), ("xsmom_v3", 5), ("trees", 2), ("own", 2)],
)
def test_the_result_is_the_one_of_a_single_run(name: str, over: int, folder: Path) -> None:
    done = ran(folder, planned(folder, name, f"{name}-{over}", over))
    assert digests(done) == alone(folder, name)
    assert "NBC-H44" not in [one.code for one in done.diagnostics]


def test_a_share_runs_no_cell_and_leaves_folds_alone(folder: Path) -> None:
    share = shares_of(planned(folder, "trees", "share", 2))[0]
    events: list[str] = []
    done = drive(
        LocalRunner(folder / "runs"), share, into=folder / "share", on_event=lambda e: events.append(e.kind)
    )
    assert done.result is not None, done.diagnostics
    assert len(left_in(done.result)) == len(done.result.files) > 0
    assert "cell" not in events


def test_fits_that_are_not_what_a_share_leaves_are_told_of_and_change_nothing(folder: Path) -> None:
    plan = planned(folder, "trees", "forged", 1)
    (share,) = shares_of(plan)
    result = drive(LocalRunner(folder / "runs"), share, into=folder / "left", on_event=lambda _: None).result
    assert result is not None
    found = []
    for one in left_in(result):
        path = folder / "left" / FOLDS / one.name
        told = json.loads(path.read_bytes())
        told["rows"] += 1  # as a forger would, under the right key, with the right digest of his own bytes
        path.write_text(json.dumps(told, separators=(",", ":")))
        found.append(replace(one, digest=digest_bytes(path.read_bytes())))
    whole = joined(plan, found)
    spreading: Spreading = replace(whole.placement.spreading, at=folder / "left" / FOLDS)
    done = ran(folder, replace(whole, placement=replace(whole.placement, spreading=spreading)))
    assert digests(done) == alone(folder, "trees")
    assert [one.message for one in done.diagnostics if one.code == "NBC-H44"] == [
        "5 fits of folds that other runs left were not taken"
    ]


def test_a_promote_tells_its_plan_first_and_gives_the_same_digest(tmp_path: Path) -> None:
    (tmp_path / "trees.py").write_text(TREES)
    once = nbcode(tmp_path, "promote", "trees.py", "--json")
    assert once.code == 0, once.said
    again = nbcode(tmp_path, "promote", "trees.py", "--again", "--fan-out", "folds", "--parts", "3", "--json")
    assert again.code == 0, again.said
    assert again.json["artifact_digest"] == once.json["artifact_digest"]
    plan = again.json["fan_out"]
    assert (plan["folds"], len(plan["shares"]), plan["runs"], plan["together"]) == (5, 3, 4, False)
    assert sorted(n for share in plan["shares"] for n in share) == [1, 2, 3, 4, 5]
    assert 0 < plan["at_best_s"] <= plan["alone_s"]
    assert again.err.index("fan-out: 5 folds over 3 processes here") < again.err.index("] run")
    assert once.json["fan_out"] is None
    assert list((tmp_path / ".nbcode" / "shares").iterdir()) == []


def test_cells_that_fit_their_own_models_run_as_one_and_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_text(PLAIN)
    ended = nbcode(tmp_path, "promote", "plain.py", "--fan-out", "folds", "--json")
    assert ended.code == 0, ended.said
    assert (ended.json["fan_out"]["runs"], ended.json["fan_out"]["shares"]) == (1, [])
    assert "NBC-H43" in [one["code"] for one in ended.json["diagnostics"]]
    assert "fan-out: one run alone: these cells fit their own models" in ended.err

"""Folds that other processes fitted: whatever they left, the report has the same bytes; what they left decides only who fits."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alpha_bench import features
from alpha_bench.definitions.named_estimators import LightGBM, Ridge, estimator
from alpha_bench.definitions.preprocessing import standardize, winsorize
from alpha_bench.definitions.search import grid_search
from alpha_bench.describe import KeptFolds, Share, evaluate, fit_share, fold_sizes
from alpha_bench.evaluation import spread_folds
from alpha_bench.fitting.training import Fit
from alpha_bench.runtime import canonical
from alpha_bench.session.evaluations import Evaluation, combinatorial_purged_kfold, walk_forward
from alpha_bench.vocabulary.labels import fwd_ret
from alpha_bench.vocabulary.panel_fields import data
from fakes.small_panels import panel_of

SESSIONS, ASSETS, FOLDS = 240, 10, 5
X = [data.signal, features.ret(5), data.noise]
TERMS = "the lock and the machine"


def fields(seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    close = 50 * np.exp(np.cumsum(rng.normal(0, 0.02, (SESSIONS, ASSETS)), axis=0))
    close[rng.random(close.shape) < 0.01] = np.nan
    return {"close": close, "signal": rng.normal(size=close.shape), "noise": rng.normal(size=close.shape)}


@cache
def panel() -> Any:
    return panel_of(fields())


FOREST = estimator("sklearn.ensemble.RandomForestRegressor", n_estimators=4, max_depth=4, random_state=0)
TREE = estimator("sklearn.tree.DecisionTreeRegressor", max_depth=3, random_state=0)
MODELS: dict[str, Callable[[], Evaluation]] = {
    "linear": lambda: walk_forward(Ridge().fit(X=X, y=fwd_ret(5)), folds=FOLDS),
    "linear with steps": lambda: walk_forward(
        Ridge().fit(X=X, y=fwd_ret(5), preprocess=[winsorize(), standardize()]), folds=FOLDS
    ),
    "forest": lambda: walk_forward(FOREST.fit(X=X, y=fwd_ret(5)), folds=FOLDS),
    "boosted": lambda: walk_forward(
        LightGBM(n_estimators=6, num_leaves=5, random_state=0).fit(
            X=X, y=fwd_ret(5), universe=data.noise > -1
        ),
        folds=FOLDS,
    ),
    "search": lambda: walk_forward(
        grid_search(TREE, {"max_depth": [2, 4]}, folds=1, embargo=0).fit(
            X=X, y=fwd_ret(5), weights=1 / (2 + data.noise * data.noise)
        ),
        folds=FOLDS,
    ),
    "paths": lambda: combinatorial_purged_kfold(TREE.fit(X=X, y=fwd_ret(5)), groups=4, test_groups=2),
}


def written(report: Any) -> dict[str, bytes]:
    """What a report leaves, but for its pages, which are made of this."""
    rows = report.predictions.to_pydict()
    return {"report.json": canonical(report.to_json()), "predictions": repr(rows).encode()}


def shares(name: str, of: int, into: Path, *, terms: str = TERMS, on: Any = None) -> Path:
    for number in range(of):
        fit_share(MODELS[name](), on or panel(), Share(number=number, of=of, terms=terms), into)
    return into


def kept(folder: Path, **how: Any) -> KeptFolds:
    digests = {one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in folder.iterdir()}
    found = KeptFolds(folder=folder, digests=digests, terms=how.pop("terms", TERMS))
    found.draw = how.pop("draw", lambda _: 0)
    return found


@cache
def alone(name: str) -> dict[str, bytes]:
    return written(evaluate(MODELS[name](), panel()))


@pytest.mark.parametrize(
    ("name", "of"), [*((name, 2) for name in MODELS), ("linear", 1), ("boosted", 3), ("forest", 5)]
)
def test_the_report_is_the_same_by_how_many_its_folds_were_fitted(name: str, of: int, tmp_path: Path) -> None:
    found = kept(shares(name, of, tmp_path))
    assert written(evaluate(MODELS[name](), panel(), kept=found)) == alone(name)
    folds = 6 if name == "paths" else FOLDS
    assert (found.taken, found.refused, found.differed) == (folds, 0, False)


def test_a_share_that_is_lost_only_costs_time(tmp_path: Path) -> None:
    for number in (0, 2):
        fit_share(MODELS["forest"](), panel(), Share(number=number, of=3, terms=TERMS), tmp_path)
    found = kept(tmp_path)
    assert written(evaluate(MODELS["forest"](), panel(), kept=found)) == alone("forest")
    assert 0 < found.taken < FOLDS


def test_more_processes_than_folds_have_nothing_left_to_do(tmp_path: Path) -> None:
    assert [
        fit_share(MODELS["linear"](), panel(), Share(number=number, of=8, terms=TERMS), tmp_path)
        for number in range(8)
    ] == [1] * FOLDS + [0] * 3


def spoilt(folder: Path, how: Callable[[bytes], bytes]) -> Path:
    for one in folder.iterdir():
        one.write_bytes(how(one.read_bytes()))
    return folder


def changed(**values: Any) -> Callable[[bytes], bytes]:
    return lambda data: json.dumps({**json.loads(data), **values}).encode()


def linear(**values: Any) -> Callable[[bytes], bytes]:
    return lambda data: json.dumps(
        {**(old := json.loads(data)), "linear": {**old["linear"], **values}}
    ).encode()


GARBAGE: dict[str, Callable[[bytes], bytes]] = {
    "truncated": lambda data: data[: len(data) // 2],
    "empty": lambda _: b"",
    "no JSON": lambda _: b"\x80\x04K\x01.",
    "another key": changed(key="0" * 64),
    "another schema": changed(schema_version=2),
    "too few coefficients": linear(coef=[0.1, 0.2]),
    "coefficients in a table": linear(coef=[[0.1, 0.2, 0.3]]),
    "NaN": linear(intercept=float("nan")),
    "infinite": lambda data: data.replace(b'"intercept":', b'"intercept":1e999,"was":'),
    "a text for a number": linear(intercept="all"),
    "rows that are none": changed(rows=-1),
    "an estimator beside coefficients": changed(estimator="AAAA"),
    "neither": changed(linear=None),
    "a search that was none": changed(search={"chosen": {}, "score": "ic", "candidates": []}),
    "other steps": changed(steps=[{"step": "rank"}]),
    "other predictions": linear(intercept=1.0),
    "a list": lambda _: b"[1]",
    "deep": lambda _: b"[" * 100_000,
}


@pytest.mark.parametrize("how", GARBAGE)
def test_garbage_is_not_taken_and_changes_nothing(how: str, tmp_path: Path) -> None:
    found = kept(spoilt(shares("linear", 2, tmp_path), GARBAGE[how]))
    assert written(evaluate(MODELS["linear"](), panel(), kept=found)) == alone("linear")
    assert (found.taken, found.refused) == (0, FOLDS)


@pytest.mark.parametrize("name", ["forest", "boosted"])
def test_an_estimator_that_is_none_is_not_taken(name: str, tmp_path: Path) -> None:
    found = kept(spoilt(shares(name, 2, tmp_path), changed(estimator="UEsDBAo=")))
    assert written(evaluate(MODELS[name](), panel(), kept=found)) == alone(name)
    assert (found.taken, found.refused) == (0, FOLDS)


def test_bytes_of_another_digest_are_not_read(tmp_path: Path) -> None:
    found = kept(shares("linear", 1, tmp_path))
    for one in tmp_path.iterdir():
        one.write_bytes(one.read_bytes() + b"\n")
    assert written(evaluate(MODELS["linear"](), panel(), kept=found)) == alone("linear")
    assert (found.taken, found.refused) == (0, FOLDS)


@pytest.mark.parametrize("other", ["terms", "values", "model"])
def test_what_a_fit_depends_on_is_in_its_key(other: str, tmp_path: Path) -> None:
    if other == "terms":
        shares("linear", 1, tmp_path, terms="another lock")
    elif other == "values":
        changed_fields = fields()
        changed_fields["noise"][3, 3] += 1e-12
        shares("linear", 1, tmp_path, on=panel_of(changed_fields))
    else:
        shares("forest", 1, tmp_path)
    found = kept(tmp_path)
    assert written(evaluate(MODELS["linear"](), panel(), kept=found)) == alone("linear")
    assert (found.taken, found.refused) == (0, 0)


def forged(name: str, folder: Path) -> Path:
    """Folds under their right keys that say another fit, and rightly what that predicts."""
    honest = spread_folds._fitted

    def lying(*given: Any) -> dict[int, Fit]:
        return {n: turned(fit) for n, fit in honest(*given).items()}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spread_folds, "_fitted", lying)
        return shares(name, 2, folder)


def turned(fit: Any) -> Any:
    return replace(fit, linear=replace(fit.linear, coef=-fit.linear.coef))


def test_a_forged_fold_is_found_by_the_one_that_is_fitted_again(tmp_path: Path) -> None:
    found = kept(forged("linear", tmp_path))
    assert written(evaluate(MODELS["linear"](), panel(), kept=found)) == alone("linear")
    assert (found.taken, found.refused, found.differed) == (0, FOLDS, True)


def test_the_control_a_forged_fold_that_nobody_fits_again_would_be_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(KeptFolds, "_differs", lambda *_: False)
    found = kept(forged("linear", tmp_path))
    assert written(evaluate(MODELS["linear"](), panel(), kept=found)) != alone("linear")


def test_which_fold_is_fitted_again_is_drawn_anew_each_time(tmp_path: Path) -> None:
    drawn: list[int] = []

    def draw(count: int) -> int:
        drawn.append(count)
        return count - 1

    evaluate(MODELS["linear"](), panel(), kept=kept(shares("linear", 2, tmp_path), draw=draw))
    assert drawn == [FOLDS]
    assert KeptFolds(folder=tmp_path, digests={}, terms=TERMS).draw is secrets.randbelow


def test_the_longest_folds_are_dealt_first() -> None:
    sizes = fold_sizes(MODELS["forest"]().definition.to_plain(), SESSIONS)
    assert sizes is not None
    assert sizes.shares(2) == ((1, 2, 5), (3, 4))
    assert sorted(n for share in sizes.shares(3) for n in share) == [1, 2, 3, 4, 5]
    assert sizes.final > max(sizes.trained)


@pytest.mark.parametrize(
    ("name", "together"), [("linear", True), ("linear with steps", False), ("search", False)]
)
def test_folds_that_are_solved_in_one_pass_are_known(name: str, together: bool) -> None:
    sizes = fold_sizes(MODELS[name]().definition.to_plain(), SESSIONS)
    assert sizes is not None
    assert sizes.together is together


def test_there_are_no_folds_on_too_short_a_calendar() -> None:
    assert fold_sizes(MODELS["linear"]().definition.to_plain(), 20) is None

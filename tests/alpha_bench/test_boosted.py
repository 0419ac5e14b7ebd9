"""LightGBM and XGBoost: the same trees each time, saved as text, and a file is looked at before the library sees it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from alpha_bench import features
from alpha_bench.definitions.estimator_objects import make_estimator
from alpha_bench.definitions.named_estimators import Estimator, LightGBM, XGBoost, estimator, instantiate
from alpha_bench.describe import build, describe
from alpha_bench.errors import AlphaBenchError
from alpha_bench.fitting.fitted_model import fit_final, load_fitted
from alpha_bench.fitting.serialization.boosted_trees import FILES, trees_from_bytes, trees_of
from alpha_bench.fitting.serialization.external_estimator import load_estimator, save_estimator
from alpha_bench.session.evaluation_report import evaluate
from alpha_bench.session.evaluations import walk_forward
from alpha_bench.vocabulary.labels import fwd_ret
from alpha_bench.vocabulary.panel_fields import data
from fakes.small_panels import panel_of

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(400, 3))
Y = X[:, 0] ** 2 + X[:, 1] + RANDOM.normal(size=400)
SPECS = {
    "lightgbm": LightGBM(n_estimators=5, num_leaves=6, subsample=0.7, subsample_freq=1, random_state=0),
    "xgboost": XGBoost(n_estimators=5, max_depth=3, subsample=0.7, random_state=0),
}


def fitted(spec: Estimator) -> Any:
    return instantiate(spec).fit(X, Y)


SAVED = {name: trees_of(fitted(spec)).to_bytes() for name, spec in SPECS.items()}


def fields() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    close = 50 * np.exp(np.cumsum(rng.normal(0, 0.02, (200, 15)), axis=0))
    return {"close": close, "signal": rng.normal(size=close.shape)}


@pytest.mark.parametrize("name", SPECS)
def test_two_fits_give_the_same_bytes_and_another_seed_gives_others(name: str) -> None:
    assert trees_of(fitted(SPECS[name])).to_bytes() == SAVED[name]
    other = make_estimator(SPECS[name].path, {**SPECS[name].values(), "random_state": 1})
    assert trees_of(fitted(other)).to_bytes() != SAVED[name]


@pytest.mark.parametrize("name", SPECS)
def test_what_is_read_back_predicts_the_same_and_is_written_the_same(name: str) -> None:
    read = trees_from_bytes(SPECS[name].path, SAVED[name], 3)
    np.testing.assert_array_equal(read.predict(X), fitted(SPECS[name]).predict(X))
    assert read.to_bytes() == SAVED[name]


@pytest.mark.parametrize("name", SPECS)
def test_a_model_of_trees_is_evaluated_saved_and_loaded(name: str, tmp_path: Path) -> None:
    model = SPECS[name].fit(X=[data.signal, features.ret(5), features.ret(20)], y=fwd_ret(5))
    panel = panel_of(fields())
    report = evaluate(walk_forward(model, folds=2), panel)
    assert np.isfinite(report.prediction).any()
    assert report.folds[0].coef is None
    final = fit_final(model, panel)
    final.save(tmp_path / "a")
    final.save(tmp_path / "b")
    file = FILES[SPECS[name].path]
    assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    assert sorted(p.name for p in (tmp_path / "a").iterdir()) == sorted([file, "model.json"])
    again = load_fitted(tmp_path / "a")
    assert again.predict(panel).equals(final.predict(panel))
    assert build(describe(model)) == model


def test_what_would_make_two_fits_differ_is_refused_and_the_rest_is_recorded() -> None:
    for make, message in (
        (LightGBM, "no seed"),
        (XGBoost, "no seed"),
        (lambda: LightGBM(random_state=0, n_jobs=2), "n_jobs=2"),
        (lambda: LightGBM(random_state=0, deterministic=False), "deterministic=False"),
        (lambda: XGBoost(random_state=0, tree_method="approx"), "tree_method='approx'"),
        (lambda: XGBoost(random_state=0, device="cuda"), "device='cuda'"),
        (lambda: XGBoost(random_state=0, booster="gblinear"), "booster of"),
    ):
        with pytest.raises(AlphaBenchError, match=message):
            make()
    params = LightGBM(random_state=0).to_plain()["params"]
    assert {"deterministic": True, "force_row_wise": True, "n_jobs": 1}.items() <= params.items()
    assert {"tree_method": "hist", "n_jobs": 1}.items() <= XGBoost(random_state=0).to_plain()[
        "params"
    ].items()


def test_an_object_of_the_library_is_the_same_value() -> None:
    lightgbm, xgboost = pytest.importorskip("lightgbm"), pytest.importorskip("xgboost")
    assert estimator(lightgbm.LGBMRegressor(random_state=0)) == LightGBM(random_state=0)
    assert estimator(xgboost.XGBRegressor(random_state=0)) == XGBoost(random_state=0)


def test_trees_inside_another_estimator_are_refused_when_it_is_written() -> None:
    with pytest.raises(AlphaBenchError, match="cannot be saved inside another"):
        estimator("sklearn.compose.TransformedTargetRegressor", regressor=LightGBM(random_state=0))


@pytest.mark.parametrize(("kind", "package"), [(LightGBM, "lightgbm"), (XGBoost, "xgboost")])
def test_a_library_that_is_not_installed_is_named_with_the_way_to_get_it(
    kind, package: str, monkeypatch
) -> None:
    spec = kind(random_state=0)
    plain = describe(spec.fit(X=[data.signal], y=fwd_ret(5)))
    monkeypatch.setitem(sys.modules, package, None)  # Python's own sign for "not to be found"
    with pytest.raises(
        AlphaBenchError, match=f"needs the package {package}.*alpha-bench\\[boost\\]"
    ) as caught:
        kind(random_state=0)
    assert caught.value.code == "R60"
    assert describe(build(plain)) == plain  # a definition can be read where it cannot be fitted
    with pytest.raises(AlphaBenchError, match="R60"):
        instantiate(spec)
    with pytest.raises(AlphaBenchError, match="R60"):
        trees_from_bytes(spec.path, SAVED[package], 3)


# -- files that are not what was saved ------------------------------------------------------------------------------


def sub(pattern: str, to: str) -> Callable[[bytes], bytes]:
    """The first match replaced, and the sizes of the trees made right again, so that they are not what is noticed."""

    def change(saved: bytes) -> bytes:
        text, count = re.subn(pattern, to, saved.decode(), count=1, flags=re.MULTILINE)
        assert count
        if not pattern.startswith("^tree_sizes"):
            trees = re.findall(
                r"^Tree=.*?\n\n\n?(?=Tree=|end of trees)", text, flags=re.MULTILINE | re.DOTALL
            )
            sizes = " ".join(str(len(t.rstrip("\n")) + 3) for t in trees)
            text = re.sub(r"^tree_sizes=.*", f"tree_sizes={sizes}", text, flags=re.MULTILINE)
        return text.encode()

    return change


BAD_LIGHTGBM = {
    "a feature that is not there": (sub(r"^split_feature=\d+", "split_feature=7"), "splits by a feature"),
    "a feature before the first": (sub(r"^split_feature=\d+", "split_feature=-1"), "splits by a feature"),
    "a fraction of a feature": (sub(r"^split_feature=\d+", "split_feature=0.5"), "a fraction in split_feature"),
    "a child outside": (sub(r"^left_child=-?\d+", "left_child=99"), "is no tree"),
    "a leaf outside": (sub(r"^right_child=-?\d+", "right_child=-99"), "is no tree"),
    "a circle": (sub(r"^left_child=-?\d+", "left_child=0"), "is no tree"),
    "a short array": (sub(r"^threshold=\S+ ", "threshold="), "numbers in threshold"),
    "many leaves": (sub(r"^num_leaves=\d+", "num_leaves=99999999"), "of a kind"),
    "one leaf more": (sub(r"^num_leaves=6", "num_leaves=7"), "numbers in"),
    "no leaves": (sub(r"^num_leaves=\d+", "num_leaves=0"), "of a kind"),
    "categories that are not there": (sub(r"^num_cat=0", "num_cat=1"), "in cat_boundaries"),
    "more categories than nodes": (sub(r"^num_cat=0", "num_cat=99"), "of a kind"),
    "categories that nobody asks for": (
        sub(r"^num_cat=0", "num_cat=1\ncat_boundaries=0 1\ncat_threshold=6"),
        "asks for categories",
    ),
    "a set that overlaps": (
        sub(r"^num_cat=0", "num_cat=1\ncat_boundaries=1 1\ncat_threshold=6"),
        "sets of categories that overlap",
    ),
    "a decision by category": (sub(r"^decision_type=\d+", "decision_type=1"), "asks for categories"),
    "a decision of no kind": (sub(r"^decision_type=\d+", "decision_type=12"), "decides in a way"),
    "a linear tree": (sub(r"^is_linear=0", "is_linear=1"), "of a kind"),
    "a line of its own": (sub(r"^num_cat=0", "num_cat=0\nleaf_coeff=1"), "has a line 'leaf_coeff"),
    "a line twice": (sub(r"^num_cat=0", "num_cat=0\nnum_cat=0"), "has a line 'num_cat"),
    "other features": (sub(r"^max_feature_idx=2", "max_feature_idx=200000000"), "max_feature_idx"),
    "many classes": (sub(r"^num_class=1", "num_class=3"), "num_class"),
    "names": (sub(r"^feature_names=Column_0", "feature_names=../../x"), "names of the features"),
    "a size that is none": (sub(r"^tree_sizes=\d+", "tree_sizes=7"), "tree_sizes"),
    "an objective with more": (sub(r"^objective=regression", "objective=regression data:/etc/passwd"), "objective"),
    "not finite": (sub(r"^leaf_value=\S+", "leaf_value=nan"), "numbers in leaf_value"),
    "parameters": (lambda saved: saved + b"\nparameters:\n[machines: 10.0.0.1]\nend of parameters\n", "no beginning or no end"),
    "cut off": (lambda saved: saved[:300], "no beginning or no end"),
    "a pickle": (lambda _: b"\x80\x04\x95", "no text"),
    "nothing": (lambda _: b"", "no beginning or no end"),
}  # fmt: skip


def test_the_sizes_that_the_tests_make_right_are_those_of_the_library() -> None:
    """The control: with nothing else changed, such a file is read."""
    same = sub(r"^num_cat=0", "num_cat=0")(SAVED["lightgbm"])
    assert same == SAVED["lightgbm"]
    assert trees_from_bytes(SPECS["lightgbm"].path, same, 3).to_bytes() == same


@pytest.mark.parametrize("what", BAD_LIGHTGBM)
def test_a_changed_file_of_lightgbm_is_refused_before_the_library_sees_it(what: str) -> None:
    change, message = BAD_LIGHTGBM[what]
    with pytest.raises(ValueError, match=message):
        trees_from_bytes(SPECS["lightgbm"].path, change(SAVED["lightgbm"]), 3)


def tree(change: Callable[[dict[str, Any]], None]) -> Callable[[bytes], bytes]:
    return document(lambda plain: change(plain["learner"]["gradient_booster"]["model"]["trees"][0]))


def document(change: Callable[[dict[str, Any]], None]) -> Callable[[bytes], bytes]:
    def rewrite(saved: bytes) -> bytes:
        plain = json.loads(saved)
        change(plain)
        return json.dumps(plain).encode()

    return rewrite


def put(name: str, at: int, value: object) -> Callable[[dict[str, Any]], None]:
    return lambda tree: tree[name].__setitem__(at, value)


BAD_XGBOOST = {
    "a feature that is not there": tree(put("split_indices", 0, 7)),
    "a feature before the first": tree(put("split_indices", 0, -1)),
    "a child outside": tree(put("left_children", 0, 9999)),
    "a circle": tree(put("left_children", 1, 0)),
    "a child before its parent": tree(put("right_children", 2, 1)),
    "one child": tree(put("left_children", 0, -1)),
    "another parent": tree(put("parents", 1, 2)),
    "a fraction": tree(put("left_children", 0, 1.5)),
    "text": tree(put("split_conditions", 0, "1.0")),
    "a short array": tree(lambda t: t["split_conditions"].pop()),
    "a field of its own": tree(lambda t: t.update(leaf_coeff=[1])),
    "categories": tree(put("split_type", 0, 1)),
    "many nodes": tree(lambda t: t["tree_param"].update(num_nodes="99999999")),
    "another booster": document(lambda p: p["learner"]["gradient_booster"].update(name="dart")),
    "other features": document(lambda p: p["learner"]["learner_model_param"].update(num_feature="9")),
    "more trees than there are": document(
        lambda p: p["learner"]["gradient_booster"]["model"]["gbtree_model_param"].update(num_trees="9")
    ),
    "rounds outside": document(
        lambda p: p["learner"]["gradient_booster"]["model"]["iteration_indptr"].__setitem__(-1, 99)
    ),
    "an objective that is none": document(lambda p: p["learner"]["objective"].update(name="multi:softmax")),
    "attributes": document(lambda p: p["learner"].update(attributes={"a": "b"})),
    "another field": document(lambda p: p.update(more=1)),
    "not finite": lambda saved: re.sub(rb'"split_conditions":\[[^,]+', b'"split_conditions":[NaN', saved),
    "a list": lambda _: b"[]",
    "cut off": lambda saved: saved[:300],
    "a pickle": lambda _: b"\x80\x04\x95",
    "nothing": lambda _: b"",
}  # fmt: skip


@pytest.mark.parametrize("what", BAD_XGBOOST)
def test_a_changed_file_of_xgboost_is_refused_before_the_library_sees_it(what: str) -> None:
    with pytest.raises(ValueError, match=r"tree|field|booster|Expecting|objective|number|rounds") as caught:
        trees_from_bytes(SPECS["xgboost"].path, BAD_XGBOOST[what](SAVED["xgboost"]), 3)
    assert "refuses" not in str(caught.value)


@pytest.mark.parametrize("name", SPECS)
def test_a_damaged_directory_is_told_as_one(name: str, tmp_path: Path) -> None:
    model = SPECS[name].fit(X=[data.signal, features.ret(5), features.ret(20)], y=fwd_ret(5))
    fit_final(model, panel_of(fields())).save(tmp_path)
    load_fitted(tmp_path)  # the control: untouched, it is read
    file = tmp_path / FILES[SPECS[name].path]
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(AlphaBenchError, match="holds no saved model") as caught:
        load_fitted(tmp_path)
    assert caught.value.code == "R35"


# -- fitted in plain cells ------------------------------------------------------------------------------------------


def frames() -> tuple[pd.DataFrame, pd.Series]:
    return pd.DataFrame(X, columns=["momentum", "value", "size"]), pd.Series(Y)


def test_trees_that_cells_fitted_on_frames_are_kept_and_predict_the_same(tmp_path: Path) -> None:
    import lightgbm
    import xgboost

    x, y = frames()
    stopped = [lightgbm.early_stopping(2, verbose=False)]
    for number, made in enumerate(
        [
            lightgbm.LGBMRegressor(n_estimators=5, verbosity=-1).fit(x, y),
            xgboost.XGBRegressor(n_estimators=5).fit(x, y),
            lightgbm.LGBMRegressor(n_estimators=60, learning_rate=0.9, verbosity=-1).fit(
                x[:300], y[:300], callbacks=stopped, eval_X=x[300:], eval_y=y[300:]
            ),
            xgboost.XGBRegressor(n_estimators=60, learning_rate=0.9, early_stopping_rounds=2).fit(
                x[:300], y[:300], verbose=False, eval_set=[(x[300:], y[300:])]
            ),
        ]
    ):
        directory = tmp_path / str(number)
        save_estimator(made, directory)
        kept = load_estimator(directory)
        assert kept.columns == ("momentum", "value", "size")
        np.testing.assert_array_equal(kept.predict_frame(x[["size", "value", "momentum"]]), made.predict(x))
        np.testing.assert_array_equal(kept.predict(x), made.predict(x))


def test_trees_that_could_not_be_read_back_are_not_kept(tmp_path: Path) -> None:
    import lightgbm
    import xgboost

    with pytest.raises(AlphaBenchError, match="could not be read back: Tree=0 has a line 'leaf_const"):
        save_estimator(
            lightgbm.LGBMRegressor(n_estimators=2, verbosity=-1, linear_tree=True).fit(X, Y), tmp_path
        )
    x, y = frames()
    x["sector"] = pd.Categorical(np.where(RANDOM.random(len(x)) > 0.5, "a", "b"))
    with pytest.raises(AlphaBenchError, match=r"could not be read back: .*categories"):
        save_estimator(
            xgboost.XGBRegressor(n_estimators=2, enable_categorical=True).fit(
                x, y + 9.0 * (x["sector"] == "a")
            ),
            tmp_path,
        )
    with pytest.raises(AlphaBenchError, match="missing of"):
        XGBoost(random_state=0, missing=0.0)

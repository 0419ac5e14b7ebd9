"""One definition, one digest, however it is written; and what is refused before any data is read."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alpha_bench import cs, features, ts
from alpha_bench.definitions.estimator_registry import FORCED
from alpha_bench.definitions.named_estimators import (
    ALLOWED,
    DEFAULTS,
    OLS,
    ElasticNet,
    Lasso,
    Ridge,
    estimator,
    estimator_from_plain,
    instantiate,
    library_class,
)
from alpha_bench.describe import Session, build, build_yaml, definition_digest, describe
from alpha_bench.errors import AlphaBenchError, ValuesNeeded
from alpha_bench.expressions.expr import Expr, apply
from alpha_bench.session.evaluations import walk_forward
from alpha_bench.vocabulary.labels import fwd_ret
from alpha_bench.vocabulary.panel_fields import data
from alpha_bench.vocabulary.parsing import parse_expression
from fakes.small_panels import panel_of, random_fields
from fakes.sp500 import SEED

SEED_TEXT = """
ret_20 = features.ret(window=20)
ret_60 = features.ret(window=60)
turn = features.turnover(20)
m = Ridge().fit(X=[ret_20, ret_60, turn], y=fwd_ret_10d)
report = walk_forward(m, embargo="5d", folds="12")
"""
SEED_YAML = """
features:
  - ret(window=20)
  - features.ret(60)
  - {op: ts.mean, args: [{op: div, args: [{field: volume}, {field: shares_outstanding}]}], params: {window: 20}}
label: fwd_ret_10d
model: Ridge
evaluation: {folds: "12", embargo: 5d}
"""
SEED_DIGEST = "sha256:fe7a02e212582d6ccfb492ff5c91ac0016208895313fbdf95a5a7fd4a68728ca"


def seed_in_python():
    turn = ts.mean(data.volume / data.shares_outstanding, 20)
    model = Ridge(alpha=1).fit(X=[features.ret(20), features.ret("60"), turn], y=fwd_ret(10))
    return walk_forward(model, folds=12, embargo=5, window="expanding")


def run_cells(text: str, session: Session) -> dict[str, object]:
    names = session.names() | {"fwd_ret_10d": session.label("fwd_ret_10d")}
    exec(text, names)
    return names


def test_notebook_python_and_yaml_have_one_definition_digest() -> None:
    session = Session(None, {}, False)
    in_notebook = run_cells(SEED_TEXT, session)["report"]
    assert definition_digest(in_notebook) == SEED_DIGEST
    assert definition_digest(seed_in_python()) == SEED_DIGEST
    assert definition_digest(build_yaml(SEED_YAML)) == SEED_DIGEST
    assert definition_digest(json.loads(json.dumps(describe(in_notebook)))) == SEED_DIGEST


@pytest.mark.skipif(not SEED.exists(), reason="the seed example is not beside the checkout")
def test_the_seed_example_itself_has_that_digest() -> None:
    assert (
        definition_digest(run_cells(SEED.read_text("utf-8"), Session(None, {}, False))["report"])
        == SEED_DIGEST
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("window=20", "window=21"),
        ("turnover(20)", "turnover(21)"),
        ("Ridge()", "Ridge(alpha=2)"),
        ("Ridge()", "OLS()"),
        ("ret_20, ret_60", "ret_60, ret_20"),
        ('"5d"', '"6d"'),
        ('"12"', '"11"'),
        ('"5d"', '"5d", window="rolling:250"'),
    ],
)
def test_any_change_of_meaning_changes_the_digest(old: str, new: str) -> None:
    assert old in SEED_TEXT
    changed = run_cells(SEED_TEXT.replace(old, new), Session(None, {}, False))["report"]
    assert definition_digest(changed) != SEED_DIGEST


# -- random definitions ---------------------------------------------------------------------------------------------

WINDOWS = st.integers(2, 250)
FIELDS = st.sampled_from(["close", "volume", "shares_outstanding", "high"]).map(lambda n: data[n])
SERIES = st.sampled_from(["ts.mean", "ts.std", "ts.sum", "ts.zscore", "ts.max", "ret", "log_ret", "delta"])
ONE = st.sampled_from(["cs.rank", "cs.zscore", "cs.demean", "neg", "abs", "sign", "log", "sqrt"])
TWO = st.sampled_from(["add", "sub", "mul", "div", "pow", "lt", "ge"])
NUMBERS = st.floats(-1e9, 1e9, allow_nan=False).filter(lambda v: v == 0 or abs(v) > 1e-9)


def deeper(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    return st.one_of(
        st.builds(lambda op, x, w: apply(op, x, window=w), SERIES, inner, WINDOWS),
        st.builds(apply, ONE, inner),
        st.builds(apply, TWO, inner, inner),
        st.builds(lambda op, x, c: apply(op, c, x), st.sampled_from(["add", "mul", "sub"]), inner, NUMBERS),
        st.builds(lambda x, d: x.lag(d), inner, st.integers(0, 30)),
    )


EXPRESSIONS = st.recursive(FIELDS, deeper, max_leaves=6)
ESTIMATORS = st.one_of(
    st.builds(lambda a: (Ridge(alpha=a), f"Ridge(alpha={a!r})"), st.floats(0, 1e6)),
    st.builds(
        lambda a, r: (ElasticNet(a, l1_ratio=r), f"ElasticNet({a!r}, l1_ratio={r!r})"),
        st.floats(0, 9),
        st.floats(0, 1),
    ),
    st.just((Lasso(), "Lasso")),
    st.just((OLS(fit_intercept=False), "OLS(fit_intercept=False)")),
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(EXPRESSIONS, min_size=1, max_size=5, unique_by=id),
    st.integers(1, 60),
    ESTIMATORS,
    st.integers(1, 40),
    st.integers(0, 20),
    st.one_of(st.none(), st.integers(1, 500)),
)
def test_any_definition_is_the_same_from_python_plain_data_and_yaml(  # noqa: PLR0917
    x, horizon, spec, folds, embargo, window
) -> None:
    how = "expanding" if window is None else f"rolling:{window}"
    made = walk_forward(spec[0].fit(X=x, y=fwd_ret(horizon)), folds=folds, embargo=embargo, window=how)
    plain = json.loads(json.dumps(describe(made)))
    assert build(plain) == made.definition
    assert definition_digest(plain) == definition_digest(made)
    text = "features:\n" + "".join(f"  - {json.dumps(str(e))}\n" for e in x)
    text += f"label: fwd_ret_{horizon}d\nmodel: {spec[1]}\nevaluation: {{folds: {folds}, embargo: {embargo}d, window: '{how}'}}\n"
    assert build_yaml(text) == made.definition
    assert definition_digest(build_yaml(text)) == definition_digest(made)


@settings(max_examples=200, deadline=None)
@given(EXPRESSIONS)
def test_canonical_text_is_read_back_as_the_same_expression(x: Expr) -> None:
    assert parse_expression(str(x)) is x


def test_names_of_features_are_for_people_and_not_part_of_the_definition() -> None:
    x = {"fast": features.ret(5), "slow": features.ret(60)}
    named, bare = Ridge().fit(X=x, y=fwd_ret(10)), Ridge().fit(X=list(x.values()), y=fwd_ret(10))
    assert named == bare
    assert definition_digest(named) == definition_digest(bare)
    assert named.names == ("fast", "slow")
    assert "fast" in named._repr_html_()


def test_a_definition_shows_itself_as_a_card() -> None:
    model = seed_in_python().definition.model
    card = model._repr_html_()
    for part in ("ret(close, window=20)", "20 sessions", "Ridge()", "10 sessions later", model.digest[:19]):
        assert part in card


# -- refused --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([features.ret(20), fwd_ret(10)], "looks 10 sessions ahead"),
        (
            [cs.rank(fwd_ret(10) + 1)],
            r"^R31 cs.rank\(.*\) in X looks .* by fwd_ret.* \+ 1 -> fwd_ret\(close, horizon=10, delay=0\)",
        ),
        ({"leak": fwd_ret(3)}, "leak in X looks 3 sessions ahead"),
        ([], "X is empty"),
        ([features.ret(20), 3], r"X\[1\] is a int"),
        ([features.ret(20), features.ret(20)], "twice"),
        ("ret_20", "X is a str"),
        (["ret_20"], r"X\[0\] is a str.*write ret_20 without quotes"),
        (None, "X is a NoneType"),
    ],
)
def test_features_that_cannot_be_right_are_refused_at_once(x: object, message: str) -> None:
    with pytest.raises(AlphaBenchError, match=message):
        Ridge().fit(X=x, y=fwd_ret(10))


@pytest.mark.parametrize("y", [features.ret(10), None, "fwd_ret_10d", 3])
def test_a_label_that_is_none_is_refused(y: object) -> None:
    with pytest.raises(AlphaBenchError, match="a label is needed"):
        Ridge().fit(X=[features.ret(20)], y=y)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Ridge(alhpa=1), "did you mean 'alpha'"),
        (lambda: Ridge(alpha=-1), "alpha of sklearn.linear_model.Ridge is -1"),
        (lambda: Ridge(alpha="1"), "alpha .* is '1'"),
        (lambda: Ridge(1, 2), "takes 1 unnamed"),
        (lambda: ElasticNet(l1_ratio=2), "l1_ratio"),
        (lambda: Ridge(solver="saga"), "no seed"),
        (
            lambda: estimator("RandomForestRegressor", random_state=0),
            "write 'sklearn.ensemble.RandomForestRegressor'",
        ),
        (lambda: estimator("os.system"), "not an estimator that a definition may name"),
        (lambda: estimator("sklearn.ensemble.RandomForestRegressor"), "no seed"),
        (lambda: estimator("sklearn.ensemble.RandomForestRegressor", random_state=0, n_jobs=2), "n_jobs=2"),
        (lambda: estimator("sklearn.svm.SVR", kernel=len), "cannot be written as data"),
        (lambda: estimator(len), "is not an estimator"),
    ],
)
def test_an_estimator_that_cannot_be_written_or_repeated_is_refused(make, message: str) -> None:
    with pytest.raises(AlphaBenchError, match=message):
        make()


@pytest.mark.parametrize("path", sorted(DEFAULTS))
def test_the_table_of_defaults_is_the_librarys(path: str) -> None:
    theirs = library_class(path)().get_params()
    ours = {k: v for k, v in DEFAULTS[path].items() if k in theirs}
    assert set(DEFAULTS[path]) - set(theirs) <= {*FORCED.get(path, {}), "verbosity"}
    assert set(theirs) == set(ours)
    for name, value in theirs.items():
        here = {"n_jobs": None, "tree_method": None, "device": None}.get(name, ours[name])
        assert here == value or (value != value and here != here), name


def _options(path: str) -> dict[str, object]:
    import inspect

    name = path.rpartition(".")[2]
    options: dict[str, object] = {}
    if "random_state" in DEFAULTS.get(path, inspect.signature(library_class(path)).parameters):
        options["random_state"] = 0
    if name in {"StackingRegressor", "VotingRegressor"}:
        options["estimators"] = [["a", Ridge()], ["b", estimator("sklearn.linear_model.HuberRegressor")]]
    if name == "Pipeline":
        options["steps"] = [["scale", estimator("sklearn.preprocessing.StandardScaler")], ["model", Ridge()]]
    return options


@pytest.mark.parametrize("path", sorted(f"{m}.{n}" for m, names in ALLOWED.items() for n in names))
def test_every_allowed_estimator_goes_to_plain_data_and_back(path: str) -> None:
    spec = estimator(path, **_options(path))
    plain = json.loads(json.dumps(spec.to_plain()))
    assert estimator_from_plain(plain) == spec
    assert set(plain["params"]) == set(instantiate(spec).get_params(deep=False))
    assert estimator(instantiate(spec)) == spec


def test_one_and_one_point_zero_stay_apart_where_scikit_learn_tells_them_apart() -> None:
    forest = "sklearn.ensemble.RandomForestRegressor"
    one, all_of_them = (estimator(forest, random_state=0, max_features=v) for v in (1, 1.0))
    y = fwd_ret(10)
    assert definition_digest(one.fit(X=[data.close], y=y)) != definition_digest(
        all_of_them.fit(X=[data.close], y=y)
    )
    assert Ridge(alpha=1) == Ridge(alpha=1.0) == estimator("sklearn.linear_model.Ridge", alpha=np.float64(1))


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("label", {"op": "fwd", "args": [], "params": {}}, "no operator"),
        ("features", {}, "features is a dict"),
        ("schema_version", 3, "schema version 3"),
        ("evaluation", {"folds": 12}, "splitter None"),
        ("evaluation", {"splitter": "walk_forward", "folds": 12}, "unknown or missing"),
        ("universe", {"field": "close"}, "R58 universe is close"),
        ("weights", {"field": "sector"}, "R59 weights is sector"),
        ("estimator", {"estimator": "os.system", "params": {}}, "may name"),
    ],
)
def test_plain_data_that_is_wrong_says_where(path: str, value: object, message: str) -> None:
    plain = describe(seed_in_python()) | {path: value}
    with pytest.raises(AlphaBenchError, match=message) as caught:
        build(plain)
    assert str(caught.value.context["path"]).startswith(f"$.{path}")


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("label:", "lable:", 6, "did you mean 'label'"),
        ("ret(window=20)", "rett(window=20)", 3, "did you mean 'ret'"),
        ("features.ret(60)", "features.ret(60", 4, "is not a formula"),
        ("features.ret(60)", "fwd_ret_10d", 4, "ahead"),
        ("features.ret(60)", "__import__('os')", 4, "there is no '__import__'"),
        ("features.ret(60)", "close.__class__()", 4, "not part of the language"),
        ("features.ret(60)", "'[close for x in close]'", 4, "not part of the language"),
        ("field: volume", "fild: volume", 5, "not an expression"),
        ("model: Ridge", "model: Rigde", 7, "did you mean Ridge"),
        ("model: Ridge", "model: Ridge(alhpa=1)", 7, "did you mean 'alpha'"),
        ("model: Ridge", "model: &a Ridge", 7, "anchors"),
        ("model: Ridge", "model: !!python/name:os.system", 7, "tags"),
        ("model: Ridge", "model: Ridge\nmodel: OLS", 8, "twice"),
        ("5d", "5D", 8, "lower-case d"),
        ("label: fwd_ret_10d", "label: ret(10)", 6, "a label is needed"),
        ("model: Ridge", "model: [", 9, "not YAML"),
    ],
)
def test_yaml_that_is_wrong_says_line_and_column(old: str, new: str, line: int, message: str) -> None:
    assert old in SEED_YAML
    with pytest.raises(AlphaBenchError, match=message) as caught:
        build_yaml(SEED_YAML.replace(old, new, 1))
    assert caught.value.context["line"] == line
    assert caught.value.context["column"] >= 1


# -- sessions -------------------------------------------------------------------------------------------------------


def test_without_data_definitions_are_made_and_values_are_refused() -> None:
    report = run_cells(SEED_TEXT, Session(None, {}, False))["report"]
    with pytest.raises(ValuesNeeded, match="needs values"):
        report.figures
    with pytest.raises(ValuesNeeded, match="needs values"):
        data.close.to_frame()


def test_describing_imports_nothing_that_is_large() -> None:
    code = f"""
import sys
from alpha_bench.describe import Session, definition_digest
session = Session(None, {{}}, False)
names = session.names() | {{"fwd_ret_10d": session.label("fwd_ret_10d")}}
exec({SEED_TEXT!r}, names)
assert definition_digest(names["report"]) == {SEED_DIGEST!r}
steps = [names["winsorize"](0.01), names["impute"]("median"), names["standardize"](), names["rank"]()]
for kind in ("Ridge", "Huber", "PLS", "RandomForest", "HistGB", "LightGBM", "XGBoost"):
    seed = {{"random_state": 0}} if kind in ("RandomForest", "HistGB", "LightGBM", "XGBoost") else {{}}
    names[kind](**seed).fit(X=[names["ret_20"]], y=names["fwd_ret_10d"], preprocess=steps)
names["grid_search"](names["Ridge"](), {{"alpha": [1]}}).fit(X=[names["ret_20"]], y=names["fwd_ret_10d"])
print(sorted({{"numpy", "pandas", "numba", "sklearn", "scipy", "pyarrow", "matplotlib", "lightgbm", "xgboost"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_evaluating_a_linear_model_does_not_import_scikit_learn() -> None:
    code = """
import sys
import numpy as np
from alpha_bench.describe import Session
from alpha_bench.panel.panel import Panel
rng = np.random.default_rng(0)
close = np.exp(np.cumsum(rng.normal(0, 0.01, (300, 9)), axis=0))
panel = Panel.from_arrays(np.datetime64("2020-01-01") + np.arange(300), [f"A{i}" for i in range(9)], {"close": close})
session = Session(panel, {}, False)
n = session.names()
n["walk_forward"](n["Ridge"]().fit(X=[n["features"].ret(5)], y=session.label("fwd_ret_5d")), folds=3).to_html()
print(sorted({"sklearn", "matplotlib", "pandas"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_with_data_the_evaluation_is_computed_where_it_is_written() -> None:
    loads = []
    fields = random_fields(3, 200, 9) | {"shares_outstanding": np.full((200, 9), 1e6)}

    def load():
        loads.append(1)
        return panel_of(fields)

    session = Session(load, {}, True)
    try:
        assert not loads
        names = run_cells(
            SEED_TEXT.replace("window=60", "window=6").replace("20", "5").replace('"12"', "3"), session
        )
        report = names["report"]
        assert loads == [1]
        assert report.ic_mean == report["ic_mean"] == report.figures["ic_mean"]
        assert "ic_mean" in dir(report)
        with pytest.raises(AlphaBenchError, match=r"did you mean data\.close"):
            names["data"].clsoe
        with pytest.raises(AlphaBenchError, match=r"did you mean report.ic_mean"):
            report.ic_maen
    finally:
        session.close()
    with pytest.raises(ValuesNeeded, match="needs values"):
        data.close.to_frame()


def test_inputs_are_loaded_when_asked_for_and_an_unknown_one_names_the_nearest() -> None:
    loads = []

    def load():
        loads.append(1)
        return pd.DataFrame({"a": [1]})

    session = Session(None, {"earnings": load}, False)
    inputs = session.names()["inputs"]
    assert list(inputs) == ["earnings"]
    assert "earnings" in inputs
    assert not loads
    assert inputs["earnings"].equals(inputs["earnings"])
    assert loads == [1, 1]
    with pytest.raises(KeyError, match="did you mean inputs\\['earnings'\\]"):
        inputs["earning"]
    session.close()


@pytest.mark.parametrize("as_lists", [False, True])
def test_with_frames_an_estimator_fits_as_in_plain_scikit_learn(as_lists: bool) -> None:
    from sklearn.linear_model import Ridge as Theirs

    rng = np.random.default_rng(0)
    x, y = pd.DataFrame(rng.normal(size=(30, 2)), columns=["a", "b"]), pd.Series(rng.normal(size=30))
    x, y = (x.to_numpy().tolist(), y.tolist()) if as_lists else (x, y)
    fitted = Ridge(alpha=0.5).fit(x, y)
    assert type(fitted) is Theirs
    assert np.array_equal(fitted.predict(x), Theirs(alpha=0.5).fit(x, y).predict(x))


def test_asking_a_definition_to_predict_says_what_to_do() -> None:
    with pytest.raises(AttributeError, match="walk_forward"):
        seed_in_python().definition.model.predict

"""The schema that editors use agrees with the reader, as far as a schema can see."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from alpha_bench.definitions.yaml.document import read_yaml
from alpha_bench.definitions.yaml.schema import yaml_schema
from alpha_bench.model_selection.registry import SPLITTERS

ROOT = Path(__file__).parents[2]
GOOD = {
    "least": "features: [ret(5)]\nlabel: fwd_ret_5d\nmodel: Ridge\n",
    "most": """
define: {liquid: 'cs.top(dollar_volume(), 500)', fast: ret(5)}
features:
  a: fast
  b: {op: ts.mean, args: [{field: volume}], params: {window: 20}}
label: labels.excess(fwd_ret_5d)
universe: liquid
weights: 1 / volatility(20)
preprocess: [winsorize(0.02), impute("mean"), {step: rank, params: {knots: 50}}, standardize]
model: {estimator: Ridge, params: {alpha: 2.0}}
search: {method: random, space: {alpha: {low: 0.1, high: 10, scale: log}}, n: 5, seed: 1, folds: 2, score: ic}
evaluation: {folds: 4, embargo: 3, window: {rolling: 250}, trials: 7}
data: {prices: a.parquet, reference: b.csv, derive: {x: close * 2}}
""",
    "k-fold": "features: [1 * close]\nlabel: fwd_ret_5d\nmodel: OLS()\nevaluation: {splitter: purged_kfold, folds: '4'}\n",
    "paths": "features: [close]\nlabel: fwd_ret_5d\nmodel: sklearn.svm.LinearSVR(random_state=0)\n"
    "evaluation: {splitter: combinatorial_purged_kfold, groups: 5, test_groups: 2, embargo: 0d}\n",
    "grid": "features: [close]\nlabel: fwd_ret_5d\npreprocess: standardize\nmodel: Ridge\nsearch: {space: {alpha: [1, 2]}}\n",
    "fixed": "features: [close]\nlabel: fwd_ret_5d\nmodel: Lasso\nevaluation: {window: 'fixed:750'}\ndata: prices.csv\n",
}
LEAST = GOOD["least"]
BAD = {
    "a key that is none": LEAST + "evaluaton: {folds: 3}\n",
    "a key missing": "features: [ret(5)]\nmodel: Ridge\n",
    "no feature": LEAST.replace("[ret(5)]", "[]"),
    "features that are text": LEAST.replace("[ret(5)]", "ret(5)"),
    "another splitter": LEAST + "evaluation: {splitter: k_fold}\n",
    "a parameter of another splitter": LEAST + "evaluation: {splitter: purged_kfold, window: expanding}\n",
    "a window that is none": LEAST + "evaluation: {window: sliding}\n",
    "weeks": LEAST + "evaluation: {embargo: 1w}\n",
    "no folds": LEAST + "evaluation: {folds: 0}\n",
    "a model that is a list": LEAST.replace("Ridge", "[Ridge]"),
    "another step": LEAST + "preprocess: [standardise]\n",
    "a search of nothing": LEAST + "search: {folds: 3}\n",
    "a score that is none": LEAST + "search: {space: {alpha: [1]}, score: sharpe}\n",
    "data without prices": LEAST + "data: {reference: x.csv}\n",
}


def accepts(text: str) -> bool:
    validator = jsonschema.Draft202012Validator(yaml_schema())
    return validator.is_valid(yaml.safe_load(text))


@pytest.mark.parametrize("name", GOOD)
def test_what_the_reader_takes_the_schema_takes(name: str) -> None:
    assert read_yaml(GOOD[name]).problems == ()
    assert accepts(GOOD[name])


@pytest.mark.parametrize("name", BAD)
def test_what_the_schema_can_see_both_refuse(name: str) -> None:
    assert read_yaml(BAD[name]).problems != ()
    assert not accepts(BAD[name])


@pytest.mark.parametrize("path", sorted((ROOT / "examples").rglob("model.yaml")), ids=lambda p: p.parent.name)
def test_the_examples_are_valid(path: Path) -> None:
    assert accepts(path.read_text())


def test_the_schema_is_one_and_knows_every_splitter() -> None:
    schema = yaml_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert all(name in json.dumps(schema) for name in SPLITTERS)
    assert json.loads((ROOT / "schema" / "model.schema.json").read_text()) == schema


def test_names_are_written_out_and_leave_no_trace_in_the_digest() -> None:
    written = read_yaml(LEAST.replace("ret(5)", "cs.rank(ret(5))")).definition
    named = read_yaml("define: {fast: ret(5)}\n" + LEAST.replace("ret(5)", "cs.rank(fast)")).definition
    assert written is not None
    assert written == named
    assert written.digest == named.digest


def test_a_name_may_stand_for_a_change_of_the_field_of_that_name() -> None:
    named = read_yaml("define: {close: data.close * 2}\n" + LEAST.replace("ret(5)", "cs.rank(close)"))
    written = read_yaml(LEAST.replace("ret(5)", "cs.rank(close * 2)"))
    assert named.definition == written.definition
    assert named.definition is not None


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("define: {a b: ret(5)}\n" + LEAST, 1, 10, "'a b' cannot be used in a formula"),
        ("define: {fast: rett(5)}\n" + LEAST, 1, 16, "there is no 'rett'"),
        ("define: {a: b + ret(5), b: ret(2)}\n" + LEAST, 1, 13, "'a' uses 'b', which is defined below it"),
        ("define: {a: ret(2), b: a * c, c: a - b}\n" + LEAST, 1, 24, "'b' uses 'c'"),
        (LEAST + "weights: -1\n", 4, 10, "no row would count"),
        (LEAST + "weights: 0\n", 4, 10, "no row would count"),
        (LEAST + "universe: close\n", 4, 11, "a condition is needed"),
        (LEAST + "preprocess: [standardise]\n", 4, 14, "there is no step 'standardise'"),
        (LEAST + "preprocess: [winsorize(0.7)]\n", 4, 14, "limit is 0.7"),
        (LEAST + "search: {space: {alhpa: [1]}}\n", 4, 9, "no parameter 'alhpa'"),
        (LEAST + "search: {space: {alpha: [1]}, seed: 1, method: grid}\n", 4, 9, "a grid has no n"),
        (LEAST + "weights: fwd_ret_5d\n", 4, 10, "looks 5 sessions ahead"),
        (LEAST.replace("ret(5)", "'ts.meen(close, 5)'"), 1, 12, "ts has no 'meen'"),
        (LEAST.replace("ret(5)", "ret(5), fwd_ret_5d"), 1, 20, "looks 5 sessions ahead"),
        (LEAST.replace("[ret(5)]", "\n  - ts.mean(close, 5"), 2, 5, "a parenthesis is missing"),
        (LEAST.replace("ret(5)", "features.apply(close)"), 1, 12, "features has no 'apply'"),
        (
            LEAST + "evaluation: {splitter: combinatorial_purged_kfold, test_groups: 6}\n",
            4,
            13,
            "nothing would be left",
        ),
    ],
)
def test_every_problem_says_where(text: str, line: int, column: int, message: str) -> None:
    (problem,) = read_yaml(text).problems
    assert message in problem.message
    assert (problem.context["line"], problem.context["column"]) == (line, column)


def test_everything_that_yaml_says_python_says_with_the_same_digest() -> None:
    from alpha_bench import cs, data, features, labels, ts
    from alpha_bench.definitions.named_estimators import Ridge
    from alpha_bench.definitions.preprocessing import impute, rank, standardize, winsorize
    from alpha_bench.definitions.search import random_search
    from alpha_bench.session.evaluations import walk_forward

    model = random_search(
        Ridge(alpha=2.0),
        {"alpha": {"low": 0.1, "high": 10, "scale": "log"}},
        n=5,
        seed=1,
        folds=2,
        score="ic",
    ).fit(
        X={"a": features.ret(5), "b": ts.mean(data.volume, 20)},
        y=labels.excess(labels.fwd_ret(5)),
        universe=cs.top(features.dollar_volume(), 500),
        weights=1 / features.volatility(20),
        preprocess=[winsorize(0.02), impute("mean"), rank(50), standardize()],
    )
    judged = walk_forward(model, folds=4, embargo=3, window="rolling:250", trials=7)
    assert read_yaml(GOOD["most"]).definition == judged.definition
    assert read_yaml(GOOD["most"]).definition.digest == judged.definition.digest

"""A definition that cells built with data in hand: it may not be another when only the tested sessions are."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import alpha_bench as ab
from fakes.leak_runs import cells_of
from nbcode.leaks import Built, Look, Recorder
from nbcode.leaks.judged.definition_look import differences, look_at_definition
from nbcode.leaks.recording.judged_before import JudgedBefore, heard
from nbcode.primitives import Verdict
from nbcode.results import Found, defined

SESSIONS, NAMES = 160, 12
HEAD = """
# %% [meta]
# id: n
# kind: model
# horizon: 5d
# owner: quant
# %% [setup]
import numpy as np
from alpha_bench import Ridge, data, feature, features, fwd_ret, purged_kfold, walk_forward
# %% [features]
"""
EVALUATION = """
# %% [eval]
report = walk_forward(m, folds=3)
"""


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    close = 50 * np.exp(np.cumsum(rng.normal(0, 0.02, (SESSIONS, NAMES)), 0))
    dates = pd.bdate_range("2022-01-03", periods=SESSIONS)
    keys = pd.MultiIndex.from_product([dates, [f"S{j:02d}" for j in range(NAMES)]], names=["date", "symbol"])
    return pd.DataFrame({"close": close.ravel()}, keys).reset_index()


def looked(source: str, table: pd.DataFrame) -> tuple[Look, JudgedBefore]:
    panel = ab.use(ab.Panel.of(table))
    cells = cells_of(source)

    def begin(namespace: dict[str, Any], inputs: Mapping[str, Any], panel: ab.Panel) -> None:
        namespace["__name__"] = "cells"
        namespace["inputs"] = dict(inputs)
        ab.use(panel)

    def read(namespace: Mapping[str, object]) -> Mapping[str, Any] | None:
        return defined(Found(model=namespace["m"], report=namespace["report"])).plain

    namespace: dict[str, Any] = {}
    begin(namespace, {"table": table}, panel)
    with heard() as judged:
        for cell in cells:
            exec(compile(cell.source, cell.file, "exec"), namespace)
    plain = read(namespace)
    assert plain is not None
    built = Built(plain=plain, read=read, judged=judged)
    look = look_at_definition(cells, {"table": table}, begin, panel, recorder=Recorder(cells), built=built)
    return look, judged


MEASURED = "scale = float({known}['close'].groupby({known}['symbol']).pct_change().std())\nx = features.ret(20) / scale\n"
MODEL = "# %% [model]\nm = Ridge().fit(X=[x], y=fwd_ret(5))\n"


def test_a_number_of_all_sessions_is_told_by_its_place_in_the_definition(table: pd.DataFrame) -> None:
    source = HEAD + "table = inputs['table']\n" + MEASURED.format(known="table") + MODEL + EVALUATION
    look, _ = looked(source, table)
    (told,) = look.diagnostics
    assert (look.ahead.verdict, told.code) == (Verdict.FOUND, "NBC-E40")
    assert "the number of div in X" in told.message


def test_the_same_number_of_the_sessions_before_is_not(table: pd.DataFrame) -> None:
    known = "table = inputs['table']\nknown = table[table['date'] <= table['date'].unique()[30]]\n"
    look, _ = looked(HEAD + known + MEASURED.format(known="known") + MODEL + EVALUATION, table)
    assert (look.ahead.verdict, look.diagnostics) == (Verdict.NONE_FOUND, ())


def test_a_number_drawn_anew_in_each_run_is_no_knowledge_of_the_future(table: pd.DataFrame) -> None:
    source = HEAD + "x = features.ret(20) * float(np.random.default_rng().random())\n" + MODEL + EVALUATION
    look, _ = looked(source, table)
    assert look.ahead.verdict is Verdict.NONE_FOUND
    assert "another definition each time" in look.ahead.because


CHOICE = """
def judged(w):
    return walk_forward(Ridge().fit(X=[features.ret(w)], y=fwd_ret(5)), folds=3{trials}).ic_mean
x = features.ret({how}(range(2, 8), key=judged))
"""


@pytest.mark.parametrize("how", ["max", "min"])
def test_a_choice_by_figures_is_told_where_fewer_trials_are_declared(how: str, table: pd.DataFrame) -> None:
    look, judged = looked(HEAD + CHOICE.format(how=how, trials="") + MODEL + EVALUATION, table)
    (told,) = look.diagnostics
    assert (told.code, judged.variants) == ("NBC-E41", 6)
    assert told.message.startswith("the best of 6 variants is reported as one trial: window of ret in X")
    assert told.fix_titles == ("walk_forward(m, trials=6)",)


def test_declared_trials_are_enough(table: pd.DataFrame) -> None:
    evaluation = EVALUATION.replace("folds=3", "folds=3, trials=6")
    look, _ = looked(HEAD + CHOICE.format(how="max", trials="") + MODEL + evaluation, table)
    assert look.diagnostics == ()


def test_variants_that_are_only_shown_are_counted_and_no_choice(table: pd.DataFrame) -> None:
    shown = CHOICE.replace(
        "x = features.ret({how}(range(2, 8), key=judged))",
        "for w in range(2, 8): judged(w)\nx = features.ret(5)\n",
    )
    look, judged = looked(HEAD + shown.format(trials="") + MODEL + EVALUATION, table)
    assert (look.diagnostics, judged.variants) == ((), 6)


def test_every_session_of_a_k_fold_is_tested(table: pd.DataFrame) -> None:
    source = HEAD + "table = inputs['table']\n" + MEASURED.format(known="table") + MODEL
    look, _ = looked(source + EVALUATION.replace("walk_forward", "purged_kfold"), table)
    assert [one.code for one in look.diagnostics] == ["NBC-E40"]


def test_reports_that_are_not_kept_leave_the_definition_unlooked_at(table: pd.DataFrame) -> None:
    judged = JudgedBefore()
    judged.reports = None
    built = Built(plain={}, read=lambda _: None, judged=judged)
    look = look_at_definition((), {}, lambda *_: None, SimpleNamespace(), recorder=Recorder(()), built=built)
    assert look.ahead.verdict is Verdict.NOT_LOOKED_AT


def test_differences_are_told_in_words() -> None:
    def plain(window: int, trials: int, source: str) -> dict[str, Any]:
        node = {"op": "feature", "args": [], "params": {"name": "mix", "source": source}}
        ret = {"op": "ret", "args": [{"field": "close"}], "params": {"window": window}}
        return {
            "features": [ret, node],
            "label": {"field": "x"},
            "evaluation": {"folds": 3, "trials": trials},
        }

    one = plain(5, 1, "a")
    assert list(differences(one, plain(5, 9, "a"))) == []
    assert list(differences(one, plain(6, 1, "a"))) == ["window of ret in X"]
    assert list(differences(one, plain(5, 1, "b"))) == ["what @feature mix reads"]
    assert list(differences(one, one | {"label": {"field": "z"}})) == ["y"]
    assert list(differences(one, one | {"features": one["features"][:1]})) == ["X"]


def test_variants_that_were_judged_before_the_tested_sessions_do_not_count(table: pd.DataFrame) -> None:
    early = """
def judged(w):
    return ab.study(features.ret(w), y=fwd_ret(5), end={end}).figures["ic_mean"]
x = features.ret(max(range(2, 8), key=judged))
"""
    head = HEAD.replace("import numpy", "import alpha_bench as ab\nimport numpy")
    for end, codes in (("'2022-02-15'", []), ("None", ["NBC-E41"])):
        look, judged = looked(head + early.format(end=end) + MODEL + EVALUATION, table)
        assert [one.code for one in look.diagnostics] == codes
        assert type(judged.variants) is int
        assert judged.variants == (7 if codes else 1)

"""What is said before it runs is what happens: the order, what is stored, and that memory stays below what was stated."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from alpha_bench import cs, explain, features, ts
from alpha_bench.definitions.named_estimators import Ridge, estimator
from alpha_bench.definitions.preprocessing import standardize, winsorize
from alpha_bench.engine.plan import make_plan
from alpha_bench.engine.schedule import schedule_of
from alpha_bench.errors import AlphaBenchError
from alpha_bench.session.evaluations import walk_forward
from alpha_bench.vocabulary.labels import fwd_ret
from alpha_bench.vocabulary.panel_fields import data
from fakes.small_panels import panel_of, random_fields

PANEL = panel_of(random_fields(4, rows=400, columns=300))
ONE = 8 * 400 * 300
X = [features.ret(5), cs.rank(ts.std(features.ret(1), 20)), ts.mean(data.volume, 7)]


def test_an_explanation_names_every_stage_operator_and_what_is_stored() -> None:
    text = str(explain(X, PANEL, threads=2))
    assert text.splitlines() == [
        "3 columns by 5 operators on 400 sessions x 300 assets, 2 threads; look-back 20 sessions, look-ahead 0",
        "├─ time series, 2 tiles of 152 assets: reads close, volume, stores 3 of 4",
        "│  ├─ ret(close, window=5)  [look-back 5] = stored",
        "│  ├─ ret(close, window=1)  [look-back 1]",
        "│  ├─ ts.std(ret(close, window=1), window=20)  [look-back 20] = stored",
        "│  └─ ts.mean(volume, window=7)  [look-back 6] = stored",
        "└─ across assets, 4 tiles of 100 sessions: reads 1 earlier values, stores 1 of 1",
        "   └─ cs.rank(ts.std(ret(close, window=1), window=20))  [look-back 20] = stored",
        *text.splitlines()[8:],
    ]
    assert text.splitlines()[8].startswith("memory at its peak: ")
    assert "beside the panel's 1.92 MB" in text
    assert "moved: 2.88 MB read, 3.84 MB written; 600,000 values made" in text


def test_a_plan_explains_itself() -> None:
    assert str(make_plan(X).explain(PANEL, threads=2)) == str(explain(X, PANEL, threads=2))
    assert explain(X[0], PANEL).peak_bytes == explain(X[:1], PANEL).peak_bytes


def test_a_value_that_ends_gives_its_memory_to_what_is_made_of_it() -> None:
    """The standard deviation is needed for its rank only: three columns are held, never four."""
    tasks = schedule_of(make_plan(X), PANEL).tasks
    assert max(t.live_bytes for t in tasks) == 3 * ONE
    both = schedule_of(make_plan([*X, ts.std(features.ret(1), 20)]), PANEL).tasks
    assert max(t.live_bytes for t in both) == 4 * ONE


def test_an_evaluation_explains_folds_fit_and_predictions() -> None:
    definition = walk_forward(Ridge().fit(X=X, y=fwd_ret(5)), folds=3, embargo=5)
    shown = explain(definition, PANEL)
    assert shown.title.startswith("evaluation: 3 folds of Ridge; 4 columns by 6 operators")
    assert "fold 3: 290 sessions train, 100 are predicted" in str(shown)
    assert shown.peak_bytes >= 4 * ONE
    assert shown.to_plain()["peak_bytes"] == shown.peak_bytes
    assert "<table " in shown._repr_html_()
    assert "fold 3" in shown._repr_html_()
    ranked = Ridge().fit(X=X, y=fwd_ret(5), preprocess=[winsorize(0.01), standardize()])
    stepped = explain(walk_forward(ranked, folds=3, embargo=5), PANEL)
    assert "winsorize, standardize, fit Ridge: one fold after the other" in str(stepped)
    assert stepped.peak_bytes > shown.peak_bytes
    trees = estimator("sklearn.ensemble.HistGradientBoostingRegressor", random_state=0).fit(X=X, y=fwd_ret(5))
    other = explain(walk_forward(trees, folds=3, embargo=5), PANEL)
    assert other.peak_bytes > shown.peak_bytes
    assert "what HistGradientBoostingRegressor itself takes is not known" in str(other)


def test_what_cannot_be_explained_is_refused() -> None:
    with pytest.raises(AlphaBenchError, match="R33 a int cannot be explained"):
        explain(3, PANEL)
    with pytest.raises(AlphaBenchError, match="R33 a int is no panel"):
        explain(X, 3)
    with pytest.raises(AlphaBenchError, match="R06 the panel has no field 'opne'"):
        explain(data.opne, PANEL)


def test_explaining_computes_nothing() -> None:
    """A panel of 40 TB, which is one number seen everywhere: what it would take is said, and nothing is taken."""
    shape = (1_000_000, 5_000_000)
    fields = {name: np.broadcast_to(1.0, shape) for name in ("close", "volume")}
    endless = Endless(fields=fields, shape=shape)
    assert make_plan(X).explain(endless).peak_bytes > 3 * 8 * shape[0] * shape[1]


@dataclass(frozen=True, kw_only=True)
class Endless:
    fields: dict[str, np.ndarray]
    shape: tuple[int, int]
    groups: dict[str, np.ndarray] = field(default_factory=dict)
    group_names: dict[str, tuple[str, ...]] = field(default_factory=dict)


MEASURED = """
import sys, gc
import numpy as np
sys.path[:0] = sys.argv[2:]
from fakes.resident import reset_peak, peak_bytes, resident_bytes
from fakes.small_panels import panel_of, random_fields
from alpha_bench import Ridge, cs, explain, features, ts
from alpha_bench.engine.executor import compute
from alpha_bench.session.evaluation_report import evaluate
from alpha_bench.expressions.expr import walk
from alpha_bench.vocabulary.labels import fwd_ret
from alpha_bench.engine.buffer_pool import RECYCLER
from alpha_bench.session.evaluations import walk_forward
X = [cs.rank(ts.std(features.ret(w), 20) / ts.mean(features.ret(1), w)) for w in range(2, 9)]
m = walk_forward(Ridge().fit(X=X, y=fwd_ret(5)), folds=4, embargo=5)
fields = random_fields(1, rows=1200, columns=1000)
evaluate(m, panel_of({n: np.ascontiguousarray(v[:200, :50]) for n, v in fields.items()})).to_html()  # code is loaded
compute(X, panel_of({n: np.ascontiguousarray(v[:, :]) for n, v in fields.items()}))
panel = panel_of(fields)
gc.collect()
RECYCLER.release()
stated = explain(m, panel).peak_bytes
if sys.argv[1] == "book":
    stated = dict(explain(m, panel).later)["the report's book and pictures"]
    report = evaluate(m, panel)
    gc.collect()
    RECYCLER.release()
before = resident_bytes()
reset_peak()
if sys.argv[1] == "planned":
    evaluate(m, panel)
elif sys.argv[1] == "book":
    report.to_html()
else:  # every value is kept, as it is where each is computed on its own
    nodes = [e for e in walk(tuple(m.definition.model.confined)) if e.args]
    kept = [compute((e,), panel)[0] for e in nodes]
print(stated, peak_bytes() - before)
"""


def measured(how: str) -> tuple[int, int]:
    tests = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, how, str(tests)], capture_output=True, text=True, check=True
    )
    stated, grown = done.stdout.split()
    return int(stated), int(grown)


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="peak memory is reset by Linux alone")
def test_an_evaluation_takes_no_more_memory_than_it_said_before() -> None:
    stated, grown = measured("planned")
    assert 0.5 * stated < grown <= stated
    stated, grown = measured("book")
    assert 0.3 * stated < grown <= stated
    stated, grown = measured("unplanned")
    assert grown > stated  # the control

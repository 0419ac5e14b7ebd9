"""What is compiled once is all that a research run needs: the next process compiles nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from alpha_bench.describe import warm_up

pytestmark = pytest.mark.long

RESEARCH = """
import sys
from pathlib import Path
from alpha_bench import Ridge, cs, features, ts, walk_forward
from alpha_bench.describe import evaluate, fit_final, read_panel, warm_up, write_sample
from alpha_bench.vocabulary.labels import fwd_ret
if sys.argv[2] == "warm":
    warm_up()
else:
    prices = write_sample(Path(sys.argv[1]))
    panel = read_panel(prices, prices.with_name("sample_reference.csv"), {})
    model = Ridge().fit(X=[features.ret(20), cs.rank(features.turnover(20)), ts.zscore(features.ret(1), 20)], y=fwd_ret(10))
    evaluate(walk_forward(model, folds=12, embargo=5), panel).to_files()  # every figure, by sector too
    fit_final(model, panel)
from numba.core.dispatcher import Dispatcher
import gc
print(sum(sum(d.stats.cache_misses.values()) for d in gc.get_objects() if isinstance(d, Dispatcher)))
"""


def misses(directory: Path, cache: Path, what: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", RESEARCH, str(directory), what],
        env={**os.environ, "NUMBA_CACHE_DIR": str(cache)},
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout.split()[-1])


def test_after_warm_up_a_research_run_compiles_nothing(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert misses(tmp_path, cache, "warm") > 0  # the control: an empty cache is seen to be empty
    assert misses(tmp_path, cache, "research") == 0


def test_progress_counts_every_step_to_the_last() -> None:
    told: list[str] = []
    warm_up(told.append)
    numbers = [line.split()[0] for line in told]
    assert numbers == [f"{n + 1}/{len(told)}" for n in range(len(told))]
    assert all(re.fullmatch(r"\d+/\d+ [\w.]+ \(\d+ s\)", line) for line in told)
    assert {line.split()[1] for line in told} >= {"tiles", "ts.mean", "cs.rank", "walk_forward.ridge"}

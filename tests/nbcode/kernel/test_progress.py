"""One line for what a long cell is at; nothing for a quick one, and what is compiled is said once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from alpha_bench.describe import listen
from nbcode.kernel.progress import Progress


class Line:
    def __init__(self) -> None:
        self.texts: list[str] = []

    def write(self, text: str) -> None:
        self.texts.append(text)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def progress(clock: Clock, compiled: set[str] | None = None) -> tuple[Progress, Line]:
    line = Line()
    return Progress(lambda: line, clock, set() if compiled is None else compiled), line


def test_a_quick_cell_shows_nothing() -> None:
    one, line = progress(Clock())
    for n in range(1, 9):
        one("fold", n, 8)
    one.end()
    assert line.texts == []
    assert one.at == "fold 8 of 8"


def test_a_long_one_is_written_over_and_taken_away() -> None:
    clock = Clock()
    one, line = progress(clock)
    for n in range(1, 4):
        one("fold", n, 8)
        clock.now += 0.5
    one.end()
    assert line.texts == ["fold 3 of 8", ""]


def test_what_is_compiled_is_said_at_once_and_once() -> None:
    compiled: set[str] = set()
    one, line = progress(Clock(), compiled)
    for _ in range(3):
        one("compiling rolling_order.rolling_quantile", 0, 0)
    again, other = progress(Clock(), compiled)
    again("compiling rolling_order.rolling_quantile", 0, 0)
    assert line.texts == ["compiling ts.median (once)"]
    assert other.texts == []


_COMPILES = """
from alpha_bench.describe import listen
heard = []
listen(lambda what, number, of: heard.append(what))
import numpy as np
from alpha_bench.kernels import COMPILED
x = np.arange(40.0).reshape(10, 4)
COMPILED["ts.median"](x, window=3)
print([w for w in heard if "rolling_order.rolling_quantile" in w])
"""


def test_a_kernel_is_told_when_it_is_compiled_and_not_when_it_is_in_the_cache(tmp_path: Path) -> None:
    def heard() -> str:
        ran = subprocess.run(
            [sys.executable, "-c", _COMPILES],
            env={"NUMBA_CACHE_DIR": str(tmp_path), "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
        )
        return ran.stdout.strip()

    assert heard() == "['compiling rolling_order.rolling_quantile']"
    assert heard() == "[]"


def test_folds_are_told() -> None:
    heard: list[tuple[str, int, int]] = []
    listen(lambda *step: heard.append(step))
    try:
        _walk()
    finally:
        listen(None)
    assert [(n, of) for what, n, of in heard if what == "fold"] == [(1, 3), (2, 3), (3, 3)]


def _walk() -> None:
    import numpy as np

    import alpha_bench as ab

    days = np.datetime64("2020-01-01") + np.arange(200)
    close = np.exp(np.cumsum(np.random.default_rng(1).normal(0, 0.01, (200, 6)), axis=0))
    panel = ab.Panel.from_arrays(days, [f"A{i}" for i in range(6)], {"close": close})
    model = ab.Ridge().fit(X=[ab.features.ret(5)], y=ab.fwd_ret(2))
    ab.evaluate(ab.walk_forward(model, folds=3, embargo=1), panel)

"""Everything that is compiled, compiled once: the operators' kernels by their signatures, the walk-forward's by a small walk."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from alpha_bench.definitions import Lasso, Ridge
from alpha_bench.fitting import fit_final
from alpha_bench.kernels import KERNELS, import_kernels, warm_up
from alpha_bench.panel import Panel
from alpha_bench.session.evaluation_report import evaluate
from alpha_bench.session.evaluations import walk_forward
from alpha_bench.vocabulary import fwd_ret, ret

_SESSIONS, _ASSETS = 60, 6
_WALKS: dict[str, Callable[[], Any]] = {"ridge": Ridge, "lasso": lambda: Lasso(alpha=1e-6)}


class _Progress:
    """Counts the steps, and says when each begins."""

    def __init__(self, say: Callable[[str], None] | None, total: int) -> None:
        self._say, self._total = say, total
        self._begun, self._number = time.monotonic(), 0

    def __call__(self, name: str) -> None:
        self._number += 1
        if self._say is not None:
            self._say(f"{self._number}/{self._total} {name} ({time.monotonic() - self._begun:.0f} s)")


def import_everything() -> None:
    """Import all that an evaluation needs; this module has imported the most of it."""
    import numpy.ma  # noqa: F401 - numba asks for it at the first array

    from alpha_bench.custom import custom_values_on  # noqa: F401
    from alpha_bench.engine import compute  # noqa: F401

    import_kernels()


def compile_everything(progress: Callable[[str], None] | None = None) -> None:
    """Compile all kernels into ``NUMBA_CACHE_DIR``, or beside their source; before each, ``progress`` hears its number, how many
    there are, its name and the seconds since the beginning: ``12/64 ts.rank (3 s)``.

    The walk-forward's kernels are compiled for what a real panel gives them (read-only, C-contiguous float64), by walking one.
    """
    report = _Progress(progress, 1 + len(KERNELS) + len(_WALKS))
    report("tiles")
    import_kernels()
    warm_up(report)
    draw = np.random.default_rng(0)
    steps = draw.normal(0.0, 0.01, size=(_SESSIONS, _ASSETS))
    volume = draw.uniform(1e5, 1e6, size=(_SESSIONS, _ASSETS))
    panel = Panel.from_arrays(
        np.datetime64("2000-01-03") + np.arange(_SESSIONS),
        [f"A{n}" for n in range(_ASSETS)],
        {"close": np.exp(np.cumsum(steps, axis=0)), "volume": volume},
    )
    for name, estimator in _WALKS.items():
        report(f"walk_forward.{name}")
        model = estimator().fit(X=[ret(2), ret(5)], y=fwd_ret(1))
        evaluate(walk_forward(model, folds=2, embargo=1), panel).to_files()  # its book and its page too
        fit_final(model, panel)

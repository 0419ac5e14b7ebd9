"""Everything that is compiled, compiled once: the operators' kernels by their signatures, the walk-forward's by a small walk."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from alpha_bench import kernels
from alpha_bench.estimators import Lasso, Ridge
from alpha_bench.evaluation import evaluate
from alpha_bench.features import ret
from alpha_bench.fitted import fit_final
from alpha_bench.labels import fwd_ret
from alpha_bench.panel import Panel
from alpha_bench.walk import walk_forward

_SESSIONS, _ASSETS = 60, 6


def warm_up(progress: Callable[[str], None] | None = None) -> None:
    """Compile all kernels into ``NUMBA_CACHE_DIR``, or beside their source; ``progress`` is told the name of each.

    The walk-forward's kernels are compiled for what a real panel gives them (read-only, C-contiguous float64), by walking one.
    """
    tell = progress or (lambda _: None)
    tell("tiles")
    from alpha_bench.kernels import moving  # noqa: F401 - compiled when it is imported

    kernels.warm_up(progress)
    steps = np.random.default_rng(0).normal(0.0, 0.01, size=(_SESSIONS, _ASSETS))
    panel = Panel.from_arrays(
        np.datetime64("2000-01-03") + np.arange(_SESSIONS),
        [f"A{n}" for n in range(_ASSETS)],
        {"close": np.exp(np.cumsum(steps, axis=0))},
    )
    for name, estimator in (("ridge", Ridge()), ("lasso", Lasso(alpha=1e-6))):
        tell(f"walk_forward.{name}")
        model = estimator.fit(X=[ret(2), ret(5)], y=fwd_ret(1))
        evaluate(walk_forward(model, folds=2, embargo=1), panel).to_json()  # its book too
        fit_final(model, panel)

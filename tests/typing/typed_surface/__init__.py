"""What a type checker, and so an editor, knows of the public surface. Nothing here runs: ``make check`` reads it.

Each ``type: ignore`` is a control: were the mistake no longer seen, the ignore would be unused, which is an error.
"""

from __future__ import annotations

from typing import Any, assert_type

import numpy as np

import alpha_bench as ab
from alpha_bench.definitions import ModelDefinition
from alpha_bench.evaluation import FoldResult
from alpha_bench.expressions import Expr
from alpha_bench.session import Evaluation


def expressions() -> Expr:
    momentum = ab.features.ret(20)
    assert_type(momentum, Expr)
    assert_type(ab.ts.mean(momentum, "60d"), Expr)
    assert_type(ab.cs.zscore(momentum) + 1, Expr)
    assert_type(ab.group.demean(momentum, ab.data.sector), Expr)
    ab.ts.mean(momentum, 20.5)  # type: ignore[arg-type]
    ab.ts.mean("close", 20)  # type: ignore[arg-type]
    momentum.lag([1])  # type: ignore[arg-type]
    return momentum


def models() -> Evaluation:
    x = [expressions()]
    m = ab.Ridge(alpha=2.0).fit(X=x, y=ab.fwd_ret(10), universe=ab.data.close > 5)
    assert_type(m, ModelDefinition)
    assert_type(ab.Ridge().fit(np.zeros((3, 2)), np.zeros(3)), Any)
    ab.Ridge().fit(X=x, y="fwd_ret_10d")  # type: ignore[arg-type]
    searched = ab.grid_search(ab.Ridge(), {"alpha": [0.1, 1.0]}).fit(X=x, y=ab.fwd_ret(10))
    assert_type(searched, ModelDefinition)
    return ab.walk_forward(m, folds=12, embargo="5d")


def reports() -> None:
    report = models()
    assert_type(report, Evaluation)
    assert_type(report.ic_mean, float | None)
    assert_type(report.n_dates, int)
    assert_type(report.folds, tuple[FoldResult, ...])
    assert_type(report.folds[0].coef, tuple[float, ...] | None)
    assert_type(report.warnings, tuple[str, ...])
    ab.walk_forward([1.0])  # type: ignore[arg-type]
    ab.describe(report)

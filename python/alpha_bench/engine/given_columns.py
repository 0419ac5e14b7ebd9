"""A panel on which the values of some expressions are given instead of computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from alpha_bench.engine.executor import PartialColumn, execute
from alpha_bench.engine.plan import make_plan
from alpha_bench.expressions import Expr, ValueSource, walk
from alpha_bench.kernels import COMPILED
from alpha_bench.runtime import Floats


class GivenColumns:
    """``panel`` on which each expression of ``columns`` has the values (T, N) that are given for it, wherever it stands inside another
    one; everything else is the panel's own."""

    def __init__(self, panel: ValueSource, columns: Mapping[Expr, Floats]) -> None:
        self._panel, self._columns = panel, columns

    def __getattr__(self, name: str) -> Any:
        return getattr(self._panel, name)

    def compute(self, exprs: Sequence[Expr]) -> list[Floats]:
        """Values of ``exprs``, as :func:`alpha_bench.engine.executor.compute` gives them."""
        given = [e for e in walk(tuple(exprs)) if e in self._columns]
        if not given:
            return self._panel.compute(tuple(exprs))
        plan = make_plan((*exprs, *given))
        known = {e: PartialColumn(array=self._columns[e], rows=len(self._columns[e])) for e in given}
        source: Any = self._panel
        return execute(plan, source, COMPILED, known=known)[: len(exprs)]

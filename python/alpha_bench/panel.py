"""Panel: dates x assets, the data that everything is computed on.

Its calendar is its own sorted sessions, ``0 .. T-1``. Every field is a (T, N) float64 array, sessions down and assets across,
read-only; a missing observation is NaN and stays NaN. Fields that are constant over time (from a reference table) are broadcast
views of N numbers: (T, N) to whoever reads them, without the memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from alpha_bench.assembly import Assembled, assemble, read_only
from alpha_bench.expr import Expr
from alpha_bench.validation import Finding, Validation, validate

if TYPE_CHECKING:
    import pandas as pd

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Panel:
    """Observations of N assets on T sessions.

    Attributes:
        dates: (T,) datetime64[D], strictly increasing.
        assets: (N,) text, strictly increasing.
        fields: name -> (T, N) float64, read-only.
        groups: name -> (T, N) float64 group numbers (NaN: none), for classifiers such as ``sector``.
        group_names: name -> the groups' names, by number.
        findings: what was noticed while reading; :attr:`validation` has these and more.
    """

    dates: NDArray[np.datetime64]
    assets: NDArray[np.str_]
    fields: Mapping[str, Floats]
    groups: Mapping[str, Floats] = field(default_factory=lambda: MappingProxyType({}))
    group_names: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    findings: tuple[Finding, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """(sessions, assets)."""
        return len(self.dates), len(self.assets)

    @property
    def field_names(self) -> tuple[str, ...]:
        """Names of all fields and groups, sorted."""
        return tuple(sorted({*self.fields, *self.groups}))

    @cached_property
    def validation(self) -> Validation:
        """What is odd about the data; computed when first asked for."""
        return validate(self.dates, self.assets, self.fields, self.findings)

    def compute(self, exprs: Sequence[Expr]) -> list[Floats]:
        """Values of ``exprs``: a list of (T, N) arrays."""
        from alpha_bench.engine import compute

        return compute(tuple(exprs), self)

    def frame(self, expr: Expr) -> pd.DataFrame:
        """Values of ``expr`` as a pandas frame, sessions down and assets across."""
        import pandas as pd

        values = self.compute((expr,))[0]
        index = pd.DatetimeIndex(self.dates.astype("datetime64[ns]"), name="date")
        columns = pd.Index(self.assets.astype(object), name="symbol")
        if expr.op == "classifier":
            names = np.array([*self.group_names[str(expr.params[0][1])], None], dtype=object)
            return pd.DataFrame(
                names[np.nan_to_num(values, nan=-1).astype(int)], index=index, columns=columns
            )
        return pd.DataFrame(values.copy(), index=index, columns=columns)

    def truncate(self, n_sessions: int) -> Panel:
        """The panel as it was after its first ``n_sessions`` sessions."""
        return Panel(
            dates=self.dates[:n_sessions],
            assets=self.assets,
            fields=MappingProxyType({k: v[:n_sessions] for k, v in self.fields.items()}),
            groups=MappingProxyType({k: v[:n_sessions] for k, v in self.groups.items()}),
            group_names=self.group_names,
        )

    @classmethod
    def from_arrays(
        cls, dates: NDArray[np.datetime64], assets: Sequence[str], fields: Mapping[str, Floats]
    ) -> Panel:
        """A panel over arrays that are already (T, N), with sorted unique dates and assets. It looks at them, it copies nothing."""
        ready = {
            name: read_only(np.ascontiguousarray(v, dtype=np.float64).view()) for name, v in fields.items()
        }
        return cls(
            dates=read_only(np.asarray(dates, dtype="datetime64[D]").view()),
            assets=read_only(np.asarray(assets, dtype=np.str_).view()),
            fields=MappingProxyType(ready),
        )

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, *, date: str = "date", symbol: str = "symbol") -> Panel:
        """A panel from a long pandas frame: columns or index levels ``date`` and ``symbol``, one column a field."""
        from alpha_bench._arrow import long_from_pandas

        return _panel(assemble(long_from_pandas(frame, date=date, symbol=symbol), None, {}, "the frame"))

    def __repr__(self) -> str:
        sessions, assets = self.shape
        return f"Panel({sessions} sessions {self.dates[0]} to {self.dates[-1]}, {assets} assets: {', '.join(self.field_names)})"

    def _repr_html_(self) -> str:
        return self.validation._repr_html_()


def read_panel(
    prices: Path,
    reference: Path | None = None,
    derive: Mapping[str, str] | None = None,
    *,
    date: str = "date",
    symbol: str = "symbol",
) -> Panel:
    """Read a panel from a long parquet or CSV file and, if given, a table of one row a symbol.

    Args:
        prices: one row a date and symbol; every numeric column is a field. Rows may be in any order.
        reference: numeric columns become constant fields, text columns groups.
        derive: further fields as formulas over the columns of both, see :mod:`alpha_bench.formula`.
        date: the column of dates.
        symbol: the column of asset names.

    Raises:
        AlphaBenchError: E01 no file, E13 no rows, E14 a column without a value, E15 wrong columns or types, or a date and
            symbol twice, E16 a column twice, E17 an infinite value, R10 a formula.
    """
    from alpha_bench._arrow import read_long, read_reference

    table = read_long(Path(prices), date=date, symbol=symbol)
    constants = None if reference is None else read_reference(Path(reference), symbol=symbol)
    return _panel(assemble(table, constants, derive or {}, Path(prices).name))


def _panel(parts: Assembled) -> Panel:
    return Panel(
        dates=parts.dates,
        assets=parts.assets,
        fields=parts.fields,
        groups=parts.groups,
        group_names=parts.group_names,
        findings=parts.findings,
    )

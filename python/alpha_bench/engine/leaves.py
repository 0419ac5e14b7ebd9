"""Leaves of expressions, read from a panel: its fields, its groups, and who is in a group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from alpha_bench.errors import DefinitionError, nearest
from alpha_bench.expressions import Expr
from alpha_bench.runtime import Floats


class Fields(Protocol):
    """What the engine needs of a panel: its shape and its arrays, all (T, N) float64."""

    @property
    def shape(self) -> tuple[int, int]: ...
    @property
    def fields(self) -> Mapping[str, Floats]: ...
    @property
    def groups(self) -> Mapping[str, Floats]: ...
    @property
    def group_names(self) -> Mapping[str, tuple[str, ...]]: ...


def source_of(expr: Expr, panel: Fields) -> Floats:
    """The panel's own array that a leaf is read from. Raises AlphaBenchError R45 for a group read as numbers, or the reverse."""
    name = str(dict(expr.params)["name"])
    numbers = expr.op == "field"
    held = panel.fields if numbers else panel.groups
    if name not in held:
        raise DefinitionError(
            "R45",
            f"{name} holds {'a group' if numbers else 'numbers'} for each asset",
            fix=f"write group.by({name!r})"
            if numbers
            else f"write data[{name!r}]; bins are cs.quantile(x, 5)",
        )
    return held[name]


def leaf_values(expr: Expr, panel: Fields) -> Floats:
    """The values of a leaf that is no constant. Raises AlphaBenchError R45 for a group that is not there, too."""
    values = source_of(expr, panel)
    if expr.op != "member":
        return values
    params = dict(expr.params)
    return _member(values, panel.group_names[str(params["name"])], str(params["name"]), str(params["group"]))


def is_scattered(expr: Expr, panel: Fields) -> bool:
    """Whether the sessions of a leaf do not follow each other in memory, as those of a constant field do not."""
    values = source_of(expr, panel)
    return bool(values.strides[0] == 0) if expr.op == "member" else not values.flags.c_contiguous


def _member(numbers: Floats, names: tuple[str, ...], name: str, group: str) -> Floats:
    """1.0 for the assets of ``group``, 0.0 for those of others, NaN for those of none."""
    if group not in names:
        close = nearest(group, names)
        raise DefinitionError(
            "R45",
            f"no asset's {name} is {group!r}",
            fix=f"did you mean {close!r}?" if close else f"the panel has {', '.join(sorted(names))}",
        )
    constant = numbers.strides[0] == 0
    rows = numbers[:1] if constant else numbers
    inside = np.where(np.isnan(rows), np.nan, rows == names.index(group))
    return np.broadcast_to(inside, numbers.shape) if constant else inside

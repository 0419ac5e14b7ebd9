"""Leaves of expressions, read from a panel: its fields, its groups, and who is in a group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from alpha_bench.errors import DefinitionError, nearest
from alpha_bench.expressions import Expr
from alpha_bench.operators import Kind, Scope, operator
from alpha_bench.runtime import Floats

_GONE_AFTER = 21  # sessions without a price until the panel's end: later ones may be late data


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
    """The panel's own array that a leaf is read from. Raises AlphaBenchError R45 for numbers read as a group; :func:`check_groups` looks
    for the reverse."""
    name = str(dict(expr.params)["name"])
    numbers = expr.op == "delisting" or (
        expr.op == "field" and (name in panel.fields or name not in panel.groups)
    )
    held = panel.fields if numbers else panel.groups
    if name not in held:
        raise DefinitionError(
            "R45",
            f"{name} holds numbers for each asset",
            fix=f"write data[{name!r}]; bins are cs.quantile(x, 5)",
        )
    return held[name]


def check_groups(steps: Sequence[Expr], outputs: Sequence[Expr], panel: Fields) -> None:
    """Raises AlphaBenchError R45 where a name that the panel holds as groups (texts by date) is taken for numbers: ``data.rating`` says
    the same before and after data is bound, and may stand where groups do."""
    if not panel.groups:
        return

    def is_group(expr: Expr) -> bool:
        name = str(dict(expr.params).get("name", ""))
        return expr.op == "field" and name in panel.groups and name not in panel.fields

    for step in steps:
        declared = operator(step.op)
        slots = declared.operands(dict(step.params)) if step.args else ()
        for slot, arg in zip(slots, step.args, strict=False):
            if (
                is_group(arg)
                and declared.scope is not Scope.CUSTOM
                and declared.operand_kinds.get(slot) is not Kind.CLASSIFIER
            ):
                raise _no_numbers(arg, f"{declared.symbol or declared.name} takes numbers")
    for expr in outputs:
        if is_group(expr):
            raise _no_numbers(expr, "numbers are needed")


def _no_numbers(leaf: Expr, why: str) -> DefinitionError:
    name = str(leaf.params[0][1])
    return DefinitionError(
        "R45",
        f"{name} holds a group for each asset; {why}",
        fix=f"use it as the groups of group.*: group.demean(x, data[{name!r}]); or compare it: data[{name!r}] == 'A'",
    )


def leaf_values(expr: Expr, panel: Fields) -> Floats:
    """The values of a leaf that is no constant. Raises AlphaBenchError R45 for a group that is not there, too."""
    values, params = source_of(expr, panel), dict(expr.params)
    if expr.op == "delisting":
        return _on_the_last_session(values, float(params["value"]))
    if expr.op != "member":
        return values
    return _member(values, panel.group_names[str(params["name"])], str(params["name"]), str(params["group"]))


def is_scattered(expr: Expr, panel: Fields) -> bool:
    """Whether the sessions of a leaf do not follow each other in memory, as those of a constant field do not."""
    values = source_of(expr, panel)
    if expr.op == "delisting":
        return False
    return bool(values.strides[0] == 0) if expr.op == "member" else not values.flags.c_contiguous


def _on_the_last_session(values: Floats, stated: float) -> Floats:
    """``stated`` where a column ends for good, else NaN."""
    out, known = np.full(values.shape, np.nan), np.isfinite(values)
    if len(values):
        last = len(values) - 1 - known[::-1].argmax(axis=0)
        gone = np.flatnonzero(known.any(axis=0) & (last < len(values) - 1 - _GONE_AFTER))
        out[last[gone], gone] = stated
    return out


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

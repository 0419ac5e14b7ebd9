"""Leaves: what expressions are made of."""

from __future__ import annotations

from alpha_bench.operators.params import Param
from alpha_bench.operators.spec import Kind, Operator, Scope

LEAVES: tuple[Operator, ...] = (
    Operator(
        name="field",
        summary="A field of the panel: numbers for every session and asset.",
        scope=Scope.LEAF,
        arguments=(),
        params=(Param(name="name", kind="text"),),
        formula="the panel's own values",
        missing="Missing where the panel has no observation; nothing is filled.",
        source="The panel: data[name] or data.name.",
        example="data.close",
    ),
    Operator(
        name="classifier",
        summary="A group for each asset, such as its sector.",
        scope=Scope.LEAF,
        arguments=(),
        params=(Param(name="name", kind="text"),),
        result_kind=Kind.CLASSIFIER,
        formula="the group's number in the panel",
        missing="Missing where the asset has no group.",
        source="The panel's groups: country, exchange, industry, sector, sub_industry.",
        example="data.sector",
    ),
    Operator(
        name="member",
        summary="Whether the asset is in the group of that name.",
        scope=Scope.LEAF,
        arguments=(),
        params=(Param(name="name", kind="text"), Param(name="group", kind="text")),
        result_kind=Kind.FILTER,
        formula="1 if the asset's group is group, else 0",
        missing="Missing where the asset has no group.",
        source="pandas isin. Several names are the groups' union.",
        example='data.sector.is_in("Energy", "Utilities")',
    ),
    Operator(
        name="delisting",
        summary="A return on the last session of each asset that left the panel: that of who held it when its price ended.",
        scope=Scope.LEAF,
        arguments=(),
        params=(Param(name="name", kind="text"), Param(name="value", kind="number", between=(-1.0, 1.0))),
        result_kind=Kind.LABEL,
        formula="value on the last session with a value of the field, where that is more than 21 sessions before the panel's last",
        missing="Missing on every other session. It is known only later, so it stands in labels.fwd_ret alone.",
        source="Shumway (1997), The Delisting Bias in CRSP Data: -0.30 for delistings for performance.",
        example="labels.fwd_ret(10, delisting_return=-0.3)",
    ),
    Operator(
        name="const",
        summary="A number, the same everywhere.",
        scope=Scope.LEAF,
        arguments=(),
        params=(Param(name="value", kind="number"),),
        formula="value",
        missing="Never missing.",
        source="Any number in an expression.",
        example="data.close * 2",
    ),
)

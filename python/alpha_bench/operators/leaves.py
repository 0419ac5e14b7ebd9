"""Leaves: what expressions are made of."""

from __future__ import annotations

from alpha_bench.operators.params import Param
from alpha_bench.operators.spec import Kind, Operator, Reach

LEAVES: tuple[Operator, ...] = (
    Operator(
        name="field",
        summary="A field of the panel.",
        reach=Reach.LEAF,
        arguments=(),
        params=(Param(name="name", kind="text"),),
    ),
    Operator(
        name="classifier",
        summary="A group for each asset, such as its sector.",
        reach=Reach.LEAF,
        arguments=(),
        params=(Param(name="name", kind="text"),),
        gives=Kind.CLASSIFIER,
    ),
    Operator(
        name="const",
        summary="A number, the same everywhere.",
        reach=Reach.LEAF,
        arguments=(),
        params=(Param(name="value", kind="number"),),
    ),
)

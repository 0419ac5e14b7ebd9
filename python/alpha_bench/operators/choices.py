"""Choices by a condition: the same asset, the same session."""

from __future__ import annotations

from alpha_bench.operators.spec import Kind, Operator, Scope

CHOICES: tuple[Operator, ...] = (
    Operator(
        name="where",
        summary="x where the condition is true; missing elsewhere.",
        scope=Scope.ELEMENT,
        arguments=("x", "condition"),
        operand_kinds={"condition": Kind.FILTER},
        result_kind=None,
        formula="x if condition = 1 else NaN",
        missing="Missing where the condition is false or missing, and where x is.",
        source="pandas Series.where.",
        example="data.close.where(data.volume > 0)",
    ),
    Operator(
        name="if_else",
        summary="x where the condition is true, y where it is false.",
        scope=Scope.ELEMENT,
        arguments=("condition", "x", "y"),
        operand_kinds={"condition": Kind.FILTER},
        formula="x if condition = 1, y if condition = 0",
        missing="Missing where the condition is, and where the value that is chosen is; the other one is not looked at.",
        source="WorldQuant if_else, qlib If; the ternary ? : of Kakushadze (2016), 101 Formulaic Alphas.",
        example="if_else(features.ret(5) > 0, data.volume, -data.volume)",
    ),
)

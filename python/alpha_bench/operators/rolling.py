"""How a rolling operator is declared: over the last ``window`` sessions, today included, all of them known."""

from __future__ import annotations

from collections.abc import Mapping

from alpha_bench.operators.params import Param, Value
from alpha_bench.operators.spec import Operator, Scope


def _before_today(params: Mapping[str, Value]) -> int:
    return int(params["window"]) - 1


def rolling(
    name: str,
    summary: str,
    *,
    formula: str,
    source: str,
    example: str,
    least: int = 1,
    arguments: tuple[str, ...] = ("x",),
    first: tuple[Param, ...] = (),
    then: tuple[Param, ...] = (),
    also: str = "",
) -> Operator:
    """A rolling operator; ``first`` and ``then`` are parameters before and after ``window``; ``also``: where else it is missing."""
    values = "value" if len(arguments) == 1 else f"value of {' or '.join(arguments)}"
    missing = (
        f"Missing where any {values} in the window is missing or infinite, and in the first w-1 sessions"
        f"{f'; also {also}' if also else ''}."
    )
    return Operator(
        name=name,
        summary=summary,
        scope=Scope.SERIES,
        arguments=arguments,
        params=(*first, Param(name="window", kind="sessions", least=least), *then),
        lookback=_before_today,
        formula=formula,
        missing=missing,
        source=source,
        example=example,
    )

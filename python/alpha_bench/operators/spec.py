"""What an operator declares about itself. How it is computed is in ``kernels``, under the same name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from alpha_bench.errors import DefinitionError, nearest
from alpha_bench.operators.params import Param, Value


class Kind(StrEnum):
    """What an expression's values mean."""

    FACTOR = "factor"  # numbers known at the close of their session
    FILTER = "filter"  # 1.0 true, 0.0 false, NaN unknown
    CLASSIFIER = "classifier"  # a group for each asset
    LABEL = "label"  # numbers that are known only later


class Scope(StrEnum):
    """Which values an operator looks at to make the value of one asset on one session."""

    LEAF = "leaf"  # the panel, or a constant
    ELEMENT = "element"  # the same asset, the same session
    SERIES = "series"  # the same asset, the last sessions
    CROSS = "cross"  # all assets, the same session
    CUSTOM = (
        "own"  # whatever a researcher's own function looks at in its window: any asset, the last sessions
    )
    FORWARD = "forward"  # the same asset, later sessions: labels only


def _none(_: Mapping[str, Value]) -> int:
    return 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Operator:
    """One operator: what it takes, what it gives, and which sessions it needs.

    Attributes:
        name: its name in canonical text and in plain data; unique, never reused.
        summary: its exact meaning, in one or two sentences; shown as help.
        arguments: names of its expression arguments, in order.
        params: its parameters, all always written.
        counted: arguments that are there as many times as the parameter of the same name says: 0 or 1 for an optional one.
        operand_kinds: argument -> the kind that it must be, where that is not a number: a condition or a group.
        result_kind: the kind of the result when no argument is a label; None means the kind of the first argument.
        lookback: sessions before ``t`` that the value at ``t`` needs, from the parameters.
        lookahead: sessions after ``t`` that it needs; above zero for labels only, below it for what takes them back.
        symbol: the Python operator that writes it, if there is one.
        formula: what is computed, as a formula in ``x``, ``t``, ``w`` (the window), ``n`` (the assets of the session).
        missing: what a missing value in its scope does, and where else the result is missing.
        source: where the definition is from: a paper, a book, or the library whose convention it is.
        example: one call, as a researcher writes it.
    """

    name: str
    summary: str
    scope: Scope
    arguments: tuple[str, ...] = ("x",)
    params: tuple[Param, ...] = ()
    counted: tuple[str, ...] = ()
    operand_kinds: Mapping[str, Kind] = field(default_factory=dict)
    result_kind: Kind | None = Kind.FACTOR
    lookback: Callable[[Mapping[str, Value]], int] = _none
    lookahead: Callable[[Mapping[str, Value]], int] = _none
    symbol: str | None = None
    formula: str = ""
    missing: str = ""
    source: str = ""
    example: str = ""

    def operands(self, params: Mapping[str, Value]) -> tuple[str, ...]:
        """The argument's name for each operand, in order: ``("x", "exposures", "exposures", "weights")``."""
        return tuple(
            name for name in self.arguments for _ in range(int(params[name]) if name in self.counted else 1)
        )

    def written(self, params: tuple[tuple[str, Value], ...]) -> tuple[str, tuple[tuple[str, Value], ...]]:
        """Its name and the parameters that are shown, in canonical text."""
        return self.name, tuple((name, value) for name, value in params if name not in self.counted)

    def called(
        self,
        params: Mapping[str, Value],  # noqa: ARG002 - for the one that is called
        inputs: tuple[object, ...],  # noqa: ARG002
        given: Mapping[str, object],  # noqa: ARG002
    ) -> Mapping[str, object]:
        """The parameters of an expression of this operator when it is called like a function. Raises AlphaBenchError R09."""
        raise DefinitionError(
            "R09",
            f"an expression ({self.name}) is not a function, and it was called",
            fix="leave out the parentheses after it; only what @feature makes is called, for other inputs or parameters",
        )

    def read_params(self, given: Mapping[str, object]) -> tuple[tuple[str, Value], ...]:
        """Every parameter with its one value, in declared order.

        Raises:
            AlphaBenchError: R01, R02 for a value; R03 for one that is missing or unknown.
        """
        names = [p.name for p in self.params]
        for name in given:
            if name not in names:
                close = nearest(name, names)
                fix = (
                    f"did you mean {close}?" if close else f"it takes: {', '.join(names) or 'no parameters'}"
                )
                raise DefinitionError("R03", f"{self.name} has no parameter {name!r}", fix)
        values: list[tuple[str, Value]] = []
        for param in self.params:
            value = given.get(param.name, param.default)
            if value is None:
                raise DefinitionError(
                    "R03", f"{self.name} needs {param.name}", fix=f"write {self.name}(..., {param.name}=...)"
                )
            values.append((param.name, param.read(value, self.name)))
        return tuple(values)

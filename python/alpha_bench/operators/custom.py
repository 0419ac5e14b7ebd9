"""The operator of custom features, and the functions that are defined in this process, by their digest.

A node holds the function's name, the digest of its source, how it is called, its window and its parameters: plain data, no
code. The code is looked up when values are asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from alpha_bench.errors import DefinitionError, nearest
from alpha_bench.names import CUSTOM_OP
from alpha_bench.operators.params import Param, Value, number_of, sessions_of
from alpha_bench.operators.spec import Operator, Scope

CUSTOM = CUSTOM_OP
"""The operator's name in plain data."""
Per: TypeAlias = Literal["panel", "window"]
ABOUT_THE_NODE = ("name", "source", "per", "inputs", "window")
"""Parameters that every such node has; a function's own parameters follow them."""
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_EXACT = 2**53
_INPUTS = Param(name="inputs", kind="count", least=1)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class CustomFeature:
    """A function that is defined in this process.

    Attributes:
        name: its name.
        source: ``sha256:<hex>`` of its code and of what it reads from around it.
        function: takes one array an input, and its parameters by keyword.
        inputs: the names of its inputs.
        defaults: its parameters with their defaults, by name.
        accepts_window: whether it has a keyword-only argument ``window``.
        lengths: how many values each tuple has that it reads from around it.
        check_unchanged: raises AlphaBenchError R48 when what it reads from around it is not as it was when it was defined.
    """

    name: str
    source: str
    function: Callable[..., Any]
    inputs: tuple[str, ...]
    defaults: Mapping[str, Value]
    accepts_window: bool
    check_unchanged: Callable[[], None]
    lengths: Mapping[str, int] = field(default_factory=dict)

    def run(self, arrays: tuple[object, ...], params: Mapping[str, Value]) -> Any:
        """What the function itself gives for ``arrays``, with the parameters of a node. A whole number stays whole unless the
        parameter's default is a real one."""
        keywords = {
            name: float(params[name]) if isinstance(default, float) else params[name]
            for name, default in self.defaults.items()
        }
        if self.accepts_window:
            keywords["window"] = params["window"]
        return self.function(*arrays, **keywords)


_defined: dict[str, CustomFeature] = {}


def define(feature: CustomFeature) -> None:
    """Make ``feature`` known by its digest; the same code again takes its place."""
    _defined[feature.source] = feature


def function_of(params: Mapping[str, Value]) -> CustomFeature:
    """The function of a node with ``params``. Raises AlphaBenchError R48 when it is not defined in this process."""
    feature = _defined.get(str(params["source"]))
    if feature is not None:
        return feature
    name, wanted = str(params["name"]), str(params["source"])
    here = [f.source[:15] for f in _defined.values() if f.name == name]
    what = f"with other code ({', '.join(here)}; wanted {wanted[:15]})" if here else f"({wanted[:15]})"
    raise DefinitionError(
        "R48",
        f"the function {name} is not defined here"
        if not here
        else f"the function {name} is defined here {what}",
        fix=f"run the cell, or import the module, that defines @feature {name}: a definition names its functions by digest and "
        "never carries their code",
        name=name,
        source=wanted,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomOperator(Operator):
    """Takes any number of inputs, and the parameters that the function declares."""

    def operands(self, params: Mapping[str, Value]) -> tuple[str, ...]:
        """As many inputs as the node says."""
        return self.arguments * int(params["inputs"])

    def read_params(self, given: Mapping[str, object]) -> tuple[tuple[str, Value], ...]:
        """What says which function, then the function's by name; those left out take their defaults where it is defined here.

        Raises:
            AlphaBenchError: R48 for what no such node holds, R01 to R03 for parameters.
        """
        name, source, per = (given.get(key) for key in ABOUT_THE_NODE[:3])
        if (
            not (isinstance(name, str) and name.isidentifier())
            or not (isinstance(source, str) and _DIGEST.fullmatch(source))
            or per not in {"panel", "window"}
        ):
            raise DefinitionError(
                "R48",
                "not a custom feature: its name, the digest of its source and per are needed",
                fix='use @feature, or what describe() gave: {"name": ..., "source": "sha256:...", "per": "panel", "window": 20}',
            )
        count = _INPUTS.read(given.get("inputs"), str(name))
        window = sessions_of(given.get("window"), f"{name}: window", least=1)
        values: dict[str, object] = {k: v for k, v in given.items() if k not in ABOUT_THE_NODE}
        feature = _defined.get(source)
        if feature is not None:
            _refuse_unknown(name, values, feature.defaults)
            values = {**feature.defaults, **values}
        read = {
            k: parameter(v, f"{name}: {k}", None if feature is None else feature.defaults[k])
            for k, v in values.items()
        }
        about: tuple[tuple[str, Value], ...] = (("name", name), ("source", source), ("per", str(per)))
        return (*about, ("inputs", count), ("window", window), *sorted(read.items()))

    def written(self, params: tuple[tuple[str, Value], ...]) -> tuple[str, tuple[tuple[str, Value], ...]]:
        """``illiquidity(close, volume, window=20, power=2)``."""
        return str(params[0][1]), params[len(ABOUT_THE_NODE) - 1 :]

    def called(
        self, params: Mapping[str, Value], inputs: tuple[object, ...], given: Mapping[str, object]
    ) -> Mapping[str, object]:
        """The parameters of the same function called again.

        Raises:
            AlphaBenchError: R48 for another number of inputs, or a parameter that says which function it is.
        """
        fixed = [k for k in given if k in ABOUT_THE_NODE[:-1]]
        if fixed or (inputs and len(inputs) != params["inputs"]):
            feature = function_of(params)
            counted = f"takes {len(feature.inputs)} inputs, got {len(inputs)}"
            what = f"has no parameter {fixed[0]!r}" if fixed else counted
            raise DefinitionError(
                "R48", f"{params['name']} {what}", fix=f"its inputs are {', '.join(feature.inputs)}"
            )
        return {**params, **given}


def _refuse_unknown(name: str, given: Mapping[str, object], known: Mapping[str, Value]) -> None:
    for key in given:
        if key not in known:
            close = nearest(key, {*known, "window"})
            fix = f"did you mean {close}?" if close else f"it takes: {', '.join(['window', *known])}"
            raise DefinitionError("R03", f"{name} has no parameter {key!r}", fix)


def parameter(value: object, where: str, default: Value | None) -> Value:
    """Text, or a finite number: ``2`` and ``2.0`` are one value. ``default`` says which of the two, where it is known.

    Raises:
        AlphaBenchError: R01 for anything else.
    """
    if isinstance(value, str) and (default is None or isinstance(default, str)):
        return value
    if isinstance(default, str):
        raise DefinitionError("R01", f"{where} is {value!r}; text is needed", fix=f"write {default!r}")
    number = number_of(value, where)
    return int(number) if number.is_integer() and abs(number) < _EXACT else number


FUNCTIONS: tuple[Operator, ...] = (
    CustomOperator(
        name=CUSTOM,
        summary="A custom feature: a function of its inputs' last window sessions, today included; see alpha_bench.feature.",
        scope=Scope.CUSTOM,
        arguments=("inputs",),
        lookback=lambda params: int(params["window"]) - 1,
        formula="f(inputs[t-w+1 .. t])",
        missing="What the function gives; the first w - 1 sessions are missing.",
        example="illiquidity(window=40)",
    ),
)

"""``@feature``: a function of arrays becomes an expression."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from types import FunctionType
from typing import Any, TypeAlias

from alpha_bench.custom.provenance import check_constants
from alpha_bench.custom.source import definition_of, refused, source_of, surroundings_of, tuple_lengths
from alpha_bench.errors import DefinitionError, nearest
from alpha_bench.expressions import Expr, apply, as_expr
from alpha_bench.names import VOCABULARY
from alpha_bench.operators import (
    ABOUT_THE_NODE,
    CUSTOM,
    OPERATORS,
    CustomFeature,
    Per,
    SessionCount,
    Value,
    define,
    parameter,
    sessions_of,
)

_EXAMPLE = (
    "write @feature(inputs=[data.close, data.volume], window=20) above def illiquidity(close, volume): ..."
)
Inputs: TypeAlias = Expr | Sequence[Expr] | None
Window: TypeAlias = SessionCount | None
_TAKES = ("inputs", "window", "per")
_NO_PLAIN_FUNCTION = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


def feature(
    *function: object, inputs: Inputs = None, window: Window = None, per: Per = "panel", **unknown: object
) -> Callable[[Callable[..., Any]], Expr]:
    """Make a function of arrays an expression like any other: ``@feature(inputs=[...], window=20)`` above ``def``.

    The name then is the expression. ``f(window=40)``, ``f(power=2)`` or ``f(data.high, data.volume)`` is the same function with
    another window, parameter or inputs; ``f(array, array)`` runs it on arrays. The value at ``t`` may depend on the last
    ``window`` sessions of the inputs, ``t`` included, of all assets; look-back is ``window - 1`` and the inputs' own.

    Args:
        function: not given; ``@feature`` has to say inputs and window.
        inputs: expressions (fields, features, groups, other such functions; no labels). Each comes as an array (T, N) of float64,
            sessions down and assets across, read-only; a group comes as numbers, NaN where there is none.
        window: sessions that a value is made of, today included; ``20``, ``"20"`` and ``"20d"`` are the same. A keyword-only
            argument ``window`` receives it.
        per: ``"panel"``: one call with (T, N) arrays that returns (T, N). ``"window"``: one call a session with arrays
            (window, N), oldest first, that returns (N,): slower, and unable to look ahead.
        unknown: any other name is refused with the one that was probably meant.

    Keyword-only arguments with a default (a number or a text) are parameters. The first ``window - 1`` sessions are missing
    whatever the function gives; its infinite and missing values stay as they are.

    An expression's identity is the function's name, inputs, window and parameters, and the digest of its code: comments,
    docstring, formatting and annotations do not count. What it reads from around it counts too, and may only be modules, what
    they export, constants that were not computed from data, other such functions, and functions and classes of the researcher's own
    modules that keep nothing. It keeps nothing between calls, fetches nothing itself, and asks neither the clock nor unseeded chance. A
    saved model has the digest, not the code.

    Whenever values are computed the function is run again on shortened panels, on another future, on its window alone and on inputs
    made for the purpose, for up to 16 assets, and must give the same values (see :mod:`alpha_bench.custom.causality`).

    Raises:
        AlphaBenchError: R48 for a function that cannot be one, R01 or R02 for the window, R09 for an input.

    Example::

        @feature(inputs=[features.ret(1), features.dollar_volume()], window=20)
        def illiquidity(ret, dollars, *, window, scale=1e6):
            daily = np.abs(ret) / dollars * scale
            return pd.DataFrame(daily).rolling(window).mean().to_numpy()

        m = Ridge().fit(X=[illiquidity, cs.rank(illiquidity(window=60))], y=fwd_ret_10d)
    """
    operands, sessions = _checked(function, inputs, window, per, unknown)

    def declared(written: Callable[..., Any]) -> Expr:
        return _expression(written, operands, sessions, per)

    return declared


def _checked(
    function: tuple[object, ...],
    inputs: Inputs,
    window: Window,
    per: Per,
    unknown: Mapping[str, object],
) -> tuple[list[Expr], int]:
    """The operands and the sessions of a declaration; see :func:`feature` for what is refused."""
    if function:
        raise refused(getattr(function[0], "__name__", "?"))("inputs and window are not said", _EXAMPLE)
    for name in unknown:
        close = nearest(name, _TAKES)
        fix = f"did you mean {close}=?" if close else f"it takes {', '.join(_TAKES)}"
        raise DefinitionError("R48", f"feature has no parameter {name!r}", fix)
    if isinstance(inputs, Expr):
        inputs = [inputs]
    if not isinstance(inputs, list | tuple) or not inputs:
        raise DefinitionError(
            "R48", f"feature's inputs are {inputs!r}; a list of expressions is needed", _EXAMPLE
        )
    if per not in {"panel", "window"}:
        raise DefinitionError("R48", f"feature's per is {per!r}", fix='write per="panel" or per="window"')
    return [as_expr(value, "feature") for value in inputs], sessions_of(window, "feature: window", least=1)


def _expression(written: Callable[..., Any], operands: list[Expr], sessions: int, per: Per) -> Expr:
    custom = custom_feature(written, len(operands))
    define(custom)
    return apply(
        CUSTOM,
        *operands,
        name=custom.name,
        source=custom.source,
        per=per,
        inputs=len(operands),
        window=sessions,
    )


def custom_feature(written: object, inputs: int) -> CustomFeature:
    """``written`` with its identity. Raises AlphaBenchError R48 for what cannot be one."""
    plain = getattr(written, "py_func", written)  # what a compiler wraps
    if isinstance(written, Expr) or not isinstance(plain, FunctionType) or plain.__name__ == "<lambda>":
        shown = "a lambda" if getattr(plain, "__name__", "") == "<lambda>" else f"a {type(written).__name__}"
        raise refused(getattr(plain, "__name__", "?"))(f"it is {shown}", "write a function with def")
    refuse = refused(plain.__name__)
    if plain.__code__.co_flags & _NO_PLAIN_FUNCTION:
        raise refuse("it yields or awaits", "return an array")
    if plain.__name__ in OPERATORS or plain.__name__ in VOCABULARY["features"] or plain.__name__ == CUSTOM:
        raise refuse("a built-in has that name", "give it another name")
    arguments, defaults, accepts_window = _signature(plain)
    if len(arguments) != inputs:
        raise refuse(
            f"it takes {len(arguments)} arrays ({', '.join(arguments) or 'none'}), and there are {inputs} inputs",
            "one positional argument an input; parameters come after *",
        )
    source, node = source_of(plain), definition_of(plain)
    around = surroundings_of(plain, node)
    check_constants(plain, node)

    def check_unchanged() -> None:
        now = surroundings_of(plain, node)
        changed = [name for name in around if now.get(name) != around[name]]
        if changed:
            raise refuse(f"{', '.join(changed)} changed since it was defined", "run its definition again")

    return CustomFeature(
        name=plain.__name__,
        source=source,
        function=written,  # type: ignore[arg-type]  # a function, or what a compiler made of one
        inputs=arguments,
        defaults=defaults,
        accepts_window=accepts_window,
        check_unchanged=check_unchanged,
        lengths=tuple_lengths(plain),
    )


def _signature(plain: FunctionType) -> tuple[tuple[str, ...], Mapping[str, Value], bool]:
    """Names of the inputs, parameters with their defaults, and whether it asks for the window."""
    refuse = refused(plain.__name__)
    arguments: list[str] = []
    defaults: dict[str, Value] = {}
    accepts_window = False
    for name, found in inspect.signature(plain).parameters.items():
        if found.kind in {found.VAR_POSITIONAL, found.VAR_KEYWORD}:
            raise refuse(f"it takes any number of arguments ({name})", "name each input and parameter")
        if found.kind is not found.KEYWORD_ONLY:
            if found.default is not found.empty:
                raise refuse(
                    f"{name} has a default among the inputs", f"put * before it: def f(x, *, {name}=...)"
                )
            arguments.append(name)
        elif name == "window":
            accepts_window = True
            if found.default is not found.empty:
                raise refuse(
                    "window has a default of its own", "leave the default out: @feature says the window"
                )
        elif name in ABOUT_THE_NODE:
            raise refuse(f"a parameter cannot be called {name}", "give it another name")
        elif found.default is found.empty:
            raise refuse(f"the parameter {name} has no default", f"write {name}=...")
        else:
            defaults[name] = _default(plain.__name__, name, found.default)
    return tuple(arguments), defaults, accepts_window


def _default(function: str, name: str, value: object) -> Value:
    if isinstance(value, float):
        parameter(value, f"{function}: {name}", None)  # finite
        return float(value)
    return parameter(value, f"{function}: {name}", None)

"""How expressions are written in Python: its operators, numpy's functions, and methods. Each makes one node or a few."""

from __future__ import annotations

import dis
import sys
from abc import abstractmethod
from collections.abc import Callable
from typing import Any, NoReturn, Self

from alpha_bench.errors import DefinitionError
from alpha_bench.expressions.calls import answer_methods
from alpha_bench.names import VOCABULARY
from alpha_bench.operators import SessionCount

_UFUNCS = {
    "add": "add", "subtract": "sub", "multiply": "mul", "divide": "div", "true_divide": "div", "power": "pow",
    "less": "lt", "less_equal": "le", "greater": "gt", "greater_equal": "ge", "negative": "neg", "absolute": "abs",
    "sign": "sign", "log": "log", "exp": "exp", "sqrt": "sqrt", "float_power": "pow", "maximum": "maximum", "minimum": "minimum",
    "equal": "eq", "not_equal": "ne", "isfinite": "known",
}  # fmt: skip

_ANSWERS_FALSE = frozenset({"array_equal", "array_equiv"})

_MEMBERSHIP = dis.opmap["CONTAINS_OP"]


def _asked_by_in() -> bool:
    """Whether the notebook's or module's line that compares is ``x in things``: which of them *is* x is the question there."""
    frame = sys._getframe(2)  # noqa: SLF001 - of the code that compares
    return frame.f_code.co_code[frame.f_lasti] == _MEMBERSHIP


def _no_such_operator(symbol: str, fix: str) -> Callable[[object, object], NoReturn]:
    def refuse(_self: object, _other: object) -> NoReturn:
        raise DefinitionError("R09", f"{symbol} is not an operator on expressions", fix=fix)

    return refuse


class OperatorMixin:
    """What can be written with an expression; what a node is, the class that inherits it says."""

    __slots__ = ()
    op: str
    params: tuple[tuple[str, int | float | str], ...]

    @abstractmethod
    def _of(self, name: str, /, *args: object, **params: object) -> Self:
        """The node of operator ``name``."""

    def lag(self, d: SessionCount) -> Self:
        """The value ``d`` sessions ago, ``d >= 0``."""
        return self._of("lag", self, d=d)

    def delta(self, window: SessionCount) -> Self:
        """The change over ``window`` sessions."""
        return self._of("delta", self, window=window)

    def where(self, condition: Self) -> Self:
        """The value where ``condition`` is true; missing where it is false or missing."""
        return self._of("where", self, condition)

    def is_in(self, *names: str) -> Self:
        """A filter: whether the asset is in one of these groups, as ``data.sector.is_in("Energy", "Utilities")``.

        Unknown where the asset has no group. A name that the panel does not have is refused when values are made. A column of texts
        of any other name is one too: ``data.rating.is_in("A")``, as of each date.

        Raises:
            AlphaBenchError: R45 for anything but a classifier or a column of texts of the panel and names.
        """
        if not self._may_be_groups() or not names or not all(isinstance(n, str) and n for n in names):
            shown = ", ".join(map(repr, names))
            raise DefinitionError(
                "R45",
                f"{self}.is_in({shown}): a group of the panel and the names of its groups are needed",
                fix='write data.sector.is_in("Energy", "Utilities"); numbers are compared: x > 0',
            )
        field = self.params[0][1]
        first, *others = (self._of("member", name=field, group=name) for name in names)
        for other in others:
            first = self._of("or", first, other)
        return first

    def _may_be_groups(self) -> bool:
        """Whether it is a classifier, or a column of the panel's that may hold texts: what is called ``close`` holds none."""
        return self.op == "classifier" or (self.op == "field" and self.params[0][1] not in VOCABULARY["data"])

    def maximum(self, other: Self | float) -> Self:
        """The greater of the two, on the same session; missing where either is. Over time it is ``ts.max(x, 20)``."""
        return self._of("maximum", self, other)

    def minimum(self, other: Self | float) -> Self:
        """The lesser of the two, on the same session; missing where either is. Over time it is ``ts.min(x, 20)``."""
        return self._of("minimum", self, other)

    def clip(self, low: Self | float, high: Self | float) -> Self:
        """The value, but ``low`` where it is less and ``high`` where it is greater; they may be expressions.

        Raises:
            AlphaBenchError: R41 when both are numbers and ``low`` is the greater.
        """
        if isinstance(low, int | float) and isinstance(high, int | float) and not low <= high:
            raise DefinitionError(
                "R41", f"clip from {low} to {high}: nothing is between", "write the lower bound first"
            )
        return self._of("minimum", self._of("maximum", self, low), high)

    def signed_power(self, exponent: float) -> Self:
        """``sign(x) * abs(x) ** exponent``: the power that keeps the sign."""
        return self._of("signed_power", self, exponent)

    def known(self) -> Self:
        """A condition: whether it has a value that is a finite number. Itself never missing."""
        return self._of("known", self)

    def missing(self) -> Self:
        """A condition: whether it has no value, or an infinite one. Itself never missing."""
        return self._of("not", self._of("known", self))

    def eq(self, other: Self | float) -> Self:
        """A condition: whether the two are equal; missing where either is. ``x == other`` is the same."""
        return self._of("eq", self, other)

    def ne(self, other: Self | float) -> Self:
        """A condition: whether the two differ; missing where either is. ``x != other`` is the same."""
        return self._of("ne", self, other)

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> Any:
        """A condition, as ``<`` gives one; of a group and the name of one of its groups, :meth:`is_in`.

        Whether two expressions *are* one is ``a is b``: the same thing is one object. Sets, dictionaries and ``in`` go by that.

        Raises:
            AlphaBenchError: R45 for a group and anything but a name, R09 for what is no number and no expression.
        """
        return self is other if _asked_by_in() else self._compared("eq", other)

    def __ne__(self, other: object) -> Any:
        """The condition that is false where ``==`` is true, and missing where it is missing."""
        return self._compared("ne", other)

    def _compared(self, how: str, other: object) -> Any:
        symbol = "==" if how == "eq" else "!="
        if self.op == "field" and isinstance(other, str) and other and self._may_be_groups():
            member = self.is_in(other)
            return member if how == "eq" else ~member
        if self.op == "classifier":
            if self is other:
                return how == "eq"
            if not isinstance(other, str):
                name = f"write {self}.is_in('Energy', 'Utilities'), or {self} {symbol} 'Energy'"
                raise DefinitionError(
                    "R45", f"{self} {symbol} {other!r}: groups are compared by their names", name
                )
            member = self.is_in(other)
            return member if how == "eq" else ~member
        if other is None or isinstance(other, bool | str):
            raise DefinitionError(
                "R09",
                f"{self} {symbol} {other!r} compares numbers with a {type(other).__name__}",
                _instead(other),
            )
        return self._of(how, self, other)

    def log(self) -> Self:
        """The natural logarithm."""
        return self._of("log", self)

    def exp(self) -> Self:
        """Euler's number to the power of it."""
        return self._of("exp", self)

    def sqrt(self) -> Self:
        """The square root."""
        return self._of("sqrt", self)

    def sign(self) -> Self:
        """-1.0, 0.0 or 1.0."""
        return self._of("sign", self)

    def abs(self) -> Self:
        """The absolute value."""
        return self._of("abs", self)

    def __add__(self, other: Self | float) -> Self:
        return self._of("add", self, other)

    def __radd__(self, other: Self | float) -> Self:
        return self._of("add", other, self)

    def __sub__(self, other: Self | float) -> Self:
        return self._of("sub", self, other)

    def __rsub__(self, other: Self | float) -> Self:
        return self._of("sub", other, self)

    def __mul__(self, other: Self | float) -> Self:
        return self._of("mul", self, other)

    def __rmul__(self, other: Self | float) -> Self:
        return self._of("mul", other, self)

    def __truediv__(self, other: Self | float) -> Self:
        return self._of("div", self, other)

    def __rtruediv__(self, other: Self | float) -> Self:
        return self._of("div", other, self)

    def __pow__(self, other: Self | float) -> Self:
        return self._of("pow", self, other)

    def __rpow__(self, other: Self | float) -> Self:
        return self._of("pow", other, self)

    def __neg__(self) -> Self:
        return self._of("neg", self)

    def __pos__(self) -> Self:
        return self

    def __abs__(self) -> Self:
        return self._of("abs", self)

    def __lt__(self, other: Self | float) -> Self:
        return self._of("lt", self, other)

    def __le__(self, other: Self | float) -> Self:
        return self._of("le", self, other)

    def __gt__(self, other: Self | float) -> Self:
        return self._of("gt", self, other)

    def __ge__(self, other: Self | float) -> Self:
        return self._of("ge", self, other)

    def __and__(self, other: Self) -> Self:
        return self._of("and", self, other)

    def __rand__(self, other: Self) -> Self:
        return self._of("and", other, self)

    def __or__(self, other: Self) -> Self:
        return self._of("or", self, other)

    def __ror__(self, other: Self) -> Self:
        return self._of("or", other, self)

    def __invert__(self) -> Self:
        return self._of("not", self)

    __mod__ = __rmod__ = _no_such_operator("%", "compute it in a function of your own: @feature")
    __floordiv__ = __rfloordiv__ = _no_such_operator("//", "use /; for bins cs.quantile(x, 5)")
    __xor__ = __rxor__ = _no_such_operator(
        "^", "write x ** 2 for a power; for conditions (a & ~b) | (~a & b)"
    )
    __matmul__ = __rmatmul__ = _no_such_operator("@", "add products: 0.5 * a + 0.5 * b")

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: object, **options: object) -> Self:
        """``np.log(x)`` and ``np.float64(2) * x`` are expressions too."""
        if method == "__call__" and not options and ufunc.__name__ in _UFUNCS:
            return self._of(_UFUNCS[ufunc.__name__], *inputs)
        raise DefinitionError(
            "R09",
            f"numpy's {ufunc.__name__} is not an operator on expressions",
            fix="x.to_frame() has the values",
        )

    def __array_function__(
        self,
        function: Any,
        _types: object,
        inputs: tuple[object, ...],
        options: dict[str, object],
    ) -> Any:
        """What numpy does with any object; what answers False where it finds no array is refused."""
        if function.__name__ in _ANSWERS_FALSE:
            raise DefinitionError(
                "R09",
                f"numpy's {function.__name__} compares arrays, and expressions are none",
                fix="whether two expressions are one is a is b; where their values are equal is a == b",
            )
        return function._implementation(*inputs, **options)  # noqa: SLF001 - what runs where nothing is overridden


EXPRESSION_METHODS: tuple[str, ...] = tuple(
    "lag delta where is_in maximum minimum clip signed_power known missing eq ne log exp sqrt sign abs".split()
)
"""What may be written after an expression."""

answer_methods(OperatorMixin, "x", EXPRESSION_METHODS)


def _instead(other: object) -> str:
    """What to write where an expression was compared with ``other``."""
    if other is None:
        return "write x.missing() or x.known()"
    if isinstance(other, bool):
        return "write the condition itself, or ~ before it"
    return f"names are those of groups: data.sector == {other!r}, or data.sector.is_in({other!r})"

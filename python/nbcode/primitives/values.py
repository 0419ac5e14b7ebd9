"""The value classes of every room: by keyword, with slots, mostly frozen, and cheap to define.

The standard decorator writes and compiles the source of six methods for each class, 0.4 ms of it; `nbcode check` defines
ninety classes before its first line of work. The methods here are shared by all classes and read the fields that the
standard decorator has collected, so that `dataclasses.fields`, `replace` and `asdict` know these classes as their own.
"""

import dataclasses
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass as dataclass  # noqa: PLC0414 - handed on: to a type checker it is the standard one
else:
    _Class = TypeVar("_Class", bound=type)

    def dataclass(
        *, kw_only: bool, slots: bool, frozen: bool = False, eq: bool = True, init: bool = True
    ) -> "Callable[[_Class], _Class]":
        """`dataclasses.dataclass` for classes with slots whose arguments are given by keyword.

        `frozen`, `eq` and `init` mean what they mean there; `init=False` leaves the class's own `__init__`.
        Raises ValueError for another kind: the standard decorator makes those.
        """
        if not (kw_only and slots):
            raise ValueError("values are by keyword and with slots; use dataclasses.dataclass for others")
        methods = _SHARED | (_FROZEN if frozen else {}) | ({"__init__": _init} if init else {})
        if eq:
            methods |= {"__eq__": _eq, "__hash__": _hash if frozen else None}

        def define(cls: "_Class") -> "_Class":
            own = cls.__dict__
            collect = dataclasses.dataclass(init=False, repr=False, eq=False, kw_only=True, slots=True)
            value = collect(cls)
            for name, method in methods.items():
                if name == "__init__" or name not in own:
                    setattr(value, name, method)
            value.__filling__ = tuple(_filling(value, field) for field in dataclasses.fields(value))
            value.__plain__ = _plain(value)
            value.__compared__ = tuple(f.name for f in dataclasses.fields(value) if f.compare)
            return value

        return define


def _filling(value: type, field: dataclasses.Field[Any]) -> tuple[str, Any, bool, Any, Any]:
    """How a new object gets a field: its name, the slot's setter, whether it is an argument, default, factory."""
    return (field.name, getattr(value, field.name).__set__, field.init, field.default, field.default_factory)


def _plain(value: type) -> tuple[tuple[tuple[str, Any], ...], dict[str, Any], bool] | None:
    """The setter of each field, the defaults, and whether there is a `__post_init__`; None where a field is no argument or is made anew
    for each object."""
    fields = dataclasses.fields(value)
    if any(not f.init or f.default_factory is not dataclasses.MISSING for f in fields):
        return None
    setters = tuple((f.name, getattr(value, f.name).__set__) for f in fields)
    defaults = {f.name: f.default for f in fields if f.default is not dataclasses.MISSING}
    return setters, defaults, hasattr(value, "__post_init__")


def _init(self: Any, /, **given: Any) -> None:
    """The quick way, where every field is given or has a plain default; all else, and all that is wrong, the other."""
    if self.__plain__ is None:
        _fill(self, given)
        return
    setters, defaults, checks = self.__plain__
    values = {**defaults, **given} if len(given) < len(setters) else given
    if len(values) != len(setters):
        raise _wrong_arguments(self, given)
    try:
        for name, put in setters:
            put(self, values[name])
    except KeyError:
        raise _wrong_arguments(self, given) from None
    if checks:
        self.__post_init__()


def _fill(self: Any, given: dict[str, Any]) -> None:
    taken = 0
    for name, put, is_argument, default, factory in self.__filling__:
        if is_argument and name in given:
            put(self, given[name])
            taken += 1
        elif default is not dataclasses.MISSING:
            put(self, default)
        elif factory is not dataclasses.MISSING:
            put(self, factory())
        else:
            raise _wrong_arguments(self, given)
    if taken != len(given):
        raise _wrong_arguments(self, given)
    if hasattr(self, "__post_init__"):
        self.__post_init__()


def _wrong_arguments(value: Any, given: dict[str, Any]) -> TypeError:
    arguments = [f for f in dataclasses.fields(value) if f.init]
    unknown = [name for name in given if name not in {f.name for f in arguments}]
    called = f"{type(value).__qualname__}.__init__()"
    if unknown:
        return TypeError(f"{called} got an unexpected keyword argument {unknown[0]!r}")
    required = [f.name for f in arguments if f.default is f.default_factory is dataclasses.MISSING]
    missing = [repr(name) for name in required if name not in given]
    return TypeError(
        f"{called} missing {len(missing)} required keyword-only argument(s): {', '.join(missing)}"
    )


def _repr(self: Any) -> str:
    shown = (f"{f.name}={getattr(self, f.name)!r}" for f in dataclasses.fields(self) if f.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _compared(value: Any) -> tuple[Any, ...]:
    return tuple([getattr(value, name) for name in value.__compared__])


def _eq(self: Any, other: object) -> bool:
    return _compared(self) == _compared(other) if type(other) is type(self) else NotImplemented


def _hash(self: Any) -> int:
    return hash(_compared(self))


def _frozen_setattr(_self: object, name: str, _value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _frozen_delattr(_self: object, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _getstate(self: Any) -> list[Any]:
    return [getattr(self, filling[0]) for filling in self.__filling__]


def _setstate(self: Any, state: list[Any]) -> None:
    for filling, item in zip(self.__filling__, state, strict=True):
        filling[1](self, item)


_SHARED = {"__repr__": _repr, "__getstate__": _getstate, "__setstate__": _setstate}
_FROZEN = {"__setattr__": _frozen_setattr, "__delattr__": _frozen_delattr}

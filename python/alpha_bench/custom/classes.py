"""Classes that a custom feature reads, where nothing changes them once they are written: as plain data, for its identity.

A class counts by its source, the values of its attributes and fields, and what its methods read. A frozen dataclass, a member of an
enumeration and a named tuple count by their class and what they hold. Whatever could keep something is refused.
"""

from __future__ import annotations

import ast
import dataclasses
import datetime as dt
import decimal
import enum
import fractions
import functools
import linecache
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from types import FunctionType
from typing import Any, TypeAlias

from alpha_bench.custom.fresh import of_a_library
from alpha_bench.errors import AlphaBenchError
from alpha_bench.runtime import Form, code_form, constant_form

Refuse: TypeAlias = Callable[[str, str], AlphaBenchError]
"""Makes the error: what is wrong with the class, and the way out."""
OfFunction: TypeAlias = Callable[[FunctionType], Form]
"""What a function of the class is."""

_MACHINERY = frozenset(
    "__abstractmethods__ __annotate__ __annotate_func__ __annotations__ __annotations_cache__ __conditional_annotations__ "
    "__dataclass_fields__ __dataclass_params__ __dict__ __doc__ __firstlineno__ __hash__ __match_args__ __module__ __orig_bases__ "
    "__parameters__ __qualname__ __slots__ __static_attributes__ __type_params__ __weakref__ _abc_impl _field_defaults "
    "_fields".split()
)
_STATELESS = frozenset(
    {"_tuplegetter", "DynamicClassAttribute", "getset_descriptor", "member", "member_descriptor", "property"}
)
_IMMUTABLE = (
    dt.date,
    dt.time,
    dt.timedelta,
    dt.timezone,
    decimal.Decimal,
    fractions.Fraction,
    range,
)
_CONSTANT = "make it a frozen dataclass, an enumeration, a named tuple or a constant (number, text, tuple)"


def plain_constant(value: object) -> Form | None:
    """A number, text, day, span or tuple of such, with its type; None for what could change."""
    if type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
        value = value.item()
    if isinstance(value, re.Pattern):
        return ["pattern", constant_form(value.pattern), str(value.flags)]
    if isinstance(value, _IMMUTABLE):
        return [type(value).__name__, repr(value)]
    try:
        return constant_form(value)
    except TypeError:
        return None


def is_own(cls: object) -> bool:
    """Whether ``cls`` is a class that no library defines."""
    home = sys.modules.get(str(getattr(cls, "__module__", None)))
    return isinstance(cls, type) and home is not None and not of_a_library(home)


def class_form(cls: type, refuse: Refuse, of_function: OfFunction) -> Form:
    """What the class is. Raises what ``refuse`` makes where it keeps something or its source cannot be read."""
    node = definition_of_class(cls)
    if node is None:
        raise refuse("whose source cannot be read", "define it in a module or in a notebook's cell")
    if is_own(type(cls)):
        raise refuse(f"made by {type(cls).__name__}, a class of your own", _CONSTANT)
    bases: list[Form] = [
        class_form(b, refuse, of_function) if is_own(b) else ["export", f"{b.__module__}:{b.__qualname__}"]
        for b in cls.__bases__
    ]
    held: list[Form] = [
        [name, form]
        for name, value in _written(cls, node)
        if (form := _attribute(name, value, refuse, of_function)) is not None
    ]
    return ["class", code_form(node), bases, held, _fields(cls, refuse, of_function)]


def instance_form(value: object, refuse: Refuse, of_function: OfFunction) -> Form | None:
    """What a member, a frozen dataclass or a named tuple of the researcher's own class is; None for any other value."""
    cls = type(value)
    if not is_own(cls):
        return None
    if isinstance(value, enum.Enum):
        return ["member", class_form(cls, refuse, of_function), value.name]
    if dataclasses.is_dataclass(value) and cls.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        cached = {n for n in dir(cls) if isinstance(getattr(cls, n, None), functools.cached_property)}
        names = {f.name for f in dataclasses.fields(value)} | getattr(value, "__dict__", {}).keys()
        held: list[Form] = [
            [n, _value_form(getattr(value, n), f"holds {n}", refuse, of_function)]
            for n in sorted(names - cached)
        ]
        return ["instance", class_form(cls, refuse, of_function), held]
    if isinstance(value, tuple | int | float | str) and not getattr(value, "__dict__", None):
        return ["instance", class_form(cls, refuse, of_function), constant_form(value)]
    return None


def definition_of_class(cls: type) -> ast.ClassDef | None:
    """The class statement that ``cls`` was made by, at the top level of its module or of a cell, the last one first."""
    module = sys.modules.get(cls.__module__)
    file = getattr(module, "__file__", None)
    cells = [n for n in reversed(linecache.cache) if n.startswith("<") or "ipykernel_" in n]
    for name in [file] if file and cls.__module__ != "__main__" else [*cells, *([file] if file else [])]:
        try:
            tree = ast.parse("".join(linecache.getlines(name, vars(module) if module else None)))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for part in tree.body:
            if isinstance(part, ast.ClassDef) and part.name == cls.__qualname__:
                return part
    return None


def _written(cls: type, node: ast.ClassDef) -> Iterator[tuple[str, object]]:
    """The attributes of a class that somebody wrote, by name; not what Python, a decorator or a metaclass adds."""
    said = {p.id for p in ast.walk(node) if isinstance(p, ast.Name)}
    said |= {p.name for p in ast.walk(node) if isinstance(p, ast.FunctionDef)}
    members: Mapping[str, enum.Enum] = cls.__members__ if isinstance(cls, enum.EnumMeta) else {}
    yield from ((name, member.value) for name, member in sorted(members.items()))
    for name, value in sorted(vars(cls).items()):
        dunder = name.startswith("__") or (bool(members) and name.startswith("_") and name.endswith("_"))
        if name not in _MACHINERY and name not in members and (name in said or not dunder):
            yield name, value


def _attribute(name: str, value: Any, refuse: Refuse, of_function: OfFunction) -> Form | None:
    """What one attribute is; None where a library made it of what is written."""
    functions = list(_functions(value))
    if functions:
        return [of_function(f) for f in functions if _of_the_body(f)] or None
    if type(value).__name__ in _STATELESS and not is_own(type(value)):
        return None
    return _value_form(value, f"keeps {name}", refuse, of_function)


def _functions(value: Any) -> Iterator[FunctionType]:
    """The functions in what stands in a class."""
    if isinstance(value, property):
        found = [value.fget, value.fset, value.fdel]
    else:
        found = [
            getattr(value, "__func__", None)
            or getattr(value, "func", None)
            or getattr(value, "__wrapped__", None)
            or value
        ]
    for one in found:
        if isinstance(one, FunctionType):
            yield one


def _of_the_body(function: FunctionType) -> bool:
    """Whether it was written, not made by a decorator of a library, such as ``dataclass``."""
    module = sys.modules.get(function.__module__ or "")
    return not function.__code__.co_filename.startswith("<string>") and (
        module is None or not of_a_library(module)
    )


def _fields(cls: type, refuse: Refuse, of_function: OfFunction) -> list[Form]:
    """The defaults of a dataclass or named tuple: they are no attributes where there are slots."""
    found: list[Form] = []
    for name, default in dict(getattr(cls, "_field_defaults", {})).items():
        found.append([name, _value_form(default, f"has {name}", refuse, of_function)])
    for name, one in getattr(cls, "__dataclass_fields__", {}).items():
        if one.default is not dataclasses.MISSING:
            found.append([name, _value_form(one.default, f"has {name}", refuse, of_function)])
        elif isinstance(one.default_factory, FunctionType):
            found.append([name, of_function(one.default_factory)])
    return found


def _value_form(value: object, what: str, refuse: Refuse, of_function: OfFunction) -> Form:
    form = instance_form(value, refuse, of_function)
    if form is not None:
        return form
    if isinstance(value, tuple):
        return ["tuple", *(_value_form(v, what, refuse, of_function) for v in value)]
    if (constant := plain_constant(value)) is not None:
        return constant
    raise refuse(f"that {what}, a {type(value).__name__}", _CONSTANT)

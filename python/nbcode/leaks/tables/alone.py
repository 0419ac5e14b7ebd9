"""Whether what a function of the cells gives depends on nothing but what it is given and on values that can be compared: it then need
not be asked twice for the same. When in doubt it is taken for one that does."""

from __future__ import annotations

import builtins
import dis
from collections.abc import Callable, Iterator
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

Read = tuple[object, ...]
"""What a function is and reads besides its arguments: equal where it gives the same for the same."""

_CONSTANTS = (bool, int, float, complex, str, bytes, type(None), np.generic, range)
_STORES = frozenset(
    {"STORE_GLOBAL", "DELETE_GLOBAL", "STORE_ATTR", "DELETE_ATTR", "IMPORT_NAME", "LOAD_NAME"}
)
_CHANGED_BY = frozenset(
    {"sort", "fill", "put", "itemset", "resize", "partition", "copyto", "place", "putmask", "setflags"}
)
_DRAWS_OR_TELLS_THE_TIME = frozenset(
    """bootstrap breakpoint choice compile default_rng delattr environ eval exec get_ipython getenv globals hash id input locals
    monte_carlo_test next now open permutation permutation_test perf_counter process_time random RandomState rvs sample setattr shuffle
    time time_ns today utcnow vars __import__""".split()
)
_MOST_DEEP = 6
_MOST_NUMBERS = 100_000


class _InDoubtError(Exception):
    """It may depend on more, or change something."""


def reads_of(function: Any, of_cells: Callable[[str], bool]) -> Read | None:
    """What ``function`` is and reads, None where it may depend on more than that. ``of_cells`` says of a file whether it is the
    notebook's or the project's."""
    try:
        return _of_callable(function, of_cells, 0)
    except _InDoubtError:
        return None


def _of_callable(function: Any, of_cells: Callable[[str], bool], depth: int) -> Read:
    if isinstance(function, FunctionType) and of_cells(function.__code__.co_filename):
        return _of_function(function, of_cells, depth)
    if isinstance(function, FunctionType):
        inner = [cell.cell_contents for cell in function.__closure__ or () if _is_full(cell)]
        if any(isinstance(one, FunctionType) and of_cells(one.__code__.co_filename) for one in inner):
            raise _InDoubtError  # a decorator, which may keep something
    elif isinstance(function, type):
        if function.__module__ == "__main__" or function.__module__ is None:
            raise _InDoubtError
    elif not isinstance(function, BuiltinFunctionType | np.ufunc | type(np.mean)):
        raise _InDoubtError
    bound = getattr(function, "__self__", None)
    if not (bound is None or isinstance(bound, ModuleType)):
        raise _InDoubtError
    return (
        "library",
        getattr(function, "__module__", ""),
        getattr(function, "__qualname__", function.__name__),
    )


def _of_function(function: FunctionType, of_cells: Callable[[str], bool], depth: int) -> Read:
    if depth > _MOST_DEEP or function.__dict__:
        raise _InDoubtError
    codes = list(_codes(function.__code__))
    held = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    read: list[object] = [_shape(function.__code__)]
    arrays = stores = False
    for code in codes:
        if _DRAWS_OR_TELLS_THE_TIME & set(code.co_names):
            raise _InDoubtError
        for chain, stored in _chains(code, frozenset(held)):
            stores = stores or stored
            if chain:
                value = _value(chain, function, held)
                arrays = arrays or isinstance(value, np.ndarray)
                read.append((chain, _of_value(value, of_cells, depth)))
    for value in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
        arrays = arrays or isinstance(value, np.ndarray)
        read.append(_of_value(value, of_cells, depth))
    changes = stores or any(_CHANGED_BY & set(code.co_names) or _has_out(code) for code in codes)
    if arrays and changes:
        raise _InDoubtError
    return tuple(read)


def _of_value(value: Any, of_cells: Callable[[str], bool], depth: int) -> object:
    if isinstance(value, ModuleType):
        return "module", value.__name__
    if isinstance(value, _CONSTANTS):
        return type(value), repr(value)
    if isinstance(value, tuple | frozenset):
        return type(value), tuple(_of_value(one, of_cells, depth) for one in value)
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufM" and value.size <= _MOST_NUMBERS:
        return value.dtype.str, value.shape, value.tobytes()
    return _of_callable(value, of_cells, depth + 1)


def _chains(code: CodeType, free: frozenset[str]) -> Iterator[tuple[tuple[str, ...], bool]]:
    """The names from outside that code reads, with the attributes that are taken of each; and whether a value is put into another there."""
    chain: tuple[str, ...] = ()
    for one in dis.get_instructions(code):
        if one.opname in _STORES or (one.opname in {"STORE_DEREF", "DELETE_DEREF"} and one.argval in free):
            raise _InDoubtError
        if one.opname in {"LOAD_ATTR", "LOAD_METHOD"} and chain:
            chain = (*chain, str(one.argval))
            continue
        yield chain, one.opname in {"STORE_SUBSCR", "DELETE_SUBSCR", "STORE_SLICE"}
        outside = one.opname == "LOAD_GLOBAL" or (
            one.opname in {"LOAD_DEREF", "LOAD_CLASSDEREF"} and one.argval in free
        )
        chain = (str(one.argval),) if outside else ()
    yield chain, False


def _value(chain: tuple[str, ...], function: FunctionType, held: dict[str, Any]) -> Any:
    """What a chain stands for, as far as it leads through modules."""
    name, *attributes = chain
    if name in held:
        if not _is_full(held[name]):
            raise _InDoubtError
        value = held[name].cell_contents
    elif name in function.__globals__:
        value = function.__globals__[name]
    elif hasattr(builtins, name):
        value = getattr(builtins, name)
    else:
        raise _InDoubtError
    for attribute in attributes:
        if not isinstance(value, ModuleType):
            break
        if not hasattr(value, attribute):
            raise _InDoubtError
        value = getattr(value, attribute)
    return value


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield from _codes(one)


def _shape(code: CodeType) -> Read:
    """Code as it computes, wherever it stands."""
    constants = tuple(
        _shape(one) if isinstance(one, CodeType) else (type(one), repr(one)) for one in code.co_consts
    )
    return code.co_code, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars, constants


def _has_out(code: CodeType) -> bool:
    """Whether it calls something with ``out=``, or in place."""
    words = (one for one in code.co_consts if isinstance(one, tuple))
    return any("out" in one or "inplace" in one for one in words)


def _is_full(cell: Any) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:
        return False

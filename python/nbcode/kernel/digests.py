"""What a value is made of, as digests: the bytes of arrays and tables, the parameters of models, plain values.

Made to be compared in one process alone, before and after a cell: a digest says nothing to another process. What a read may write
(a lazily computed attribute, a cache, a counter) is *soft*, or not in it.
"""

from __future__ import annotations

import functools
import itertools
import re
import sys
import zlib
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from datetime import date, timedelta, tzinfo
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import PurePath
from random import Random
from types import FunctionType, MethodType, SimpleNamespace
from typing import Any

SAMPLED = 65536  # elements of the first arrays of a value that is looked at in part
THINGS = 4000  # objects of one value
_DEEP = 12
_SOFT = "~"
_PER_OBJECT = 256  # bytes that an object of a list or a column counts for
_BY_VALUE = (date, timedelta, tzinfo, Decimal, Fraction, PurePath, Enum, range, slice, re.Pattern)
_ATOMS = frozenset({int, float, str, bytes, bool, type(None)})
_MODEL = ("fit", "predict", "transform", "partial_fit", "get_params")
_CLOCKS = frozenset({"cv_results_", "refit_time_"})  # how long a search took is no state of its model


_kept: Callable[[Callable[[type], bool]], Callable[[type], bool]] = functools.lru_cache(maxsize=1024)


class TooMuchError(Exception):
    """More bytes than are allowed."""


class Digests:
    """The digests of one value by where they are in it. ``size`` counts the bytes that were read; ``complete`` is false where something
    of it was not looked at; ``opaque`` where nothing of it can be: then it is what it was as long as it is the same object."""

    def __init__(self, value: object, *, allowed: int | None) -> None:
        """Look at ``value`` whole, or with ``allowed`` None at a sample of its arrays.

        Raises:
            TooMuchError: where it has more than ``allowed`` bytes.
        """
        self.parts: dict[str, int] = {}
        self.size = 0
        self.complete = allowed is not None
        self.opaque = False
        self.sampled = allowed is None
        self._allowed = allowed
        self._seen: dict[int, object] = {}
        self._arrays = 0
        try:
            self._add("", value, 0)
        except TooMuchError:
            raise
        except Exception:  # of an object of somebody else's
            self.parts, self.complete, self.opaque = {"": id(value)}, False, True
        finally:
            self._seen = {}  # hold nothing of the user's

    def same(self, after: Digests) -> bool:
        """Whether ``after`` is the same; what is soft may come and go, but what of it is in both is the same."""
        one, other = self.parts, after.parts
        return all(
            one[where] == other[where] if where in one and where in other else _SOFT in where
            for where in one.keys() | other.keys()
        )

    def _add(self, where: str, value: object, deep: int) -> None:
        if len(self._seen) > THINGS or deep > _DEEP:
            self.complete = False
            return
        plain = _plain(value)
        if plain is not None:
            self.parts[where] = plain
            return
        if id(value) in self._seen:
            return
        self._seen[id(value)] = value  # kept, so that no other object gets its id meanwhile
        table = self._table(value)
        if table is not None:
            self.parts[where] = table
        elif isinstance(value, list | tuple | AbstractSet | Mapping):
            self._add_items(where, value, deep)
        elif (state := _state_of(value)) is not None:
            self._add(where, state, deep + 1)
        elif isinstance(value, type):
            self._add_class(where, value, deep)
        elif _walked(type(value)):
            self._add_attributes(where, value, deep)
        else:
            self.parts[where] = id(value)
            self.complete = False
            self.opaque = self.opaque or not where

    def _add_items(self, where: str, value: Any, deep: int) -> None:
        self._count(_PER_OBJECT * len(value))
        if isinstance(value, list | tuple) and set(map(type, value)) <= _ATOMS and self._allowed is not None:
            self.parts[where] = hash((type(value), tuple(value)))
            return
        items: Any = value.items() if isinstance(value, Mapping) else enumerate(value)
        if isinstance(value, AbstractSet):
            items = ((hash(v), v) for v in value)
        if self._allowed is None:
            items = itertools.islice(items, 0, None, 1 + len(value) // THINGS)
        nested: list[tuple[int, object]] = []
        plain: list[tuple[int, int]] = []
        for key, item in items:
            found = _plain(item)
            place = _plain(key)
            at = id(key) if place is None else place
            if found is None:
                nested.append((at, item))
            else:
                plain.append((at, found))
        self.parts[where] = hash((type(value), len(value), frozenset(plain)))
        for at, item in nested:
            self._add(f"{where}[{at}]", item, deep + 1)

    def _add_attributes(self, where: str, value: object, deep: int) -> None:
        kind = type(value)
        own = _is_own(kind)
        self.parts[where] = hash(kind)
        if own and id(kind) not in self._seen:
            self._seen[id(kind)] = kind
            self._add_class(f"{where}:", kind, deep)
        for name, part in _attributes(value).items():
            private = name.startswith("_")
            counts = isinstance(part, float) or not (
                _plain(part) is not None or isinstance(part, list | tuple | AbstractSet | Mapping)
            )
            if name in _CLOCKS or (private and not counts) or _is_opaque(part):
                continue
            lazy = isinstance(getattr(kind, name, None), functools.cached_property)
            hard = not private and not lazy and (own or name.endswith("_"))
            self._add(f"{where}{'.' if hard else _SOFT}{name}", part, deep + 1)

    def _add_class(self, where: str, kind: type, deep: int) -> None:
        """The functions of a class, and of the user's own what else is kept on it."""
        held = vars(kind)
        functions = {k: hash(v.__code__) for k, v in held.items() if isinstance(v, FunctionType)}
        self.parts[where] = hash((id(kind), frozenset(functions.items())))
        if not _is_own(kind):
            return
        for name, part in held.items():
            kept = isinstance(part, list | tuple | AbstractSet | Mapping)
            if not name.startswith("_") and name not in functions and (kept or _plain(part) is not None):
                self._add(f"{where}.{name}", part, deep + 1)
        for base in kind.__bases__:
            if _is_own(base) and id(base) not in self._seen:
                self._seen[id(base)] = base
                self._add_class(f"{where}:{base.__name__}", base, deep + 1)

    def _count(self, size: int) -> None:
        self.size += size
        if self._allowed is not None and self.size > self._allowed:
            raise TooMuchError

    def _table(self, value: object) -> int | None:
        """The digest of an array or a table; None for anything else. No library is loaded for it."""
        np, pd, pl = (sys.modules.get(name) for name in ("numpy", "pandas", "polars"))
        if np is not None and isinstance(value, np.ndarray):
            return self._array(value)
        if pd is not None and isinstance(value, pd.DataFrame):
            return self._frame(value)
        if pd is not None and isinstance(value, pd.Series):
            return hash((self._index(value.index), value.name, self._column(value.array)))
        if pd is not None and isinstance(value, pd.Index):
            return self._index(value)
        if pd is not None and isinstance(value, pd.api.extensions.ExtensionArray):
            return self._column(value)
        if pl is not None and isinstance(value, pl.DataFrame | pl.Series):
            frame = value if isinstance(value, pl.DataFrame) else value.to_frame()
            self._count(int(frame.estimated_size()))
            part = frame if self._allowed is not None else frame.gather_every(1 + len(frame) // SAMPLED)
            return hash((str(frame.schema), frame.shape, self._array(part.hash_rows().to_numpy())))
        return None

    def _frame(self, frame: Any) -> int:
        kinds = set(frame.dtypes)
        shape = (frame.shape, self._index(frame.columns), self._index(frame.index))
        if len(kinds) == 1 and type(next(iter(kinds))).__module__.startswith("numpy"):
            return hash((shape, self._array(frame.to_numpy())))
        return hash((shape, *(self._column(frame.iloc[:, n].array) for n in range(frame.shape[1]))))

    def _index(self, index: Any) -> int:
        if hasattr(index, "levels"):
            codes = tuple(self._array(c) for c in index.codes)
            return hash((tuple(index.names), codes, tuple(self._index(level) for level in index.levels)))
        if hasattr(index, "step") and hasattr(index, "start"):
            return hash((index.name, index.start, index.stop, index.step))
        return hash((index.name, self._column(index.array)))

    def _column(self, values: Any) -> int:
        """Of an array of pandas, without its index."""
        pd: Any = sys.modules["pandas"]
        if isinstance(values, pd.arrays.NumpyExtensionArray) or not pd.api.types.is_extension_array_dtype(
            values
        ):
            return self._array(values.to_numpy())
        if isinstance(values, pd.Categorical):
            return hash((values.ordered, self._array(values.codes), self._index(values.categories)))
        if hasattr(values, "__arrow_array__") and str(values.dtype) in {"str", "string"}:
            held = values.__arrow_array__()
            chunks = getattr(held, "chunks", [held])
            return hash(
                tuple((c.offset, len(c), *(self._buffer(b) for b in c.buffers() if b)) for c in chunks)
            )
        self._count(_PER_OBJECT * len(values))
        part = values if self._allowed is not None else values[:: 1 + len(values) // SAMPLED]
        hashed = pd.util.hash_array(part, categorize=False)
        return hash((str(values.dtype), len(values), self._array(hashed)))

    def _buffer(self, buffer: Any) -> int:
        return self._array(sys.modules["numpy"].frombuffer(buffer, dtype="u1"))

    def _array(self, array: Any) -> int:
        np: Any = sys.modules["numpy"]
        held = np.asarray(array)
        objects = held.dtype.hasobject
        self._count(held.size * (_PER_OBJECT if objects else held.itemsize))
        if self._allowed is None:
            most = max(256, SAMPLED >> self._arrays // 8)
            self._arrays += 1
            step = 1 + held.size // most
            if held.size > most:
                held = held.ravel(order="K")[:: step | 1] if held.flags.forc else held[:: 1 + len(held) // 64]
        if objects:
            values = held.ravel().tolist()
            kept = values if set(map(type, values)) <= _ATOMS else [_kept_as(v) for v in values]
            content = hash(tuple(kept))
        else:
            content = zlib.crc32(np.ascontiguousarray(held).reshape(-1).view("u1")) if held.size else 0
        return hash((str(array.dtype), array.shape, content))


def _kept_as(value: object) -> int:
    """The digest of an element of an array: of itself, or that it is the same object."""
    plain = _plain(value)
    return id(value) if plain is None else plain


def _plain(value: object) -> int | None:
    """The digest of what has no parts; None for anything else."""
    if value is None or isinstance(value, int | str | bytes):
        return hash((type(value), value))
    if isinstance(value, float | complex):
        return hash((type(value), repr(value)))  # a NaN is equal to itself
    if isinstance(value, FunctionType):
        return hash(value.__code__)
    if isinstance(value, MethodType):
        return hash(value.__func__)
    np = sys.modules.get("numpy")
    if np is not None and isinstance(value, np.generic):
        return hash((value.dtype.str, value.tobytes()))
    if isinstance(value, _BY_VALUE):
        try:
            return hash((type(value), value))
        except TypeError:  # a slice, before Python 3.12
            return hash((type(value), repr(value)))
    return None


def _state_of(value: object) -> object | None:
    """The state of what holds it outside Python: a random generator, the trees of a model."""
    kind = type(value)
    if isinstance(value, Random):
        return value.getstate()
    held: Any = value
    match kind.__module__.partition(".")[0]:
        case "numpy" if hasattr(kind, "get_state"):
            return held.get_state()  # type: ignore[no-any-return]
        case "numpy" if hasattr(kind, "bit_generator"):
            return held.bit_generator.state  # type: ignore[no-any-return]
        case "xgboost" if hasattr(kind, "save_raw"):
            return bytes(held.save_raw("ubj"))
        case "lightgbm" if hasattr(kind, "model_to_string"):
            return str(held.model_to_string())
        case "sklearn" if not hasattr(value, "__dict__") and hasattr(kind, "__getstate__"):
            return held.__getstate__()  # type: ignore[no-any-return]
    return None


def _is_opaque(value: object) -> bool:
    """Whether nothing of a value can be looked at."""
    shown = _plain(value) is not None or isinstance(value, list | tuple | AbstractSet | Mapping | type)
    if shown or _walked(type(value)) or isinstance(value, Random):
        return False
    return type(value).__module__.partition(".")[0] not in {
        "numpy",
        "pandas",
        "polars",
        "xgboost",
        "lightgbm",
        "sklearn",
    }


def _attributes(value: object) -> dict[str, object]:
    """What is kept on an object, without asking it."""
    try:
        found = dict(object.__getattribute__(value, "__dict__"))
    except AttributeError:
        found = {}
    for kind in type(value).__mro__:
        slots = vars(kind).get("__slots__", ())
        for name in [slots] if isinstance(slots, str) else slots:
            if not name.startswith("__") and hasattr(value, name):
                found[name] = getattr(value, name)
    return found


def is_random(value: object) -> bool:
    """Whether a value is a generator of random numbers."""
    if isinstance(value, Random):
        return True
    kind = type(value)
    return kind.__module__.startswith("numpy.") and (
        hasattr(kind, "get_state") or hasattr(kind, "bit_generator")
    )


def is_fixed(kind: type) -> bool:
    """Whether objects of ``kind`` never change: the platform's expressions and definitions."""
    return kind.__module__.partition(".")[0] in {"alpha_bench", "nbcode"}


@_kept
def _walked(kind: type) -> bool:
    """Whether the attributes of an object of ``kind`` are its state: a model's, or of a class of the user's own."""
    if is_fixed(kind):
        return False
    return _is_own(kind) or kind is SimpleNamespace or any(callable(getattr(kind, n, None)) for n in _MODEL)


@_kept
def _is_own(kind: type) -> bool:
    """Whether a class is of the notebook or its project, not of Python or of what is installed."""
    root = kind.__module__.partition(".")[0]
    if root == "__main__":
        return True
    file = getattr(sys.modules.get(kind.__module__), "__file__", None) or ""
    return bool(file) and root not in sys.stdlib_module_names and "-packages" not in file

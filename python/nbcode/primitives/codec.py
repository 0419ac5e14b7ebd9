"""Frozen dataclasses <-> plain JSON data: one strict codec for every value that is stored or crosses a process.

The shape of a value is read from its dataclass, here and in JSON Schemas, so that the two cannot disagree.
"""

from __future__ import annotations

import dataclasses
import json
import types
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from nbcode.primitives.canonical import Json
from nbcode.primitives.digest import Digest

_Value = TypeVar("_Value")


def to_plain(value: object) -> Json:
    """Plain JSON data of a value built of dataclasses, tuples, mappings and scalars.

    Every field is written, but one whose metadata says ``omit_empty`` where it is empty. A field whose metadata says ``text`` is an
    integer that may be large, and is written as text.

    Raises:
        ValueError: for any other value.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            f.name: str(getattr(value, f.name))
            if f.metadata.get("text")
            else to_plain(getattr(value, f.name))
            for f in dataclasses.fields(value)
            if not f.metadata.get("omit_empty") or getattr(value, f.name)
        }
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [to_plain(item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    raise ValueError(f"{type(value).__name__} has no plain form")


@cache
def hints_of(kind: type) -> Mapping[str, Any]:
    """The resolved types of a dataclass's fields; ``Json``, which is recursive, stands there as ``object``."""
    return get_type_hints(kind, localns={"Json": object})


def from_plain(kind: type[_Value], plain: object, path: str) -> _Value:
    """The value of type ``kind`` that ``plain`` writes: ``from_plain(type(v), to_plain(v), "") == v``.

    Strict: every field is there, no other is, and nothing is converted.

    Raises:
        ValueError: naming the path, what was expected and what was got.
    """
    value: _Value = _read(kind, plain, path)
    return value


def _read(kind: Any, plain: object, path: str) -> Any:
    if kind is object:
        return plain
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        (inner,) = (a for a in get_args(kind) if a is not type(None))
        return None if plain is None else _read(inner, plain, path)
    if origin is tuple:
        if not isinstance(plain, list):
            raise _expected("a list", plain, path)
        return _read_items(get_args(kind), plain, path)
    if origin is Mapping or origin is dict:
        if not isinstance(plain, dict):
            raise _expected("an object", plain, path)
        return {key: _read(get_args(kind)[1], item, f"{path}.{key}") for key, item in plain.items()}
    if origin is Literal:
        if not any(plain == one and type(plain) is type(one) for one in get_args(kind)):
            raise _expected(" or ".join(map(repr, get_args(kind))), plain, path)
        return plain
    if dataclasses.is_dataclass(kind):
        return _read_fields(kind, plain, path)
    return _read_scalar(kind, plain, path)


def _read_items(kinds: tuple[Any, ...], plain: list[object], path: str) -> tuple[Any, ...]:
    """``tuple[X, ...]``, or a tuple of as many items as there are kinds."""
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        kinds = (kinds[0],) * len(plain)
    if len(plain) != len(kinds):
        raise _expected(f"a list of {len(kinds)}", plain, path)
    return tuple(
        _read(kind, item, f"{path}[{i}]") for i, (kind, item) in enumerate(zip(kinds, plain, strict=True))
    )


def _read_fields(kind: Any, plain: object, path: str) -> Any:
    if not isinstance(plain, dict):
        raise _expected("an object", plain, path)
    fields = {f.name: f for f in dataclasses.fields(kind)}
    omissible = {name for name, f in fields.items() if f.metadata.get("omit_empty")}
    omitted = omissible - plain.keys()
    for name in sorted(omissible - omitted):
        if not plain[name]:
            raise _expected("something, or no such field", plain[name], f"{path}.{name}")
    if plain.keys() | omitted != fields.keys():
        missing = sorted(fields.keys() - omitted - plain.keys())
        unknown = sorted(plain.keys() - fields.keys())
        raise ValueError(f"{path}: missing {missing}, unknown {unknown}")
    hints = hints_of(kind)
    return kind(
        **{
            name: _read_text_number(plain[name], f"{path}.{name}")
            if f.metadata.get("text")
            else _read(hints[name], plain[name], f"{path}.{name}")
            for name, f in fields.items()
            if name not in omitted
        }
    )


def _read_text_number(plain: object, path: str) -> int:
    if not isinstance(plain, str) or not plain.isascii() or not plain.isdigit() or str(int(plain)) != plain:
        raise _expected("digits as text", plain, path)
    return int(plain)


def _read_scalar(kind: type, plain: object, path: str) -> object:
    if kind is int:
        if not isinstance(plain, int) or isinstance(plain, bool):
            raise _expected("an integer", plain, path)
        return plain
    if kind is float:
        if not isinstance(plain, int | float) or isinstance(plain, bool):
            raise _expected("a number", plain, path)
        return float(plain)
    if kind is bool:
        if not isinstance(plain, bool):
            raise _expected("true or false", plain, path)
        return plain
    if not isinstance(plain, str):
        raise _expected("text", plain, path)
    if kind is str:
        return plain
    if issubclass(kind, Digest | StrEnum):
        try:
            return kind(plain)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
    raise TypeError(f"{kind} has no reader")


def _expected(what: str, plain: object, path: str) -> ValueError:
    return ValueError(f"{path}: expected {what}, got {json.dumps(plain)[:60]}")

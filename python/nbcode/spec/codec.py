"""BuildSpec <-> canonical bytes.

Laws: ``decode(encode(s)) == s``, and ``encode(decode(b)) == b`` for every ``b`` that ``encode`` wrote. The shape of a
value is read from its dataclass, here and in the JSON Schema, so that the two cannot disagree.
"""

from __future__ import annotations

import dataclasses
import json
import math
import types
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from nbcode.primitives import Diagnostic, Digest, Json, canonical_json
from nbcode.spec.build_spec import BuildSpec
from nbcode.spec.migrations import migrate

_Value = TypeVar("_Value")
_DIGITS = 17
"""The most characters of an integer that is exact in a double, its sign included."""


class SpecError(ValueError):
    """Bytes that are not a build spec this version reads. ``diagnostic`` says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        """Carry the finding to the command that asked."""
        self.diagnostic = diagnostic
        super().__init__(str(diagnostic))


def encode(spec: BuildSpec) -> bytes:
    """The canonical bytes (RFC 8785) of ``spec``, every field written.

    Raises:
        ValueError: a text holds a lone surrogate, or a number has no canonical form.
    """
    return canonical_json(to_plain(spec))


def decode(data: bytes) -> BuildSpec:
    """The spec that ``data`` writes, in any key order and white space; an old version is migrated.

    Raises:
        SpecError: NBC-I03 for a version that is newer than this program, NBC-I22 for anything that is not a spec.
    """
    try:
        plain = json.loads(
            data, object_pairs_hook=_unique, parse_int=_integer, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError) as error:
        raise SpecError(_damaged(f"it is not JSON: {error}")) from error
    version = plain.get("schema_version") if isinstance(plain, dict) else None
    if not isinstance(plain, dict) or not isinstance(version, int) or isinstance(version, bool):
        raise SpecError(_damaged("it has no schema_version"))
    migrated = migrate(plain)
    if isinstance(migrated, Diagnostic):
        raise SpecError(migrated)
    try:
        return from_plain(BuildSpec, migrated, "spec")
    except ValueError as error:
        raise SpecError(_damaged(str(error))) from error


def to_plain(value: object) -> Json:
    """Plain JSON data of a value built of dataclasses, tuples and scalars."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            f.name: str(getattr(value, f.name))
            if f.metadata.get("text")
            else to_plain(getattr(value, f.name))
            for f in dataclasses.fields(value)
        }
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [to_plain(item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    raise ValueError(f"{type(value).__name__} has no place in a spec")


@cache
def hints_of(kind: type) -> Mapping[str, Any]:
    """The resolved types of a dataclass's fields; ``Json``, which is recursive, stands there as ``object``."""
    return get_type_hints(kind, localns={"Json": object})


def from_plain(kind: type[_Value], plain: object, path: str) -> _Value:
    """The value of type ``kind`` that ``plain`` writes.

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
        return tuple(_read(get_args(kind)[0], item, f"{path}[{i}]") for i, item in enumerate(plain))
    if origin is Literal:
        if plain not in get_args(kind):
            raise _expected(" or ".join(map(repr, get_args(kind))), plain, path)
        return plain
    if dataclasses.is_dataclass(kind):
        return _read_fields(kind, plain, path)
    return _read_scalar(kind, plain, path)


def _read_fields(kind: Any, plain: object, path: str) -> Any:
    if not isinstance(plain, dict):
        raise _expected("an object", plain, path)
    fields = {f.name: f for f in dataclasses.fields(kind)}
    if plain.keys() != fields.keys():
        missing = sorted(fields.keys() - plain.keys())
        unknown = sorted(plain.keys() - fields.keys())
        raise ValueError(f"{path}: missing {missing}, unknown {unknown}")
    hints = hints_of(kind)
    return kind(
        **{
            name: _read_text_number(plain[name], f"{path}.{name}")
            if f.metadata.get("text")
            else _read(hints[name], plain[name], f"{path}.{name}")
            for name, f in fields.items()
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


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _integer(text: str) -> int | float:
    """RFC 8785 writes 1e16 without exponent: what is beyond ±(2**53-1) was a float, and becomes one again."""
    if len(text) <= _DIGITS and abs(int(text)) < 2**53:
        return int(text)
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number is too large")
    return value


def _refuse_constant(text: str) -> object:
    raise ValueError(f"{text} is not a JSON number")


def _damaged(why: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-I22",
        message="the stored build spec cannot be read",
        cause=why,
        fixes=("build the notebook again: `nbcode build`",),
    )

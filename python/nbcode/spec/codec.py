"""BuildSpec <-> canonical bytes.

Laws: ``decode(encode(s)) == s``, and ``encode(decode(b)) == b`` for every ``b`` that ``encode`` wrote.
"""

from __future__ import annotations

import json
import math

from nbcode.primitives import Diagnostic, NbcodeError, canonical_json, from_plain, to_plain
from nbcode.spec.build_spec import BuildSpec
from nbcode.spec.migrations import migrate

_DIGITS = 17
"""The most characters of an integer that is exact in a double, its sign included."""


class SpecError(NbcodeError, ValueError):
    """Bytes that are not a build spec this version reads."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        """Take the one diagnostic that says why."""
        super().__init__([diagnostic])


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

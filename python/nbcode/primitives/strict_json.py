"""JSON, strictly: what other readers let pass (a key twice, NaN, endless digits) is found, not chosen from."""

from __future__ import annotations

import json
from collections.abc import Iterator

from nbcode.primitives.values import dataclass

PlainJson = None | bool | int | float | str | list["PlainJson"] | dict[str, "PlainJson"]
JsonPath = tuple[str | int, ...]


class TwiceKeyed(dict[str, "PlainJson"]):
    """An object in which ``key`` stood more than once. The last value won."""

    key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class JsonReading:
    """The value (None where it could not be read) and what was found while reading.

    ``offset`` is the byte at which reading stopped, ``non_finite`` and ``long_integer`` the literals found,
    ``too_deep`` whether nesting passed the bound, ``key_twice`` whether a :class:`TwiceKeyed` is inside.
    """

    value: PlainJson = None
    failed: bool = False
    offset: int = 0
    reason: str = ""
    non_finite: str | None = None
    long_integer_digits: int | None = None
    too_deep: bool = False
    key_twice: bool = False


def read_json(text: str, *, depth: int, integer_digits: int) -> JsonReading:
    """Read ``text``. Raises nothing: what is wrong is in the value returned."""
    constants: list[str] = []
    twice: list[TwiceKeyed] = []
    digits: list[int] = []

    def integer(literal: str) -> int:
        if len(literal) > integer_digits:
            digits.append(len(literal.lstrip("-")))
            return 0
        return int(literal)

    def constant(literal: str) -> float:
        constants.append(literal)
        return 0.0

    def pairs(given: list[tuple[str, PlainJson]]) -> dict[str, PlainJson]:
        plain = dict(given)
        if len(plain) == len(given):
            return plain
        twice.append(_twice_keyed(given))
        return twice[-1]

    try:
        value = json.loads(text, object_pairs_hook=pairs, parse_int=integer, parse_constant=constant)
    except json.JSONDecodeError as error:
        offset = len(text[: error.pos].encode("utf-8", "surrogatepass"))
        return JsonReading(failed=True, offset=offset, reason=error.msg)
    except RecursionError:
        return JsonReading(failed=True, too_deep=True)
    return JsonReading(
        value=value,
        non_finite=constants[0] if constants else None,
        long_integer_digits=digits[0] if digits else None,
        too_deep=_deeper_than(value, depth),
        key_twice=bool(twice),
    )


def _twice_keyed(pairs: list[tuple[str, PlainJson]]) -> TwiceKeyed:
    seen: set[str] = set()
    marked = TwiceKeyed(pairs)
    for key, _ in pairs:
        if key in seen:
            marked.key = key
        seen.add(key)
    return marked


def walk(value: PlainJson, path: JsonPath = ()) -> Iterator[tuple[JsonPath, PlainJson]]:
    """Every value inside ``value`` with its path, without recursion, in document order."""
    stack: list[tuple[JsonPath, PlainJson]] = [(path, value)]
    while stack:
        here, item = stack.pop()
        yield here, item
        if isinstance(item, dict):
            stack += [((*here, key), child) for key, child in reversed(item.items())]
        elif isinstance(item, list):
            stack += [((*here, i), child) for i, child in reversed(list(enumerate(item)))]


def _deeper_than(value: PlainJson, bound: int) -> bool:
    """Whether arrays and objects nest more than ``bound`` deep."""
    level = [value]
    for _ in range(bound):
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True

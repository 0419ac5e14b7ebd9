"""On which line each key of a TOML document stands: tomllib does not tell."""

from __future__ import annotations

import re
import tomllib

_HEADER = re.compile(r"\s*\[\[?(.+?)\]\]?\s*(?:#.*)?$")
_ASSIGNMENT = re.compile(
    r"""\s*((?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+))*)\s*="""
)


def line_of_keys(text: str) -> dict[tuple[str, ...], int]:
    """Path of a table or key -> its first line, counted from 1. A hint for messages: a line inside a multi-line text
    that looks like a key is taken for one."""
    lines: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line)
        assignment = None if header else _ASSIGNMENT.match(line)
        if header:
            table = _path(f"[{header[1]}]")
            _note(lines, table, number)
        elif assignment:
            _note(lines, table + _path(f"{assignment[1]} = 0"), number)
    return lines


def _note(lines: dict[tuple[str, ...], int], path: tuple[str, ...], number: int) -> None:
    for length in range(1, len(path) + 1):
        lines.setdefault(path[:length], number)


def _path(source: str) -> tuple[str, ...]:
    """The names in a header or a dotted key, with its quotes understood."""
    try:
        value: object = tomllib.loads(source)
    except tomllib.TOMLDecodeError:
        return ()
    parts: list[str] = []
    while isinstance(value, dict) and value:
        name, value = next(iter(value.items()))
        parts.append(name)
    return tuple(parts)

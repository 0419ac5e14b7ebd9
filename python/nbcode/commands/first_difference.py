"""Where two files first differ, in words: the key of a JSON document, the line of a text, the byte of anything else. Nothing is imported or run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_BLOCK = 1 << 20
_DOCUMENT_BYTES = 16 << 20
"""A larger file is not read as a document."""
_SHOWN = 60


def first_difference(was: Path, now: Path) -> str:
    """The place and both values, as in ``report.ic: 0.031 -> 0.029``, or ``byte 4096 of 8192``; empty for files of the same bytes."""
    if max(was.stat().st_size, now.stat().st_size) <= _DOCUMENT_BYTES:
        before, after = was.read_bytes(), now.read_bytes()
        if before == after:
            return ""
        told = _of_documents(before, after) or _of_texts(before, after)
        if told:
            return told
    return _of_bytes(was, now)


def _of_documents(before: bytes, after: bytes) -> str:
    try:
        one, other = json.loads(before), json.loads(after)
    except (ValueError, RecursionError):
        return ""
    return next(_different(one, other, ""), "")


def _different(one: Any, other: Any, path: str) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in [*one, *(key for key in other if key not in one)]:
            at = f"{path}.{key}" if path else str(key)
            if key not in one or key not in other:
                yield f"{at}: " + ("only in what was registered" if key in one else "only in what came out")
            else:
                yield from _different(one[key], other[key], at)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from _different(left, right, f"{path}[{number}]")
    elif one != other or type(one) is not type(other):
        yield f"{path or 'all of it'}: {_short(json.dumps(one))} -> {_short(json.dumps(other))}"


def _of_texts(before: bytes, after: bytes) -> str:
    try:
        lines, others = before.decode().splitlines(), after.decode().splitlines()
    except UnicodeDecodeError:
        return ""
    if b"\0" in before + after:
        return ""
    number = next((n for n, (a, b) in enumerate(zip(lines, others, strict=False)) if a != b), min(len(lines), len(others)))  # fmt: skip
    if number == len(lines) == len(others):
        return ""
    left, right = (_short(of[number]) if number < len(of) else "the end" for of in (lines, others))
    return f"line {number + 1}: {left} -> {right}"


def _of_bytes(was: Path, now: Path) -> str:
    at = 0
    with was.open("rb") as one, now.open("rb") as other:
        while True:
            left, right = one.read(_BLOCK), other.read(_BLOCK)
            if left != right:
                within = next((n for n, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))  # fmt: skip
                return f"byte {at + within} of {was.stat().st_size}"
            if not left:
                return ""
            at += len(left)


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"

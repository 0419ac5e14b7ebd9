"""The messages between parent and describe child: one JSON object each way, bounded."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nbcode.primitives import Diagnostic, Json, Place, Related, Severity

LARGEST_ANSWER_BYTES = 4_000_000
_DEPTH = 100
_TEXT = 4_000
_SEVERITIES = {str(s): s for s in Severity}


@dataclass(frozen=True, kw_only=True, slots=True)
class CellSource:
    """A tagged cell as the child runs it; lines count as in the notebook."""

    index: int
    tag: str
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """All that a child is told."""

    cells: tuple[CellSource, ...]
    label_names: tuple[str, ...]
    input_names: tuple[str, ...]
    memory_bytes: int

    def to_bytes(self) -> bytes:
        """UTF-8 JSON."""
        return json.dumps(
            {
                "cells": [{"index": c.index, "tag": c.tag, "source": c.source} for c in self.cells],
                "label_names": self.label_names,
                "input_names": self.input_names,
                "memory_bytes": self.memory_bytes,
            }
        ).encode()


def read_question(data: bytes) -> Question:
    """The inverse of :meth:`Question.to_bytes`; the child trusts its parent."""
    plain = json.loads(data)
    return Question(
        cells=tuple(CellSource(**c) for c in plain["cells"]),
        label_names=tuple(plain["label_names"]),
        input_names=tuple(plain["input_names"]),
        memory_bytes=plain["memory_bytes"],
    )


class AnswerError(ValueError):
    """The child's answer is not an answer. Says what is wrong with it."""


def read_object(data: bytes) -> dict[str, Json]:
    """Parse a child's answer without trusting it.

    Raises:
        AnswerError: unless it is one JSON object of at most ``LARGEST_ANSWER_BYTES`` with bounded depth.
    """
    if len(data) >= LARGEST_ANSWER_BYTES:
        raise AnswerError("the answer is too large")
    try:
        plain = json.loads(data, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise AnswerError(f"the answer is not JSON: {error}") from error
    if not isinstance(plain, dict):
        raise AnswerError("the answer is not a JSON object")
    _bound(plain, _DEPTH)
    return plain


def read_diagnostics(plain: object) -> tuple[Diagnostic, ...]:
    """Diagnostics of the child, field by field. Raises ``AnswerError`` for any other shape."""
    if not isinstance(plain, list) or len(plain) > 1000:
        raise AnswerError("diagnostics are not a list")
    return tuple(_diagnostic(item) for item in plain)


def _diagnostic(plain: object) -> Diagnostic:
    if not isinstance(plain, dict):
        raise AnswerError("a diagnostic is not an object")
    severity = _SEVERITIES.get(str(plain.get("severity")))
    code = plain.get("code")
    if severity is None or not isinstance(code, str) or not code.startswith("NBC-"):
        raise AnswerError("a diagnostic without code or severity")
    fixes, related = plain.get("fixes"), plain.get("related")
    return Diagnostic(
        code=code[:40],
        severity=severity,
        message=_text(plain, "message"),
        cause=_text(plain, "cause"),
        fixes=tuple(str(f)[:_TEXT] for f in fixes[:10]) if isinstance(fixes, list) else (),
        place=_place(plain),
        related=tuple(
            Related(message=_text(r, "message"), place=_place(r)) for r in related[:20] if isinstance(r, dict)
        )
        if isinstance(related, list)
        else (),
    )


def _place(plain: Mapping[str, object]) -> Place:
    tag = plain.get("tag")
    return Place(
        cell=_count(plain, "cell"),
        tag=tag[:40] if isinstance(tag, str) else None,
        line=_count(plain, "line"),
        column=_count(plain, "column"),
    )


def _count(plain: Mapping[str, object], key: str) -> int | None:
    value = plain.get(key)
    return value if type(value) is int and 0 < value < 10**9 else None


def _text(plain: Mapping[str, object], key: str) -> str:
    value = plain.get(key)
    return value[:_TEXT] if isinstance(value, str) else ""


def _refuse_constant(name: str) -> object:
    raise AnswerError(f"{name} is not JSON")


def _bound(value: object, depth: int) -> None:
    if depth == 0:
        raise AnswerError("the answer is nested too deep")
    parts: Sequence[object] = ()
    if isinstance(value, dict):
        parts = list(value.values())
    elif isinstance(value, list):
        parts = value
    for part in parts:
        _bound(part, depth - 1)

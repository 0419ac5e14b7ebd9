"""The messages between parent and describe child: one JSON object each way, bounded. Before its answer the child says which statement
it begins, a line each, so that whoever ends it knows where it was."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from nbcode.primitives import Diagnostic, Fix, Json, Place, Related, dataclass, from_plain, to_plain
from nbcode.results import Asked

LARGEST_REPLY_BYTES = 4_000_000
MODULES = "<project>/"
"""What stands before the path of a module of the project, below the folder where imports find it, in places that the child tells."""
_DEPTH = 100
_TEXT = 4_000
_REASON = 300
_MOST = 1_000
_STEPS = re.compile(rb"(at \d{1,9} \d{1,9} [a-z]{1,20}\n)*")


@dataclass(frozen=True, kw_only=True, slots=True)
class CellSource:
    """A tagged cell as the child runs it; lines count as in the notebook."""

    index: int
    tag: str
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ModuleSource:
    """A module of the project; ``path`` is below the folder where imports find it."""

    path: str
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DescribeRequest:
    """The whole input of a child."""

    cells: tuple[CellSource, ...]
    label_names: tuple[str, ...]
    input_names: tuple[str, ...]
    memory_bytes: int
    modules: tuple[ModuleSource, ...] = ()
    cpu_s: float | None = None
    asked: tuple[Asked, ...] = ()

    def to_bytes(self) -> bytes:
        """UTF-8 JSON."""
        return json.dumps(to_plain(self)).encode()


def read_request(data: bytes) -> DescribeRequest:
    """The inverse of :meth:`DescribeRequest.to_bytes`. Raises ValueError for anything else."""
    return from_plain(DescribeRequest, json.loads(data), "question")


@dataclass(frozen=True, kw_only=True, slots=True)
class DescribeReply:
    """What a child found: a definition (``plain`` where it is declarative), or why there is none. ``failure`` is "broken" where
    the cells left nothing to answer with; ``reason`` then says what was raised."""

    kind: Literal["declarative", "python"] | None = None
    plain: object = None
    failure: Literal["memory", "broken"] | None = None
    reason: str = ""
    diagnostics: tuple[object, ...] = ()

    def to_json(self) -> Json:
        """Plain JSON data."""
        return to_plain(self)


def reason_of(error: BaseException) -> str:
    """One line about ``error``, also where its own text cannot be made."""
    try:
        said = " ".join(str(error).split())
    except BaseException:
        said = ""
    return f"{type(error).__name__}: {said}"[:_REASON]


def step_line(place: Place) -> bytes:
    """What the child says before it runs the statement at ``place``."""
    return f"at {place.cell} {place.line} {place.tag}\n".encode("ascii")


def last_step(data: bytes) -> tuple[Place | None, bytes]:
    """The place of the statement that a child began last, and what follows: its answer. ``data`` is not trusted."""
    steps = _STEPS.match(data)
    rest = data[steps.end() :] if steps else data
    if not steps or not steps.group(1):
        return None, rest
    _, cell, line, tag = steps.group(1).decode("ascii").split()
    return Place(cell=_count(int(cell)), line=_count(int(line)), tag=tag), rest


class ReplyError(ValueError):
    """The child's answer is not an answer. Says what is wrong with it."""


class NoReplyError(ReplyError):
    """What the child wrote is nothing that it says by itself."""


def read_reply(data: bytes) -> DescribeReply:
    """Parse a child's answer without trusting it.

    Raises:
        ReplyError: unless it is one :class:`DescribeReply` of at most ``LARGEST_REPLY_BYTES`` with bounded depth.
    """
    if len(data) >= LARGEST_REPLY_BYTES:
        raise ReplyError("the answer is too large")
    try:
        plain = json.loads(data, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise NoReplyError("the answer is not JSON") from error
    _bound(plain, _DEPTH)
    try:
        return from_plain(DescribeReply, plain, "the answer")
    except ValueError as error:
        raise ReplyError(str(error)) from error


def read_diagnostics(plain: Sequence[object]) -> tuple[Diagnostic, ...]:
    """Diagnostics of the child, cut to what is shown. Raises ``ReplyError`` for any other shape."""
    if len(plain) > _MOST:
        raise ReplyError(f"more than {_MOST} diagnostics")
    try:
        return tuple(_cut(Diagnostic.from_json(item)) for item in plain)
    except ValueError as error:
        raise ReplyError(str(error)) from error


def _cut(diagnostic: Diagnostic) -> Diagnostic:
    """Texts and places of the child within bounds; it names no file but a module, and has no edits to offer."""
    if not diagnostic.code.startswith("NBC-"):
        raise ReplyError("a diagnostic without code")
    return replace(
        diagnostic,
        code=diagnostic.code[:40],
        message=diagnostic.message[:_TEXT],
        cause=diagnostic.cause[:_TEXT],
        fixes=tuple(Fix(title=title[:_TEXT]) for title in diagnostic.fix_titles[:10]),
        place=_place(diagnostic.place or Place()),
        related=tuple(
            Related(message=r.message[:_TEXT], place=_place(r.place)) for r in diagnostic.related[:20]
        ),
    )


def _place(place: Place) -> Place:
    path = place.path or ""
    return Place(
        path=path[:_REASON] if path.startswith(MODULES) else None,
        cell=_count(place.cell),
        tag=None if place.tag is None else place.tag[:40],
        line=_count(place.line),
        column=_count(place.column),
    )


def _count(value: int | None) -> int | None:
    return value if value is not None and 0 < value < 10**9 else None


def _refuse_constant(name: str) -> object:
    raise ReplyError(f"{name} is not JSON")


def _bound(value: object, depth: int) -> None:
    if depth == 0:
        raise ReplyError("the answer is nested too deep")
    parts: Sequence[object] = ()
    if isinstance(value, dict):
        parts = list(value.values())
    elif isinstance(value, list):
        parts = value
    for part in parts:
        _bound(part, depth - 1)

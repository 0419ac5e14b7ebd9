"""The marker line of a cell: ``# %% title [markdown] key="value"``, as Jupytext, VS Code and nbcode write it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from nbcode.primitives import dataclass

_START = re.compile(r"\s*#\s*%%%*(?:\s+(?P<rest>.*))?$")
_OTHER_START = re.compile(r"\s*#\s*(?:<codecell>|In\[[0-9 ]*\]:?)\s*$")
_GLUED = re.compile(r"\s*#\s*%%\[(?P<word>[^\]\s]{1,40})\]")
_KIND = re.compile(r"(?:^|\s)\[(?P<kind>markdown|md|raw)\]\s*$")
_OPTION = re.compile(r"(?:^|\s)(?P<key>[A-Za-z_][\w.-]*)=")
_TAG = re.compile(r"\[(?P<word>[^\[\]]*)\](?:\s|$)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Marker:
    """A marker, taken apart. ``tag_word`` is the text inside ``[...]`` at the title's start, as written.

    ``line`` is the marker as written; ``broken_column`` is the column (from 1) at which metadata on the line stops being readable.
    """

    kind: str
    title: str
    tag_word: str | None
    tags: object = None
    broken_column: int | None = None
    line: str = ""


def is_marker(line: str) -> bool:
    """Whether ``line`` starts a cell of a percent file."""
    return "#" in line and bool(_START.match(line) or _OTHER_START.match(line))


def head_line(lines: Sequence[str]) -> int:
    """The index of the line at which a cell's marker may stand: the first that is not blank; 0 where all are."""
    return next((number for number, line in enumerate(lines) if line.strip()), 0)


def glued_tag(line: str) -> str | None:
    """The word of ``# %%[model]``: meant as a marker, but no editor reads it as one."""
    found = _GLUED.match(line)
    return found["word"] if found else None


def read_marker(line: str) -> Marker:
    """Take apart a line for which :func:`is_marker` holds. Never raises."""
    found = _START.match(line)
    if found is None or not found["rest"]:
        return Marker(kind="code", title="", tag_word=None, line=line)
    rest, offset = found["rest"].rstrip(), found.start("rest")
    title, tags, broken = _split_options(rest)
    if broken is not None and _is_title(rest):
        title, broken = rest, None
    kind_found = _KIND.search(title)
    kind = "code"
    if kind_found:
        kind = "raw" if kind_found["kind"] == "raw" else "markdown"
        title = title[: kind_found.start()]
    title = title.strip()
    return Marker(
        kind=kind,
        title=title,
        tag_word=tag_word_of(title),
        tags=tags,
        broken_column=None if broken is None else offset + broken + 1,
        line=line,
    )


def _is_title(rest: str) -> bool:
    """Whether what cannot be read as metadata is a title with ``=`` or ``{`` in it: nothing is cut off, and no tag is lost."""
    return "tags" not in rest and all(
        rest.count(a) == rest.count(b) if a != b else rest.count(a) % 2 == 0
        for a, b in ("{}", "[]", "()", '""')
    )


def tag_word_of(title: str) -> str | None:
    """The word of ``[word]`` at the start of a cell's title, else None."""
    found = _TAG.match(title)
    return found["word"] if found else None


def _split_options(rest: str) -> tuple[str, object, int | None]:
    """Split into title, the value of ``tags`` and where reading failed (offset in ``rest``)."""
    brace = rest.find("{")
    option = _OPTION.search(rest)
    if brace >= 0 and (option is None or brace < option.start()):
        return _json_options(rest, brace)
    if option is None:
        return rest, None, None
    title, position, tags = rest[: option.start()], option.start(), None
    while position < len(rest):
        option = _OPTION.match(rest, position)
        if option is None:
            return title, tags, position
        value, end = _value(rest, option.end())
        if end is None:
            return title, tags, option.end()
        if option["key"] == "tags":
            tags = value
        position = end
    return title, tags, None


def _json_options(rest: str, brace: int) -> tuple[str, object, int | None]:
    try:
        options, end = json.JSONDecoder().raw_decode(rest, brace)
    except (ValueError, RecursionError) as error:
        return rest[:brace], None, getattr(error, "pos", brace)
    if rest[end:].strip():
        return rest[:brace], None, end
    return rest[:brace], options.get("tags"), None


def _value(rest: str, start: int) -> tuple[object, int | None]:
    """A JSON value, or a bare word, at ``start``; None as the end where it cannot be read."""
    try:
        return json.JSONDecoder().raw_decode(rest, start)
    except (ValueError, RecursionError):
        word = re.compile(r"[^\s\[\]{}\"',=]+(?=\s|$)").match(rest, start)
        return (word[0], word.end()) if word else (None, None)

"""The comment block of a ``[meta]`` cell to entries: a small strict part of YAML that every YAML reader agrees on.

One ``key: value`` a line, a mapping either indented below its key or in braces on one line, ``"double"`` or ``'single'``
quotes. Whatever YAML versions read in two ways, or whatever builds objects, is refused with its line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nbcode.notebook.editing import line_removed, replaced
from nbcode.notebook.marker import is_marker
from nbcode.primitives import TextEdit

MAX_SAFE_INTEGER = 2**53 - 1
MAX_LINE = 2_000
Plain = str | int | float | bool | None

_KEY = re.compile(r"(?P<key>\"[^\"]*\"|'[^']*'|[^\s\"'#\[\]{},][^:]*?|\[.*?\]|\{.*?\})\s*:(?=\s|$)")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_COMMENT = re.compile(r"\s+#.*$")
_NULL = re.compile(r"~|null|Null|NULL|")
_TRUE_OR_FALSE = re.compile(r"true|True|TRUE|false|False|FALSE")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF|nan|NaN|NAN)")
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}([Tt ].*)?")
_AMBIGUOUS = re.compile(
    r"(?i:y|n|yes|no|on|off)"  # truth values in YAML 1.1, text in 1.2
    r"|[-+]?0\d+|[-+]?0[oxb][0-9a-fA-F_]+"  # octal here, decimal there
    r"|[-+]?\d+(:[0-5]?\d)+(\.\d*)?"  # base 60
    r"|[-+]?\d[\d_]*_[\d_]*(\.[\d_]*)?"
    r"|[-+]?\d+[eE][-+]?\d+|\+\d+"
)
_INTEGER = re.compile(r"-?(0|[1-9]\d*)")
_DECIMAL = re.compile(r"[-+]?(\d+\.\d*|\.\d+)([eE][-+]?\d+)?")
_ESCAPE = re.compile(r'"(?:[^"\\]|\\.)*"')
_SINGLE = re.compile(r"'(?:[^']|'')*'")


@dataclass(frozen=True, kw_only=True, slots=True)
class Trouble:
    """One thing that cannot be read. ``code`` without prefix; ``line`` counts in the cell, ``column`` in that line.

    ``edits`` do what ``fix`` says where that is mechanical; their cell is filled in by whoever knows it.
    """

    code: str
    message: str
    cause: str
    fix: str
    line: int
    column: int = 1
    edits: tuple[TextEdit, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One key with its value, and where the value stands. ``quoted`` values are always text."""

    key: str
    value: Plain | Mapping[str, Entry]
    line: int
    column: int


@dataclass(frozen=True, kw_only=True, slots=True)
class MetaLines:
    """The top-level entries by key, and every trouble found."""

    entries: Mapping[str, Entry]
    troubles: tuple[Trouble, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Line:
    number: int
    indent: int
    text: str
    column: int


def read_meta_lines(source: str) -> MetaLines:
    """Read the source of a ``[meta]`` cell. Never raises."""
    troubles: list[Trouble] = []
    lines = list(_comment_lines(source, troubles))
    entries: dict[str, Entry] = {}
    if not lines:
        return MetaLines(entries=entries, troubles=tuple(troubles))
    base = lines[0].indent
    position = 0
    while position < len(lines):
        line = lines[position]
        position += 1
        below = []
        while position < len(lines) and lines[position].indent > base:
            below.append(lines[position])
            position += 1
        _entry(line, below, entries, troubles)
    return MetaLines(entries=entries, troubles=tuple(troubles))


def _comment_lines(source: str, troubles: list[Trouble]) -> Iterator[_Line]:
    for number, raw in enumerate(source.split("\n"), 1):
        if not raw.strip() or (number == 1 and is_marker(raw)):
            continue
        stripped = raw.lstrip()
        if not stripped.startswith("#"):
            troubles.append(
                Trouble(
                    code="C19",
                    message="a [meta] cell holds comment lines only",
                    cause=f"this line is code: {stripped[:40]!r}",
                    fix="write it as # key: value, or move the code to another cell",
                    line=number,
                )
            )
            continue
        if len(raw) > MAX_LINE:
            troubles.append(
                Trouble(
                    code="C19",
                    message=f"a line of {len(raw)} characters",
                    cause=f"a line of [meta] has at most {MAX_LINE}",
                    fix="write less",
                    line=number,
                )
            )
            continue
        if "\t" in raw:
            troubles.append(
                Trouble(
                    code="C11",
                    message="tab in [meta]",
                    cause="readers disagree on how far a tab indents",
                    fix="use spaces",
                    line=number,
                    column=raw.index("\t") + 1,
                    edits=tuple(
                        replaced(0, number, at, "\t", " ") for at, c in enumerate(raw, 1) if c == "\t"
                    ),
                )
            )
            continue
        content = stripped[1:].removeprefix(" ")
        text = content.lstrip(" ")
        if not text or text.startswith("#"):
            continue
        column = len(raw) - len(text) + 1
        if text.rstrip() in {"---", "..."} or text.startswith(("--- ", "%YAML")):
            troubles.append(
                Trouble(
                    code="C10",
                    message="more than one document in [meta]",
                    cause=f"`{text.rstrip()[:10]}` starts another document",
                    fix="delete the line",
                    line=number,
                    column=column,
                    edits=(line_removed(0, number),),
                )
            )
            continue
        yield _Line(number=number, indent=len(content) - len(text), text=text.rstrip(), column=column)


def _entry(line: _Line, below: list[_Line], entries: dict[str, Entry], troubles: list[Trouble]) -> None:
    split = _split_key(line, troubles)
    if split is None:
        return
    key, rest, column = split
    if key in entries:
        troubles.append(_twice(key, entries[key].line, line))
        return
    value: Plain | Mapping[str, Entry] | Trouble
    if below and (not rest or rest.startswith("#")):
        value = _nested(below, troubles)
    else:
        troubles += [
            Trouble(
                code="C19",
                message="a value goes on over several lines",
                cause=f"line {other.number} is indented below `{key}`, which has its value already",
                fix="write the value on one line",
                line=other.number,
                column=other.column,
            )
            for other in below[:1]
        ]
        value = _value(rest, line, column)
    if isinstance(value, Trouble):
        troubles.append(value)
        return
    entries[key] = Entry(key=key, value=value, line=line.number, column=column)


def _nested(below: list[_Line], troubles: list[Trouble]) -> Mapping[str, Entry]:
    inner: dict[str, Entry] = {}
    for line in below:
        _entry(line, [], inner, troubles)
    return inner


def _split_key(line: _Line, troubles: list[Trouble]) -> tuple[str, str, int] | None:
    """Key, the text after it and that text's column; None where the line has no usable key."""
    text = line.text
    early = _refused_start(text, line, line.column)
    if early is not None:
        troubles.append(early)
        return None
    found = _KEY.match(text)
    if found is None:
        near = re.match(r"(\w+):\S", text)
        troubles.append(
            Trouble(
                code="C19",
                message=f"not a `key: value` line: {_shown(text)}",
                cause="a space must follow the colon" if near else "every line of [meta] is # key: value",
                fix=f"write # {near[1]}: ..." if near else "write # key: value, or delete the line",
                line=line.number,
                column=line.column,
                edits=(replaced(0, line.number, line.column + near.end(1) + 1, "", " "),) if near else (),
            )
        )
        return None
    key = found["key"]
    if key == "<<":
        troubles.append(
            _trouble(
                "C04",
                "merge key `<<`",
                "what it merges is not seen where it is read",
                "write the keys out",
                line,
            )
        )
        return None
    if not _WORD.fullmatch(key) or isinstance(_plain(key, line, 1), Trouble | bool | None):
        troubles.append(
            _trouble(
                "C09",
                f"key {_shown(key)} is not a plain word",
                "keys are words such as owner",
                "rename it",
                line,
            )
        )
        return None
    rest = text[found.end() :]
    stripped = rest.lstrip()
    return key, stripped, line.column + found.end() + len(rest) - len(stripped)


def _shown(text: str) -> str:
    """A short form of a text for a message; long words are cut, since they may be secrets."""
    return repr(re.sub(r"\S{17,}", lambda found: found[0][:4] + "...", text[:60]))


def _trouble(  # noqa: PLR0917  # read as a sentence: what, why, the way out, where
    code: str,
    message: str,
    cause: str,
    fix: str,
    line: _Line,
    column: int | None = None,
    *,
    edits: tuple[TextEdit, ...] = (),
) -> Trouble:
    return Trouble(
        code=code,
        message=message,
        cause=cause,
        fix=fix,
        line=line.number,
        column=column or line.column,
        edits=edits,
    )


def _in_quotes(text: str, line: _Line, column: int) -> tuple[TextEdit, ...]:
    """The edit that quotes ``text``, unless it holds what would have to be escaped."""
    if '"' in text or "\\" in text:
        return ()
    return (replaced(0, line.number, column, text, f'"{text}"'),)


def _twice(key: str, first: int, line: _Line) -> Trouble:
    return _trouble(
        "C03",
        f"key `{key}` twice",
        f"it stands in line {first} and in line {line.number}",
        "delete one of the two",
        line,
    )


def _refused_start(text: str, line: _Line, column: int) -> Trouble | None:
    """Anchors, aliases, tags and other characters that a plain YAML text cannot start with."""
    if re.match(r"[&*][^\s=]", text):
        what = "anchors" if text[0] == "&" else "aliases"
        return _trouble(
            "C01",
            f"{what} are not allowed (line {line.number})",
            "they can grow without bound",
            "write the value out",
            line,
            column,
        )
    if text.startswith("!"):
        word = text.split(maxsplit=1)[0]
        if word in {"!!binary", "!!set", "!!omap", "!!pairs"}:
            return _trouble(
                "C09",
                f"{word[2:]} value",
                "[meta] holds text, numbers and names only",
                "write it as text",
                line,
                column,
            )
        return _trouble(
            "C02", f"tag `{word[:40]}`", "a tag can build any object", "delete the tag", line, column
        )
    if text == "?" or text.startswith("? "):
        return _trouble(
            "C09", "a key that is not text", "`?` starts a complex key", "write # key: value", line, column
        )
    if text == "-" or text.startswith("- "):
        return _trouble(
            "C13",
            "a list where a mapping is expected",
            "entries are `name: value`",
            "write # name: value",
            line,
            column,
        )
    if text[:1] in {"@", "`", "%", ">", "|"}:
        return _trouble(
            "C19",
            f"a value cannot start with `{text[0]}`",
            "YAML reserves the character",
            f'quote it: "{text[:20]}"',
            line,
            column,
        )
    return None


def _value(text: str, line: _Line, column: int) -> Plain | Mapping[str, Entry] | Trouble:
    refused = _refused_start(text, line, column) if text else None
    if refused is not None:
        return refused
    if text[:1] in {'"', "'"}:
        return _quoted(text, line, column)
    if text.startswith("{"):
        return _braces(text, line, column)
    if text.startswith("["):
        return _trouble(
            "C13", "a list", "no key of [meta] takes one", "write a mapping or text", line, column
        )
    return _plain(_COMMENT.sub("", "" if text.startswith("#") else text), line, column)


def _quoted(text: str, line: _Line, column: int) -> str | Trouble:
    found = (_ESCAPE if text[0] == '"' else _SINGLE).match(text)
    if found is None:
        return _trouble(
            "C19", "the quote is never closed", "the value runs on past the line", "close it", line, column
        )
    rest = text[found.end() :]
    if rest.strip() and not rest.lstrip().startswith("#"):
        return _trouble(
            "C19",
            "text after the closing quote",
            f"{_shown(rest.strip())} follows",
            "quote the whole value",
            line,
            column,
        )
    if text[0] == "'":
        return found[0][1:-1].replace("''", "'")
    try:
        value = json.loads(found[0])
    except ValueError:
        return _trouble(
            "C19",
            "unknown escape in the quotes",
            "the escapes of JSON are known",
            "use single quotes",
            line,
            column,
        )
    return str(value)


def _braces(text: str, line: _Line, column: int) -> Mapping[str, Entry] | Trouble:
    body = _COMMENT.sub("", text).rstrip() if not text.endswith("}") else text
    if not body.endswith("}"):
        return _trouble(
            "C19",
            "the brace is never closed",
            "a mapping in braces stands on one line",
            "close it",
            line,
            column,
        )
    entries: dict[str, Entry] = {}
    troubles: list[Trouble] = []
    for offset, part in _parts(body[1:-1]):
        if not part.strip():
            continue
        start = column + 1 + offset + len(part) - len(part.lstrip())
        inner = _Line(number=line.number, indent=0, text=part.strip(), column=start)
        if "{" in part or "[" in part:
            return _trouble(
                "C19", "braces inside braces", "no key of [meta] takes that", "write it flat", line, column
            )
        _entry(inner, [], entries, troubles)
    return troubles[0] if troubles else entries


def _parts(body: str) -> Iterator[tuple[int, str]]:
    """Divide at commas outside quotes; each part with its offset."""
    start, quote = 0, ""
    for position, character in enumerate(body):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character == ",":
            yield start, body[start:position]
            start = position + 1
    yield start, body[start:]


def _plain(text: str, line: _Line, column: int) -> Plain | Trouble:
    text = text.strip()
    if _NULL.fullmatch(text):
        return None
    if _TRUE_OR_FALSE.fullmatch(text):
        return text.lower() == "true"
    if _NOT_FINITE.fullmatch(text):
        return _trouble(
            "C07",
            f"`{text}` is not a number that can be written down",
            "JSON has no word for it",
            "give a finite number",
            line,
            column,
        )
    if _DATE.fullmatch(text):
        return _trouble(
            "C06",
            f"bare date `{text[:30]}`",
            "some readers make an object of it, others text",
            f'write "{text[:30]}" in quotes',
            line,
            column,
            edits=_in_quotes(text, line, column),
        )
    if _AMBIGUOUS.fullmatch(text):
        return _trouble(
            "C05",
            f"ambiguous scalar `{text[:30]}`",
            "readers disagree on whether it is text, a number or a truth value",
            f'quote it: "{text[:30]}"',
            line,
            column,
            edits=_in_quotes(text, line, column),
        )
    if ": " in text or text.endswith(":"):
        return _trouble(
            "C19",
            "a colon inside an unquoted value",
            "it reads as another key",
            "quote the value",
            line,
            column,
            edits=_in_quotes(text, line, column),
        )
    if _INTEGER.fullmatch(text):
        if len(text) > 17 or abs(int(text)) > MAX_SAFE_INTEGER:
            return _trouble(
                "C08",
                "an integer beyond 2**53-1",
                "JSON readers round it",
                "write it as text, in quotes",
                line,
                column,
                edits=_in_quotes(text, line, column),
            )
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    return text

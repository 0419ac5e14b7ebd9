"""One line of a ``[meta]`` block: its key and its value, or why it is refused.

Read by the YAML reader that models are read by; whatever YAML versions read in two ways, or whatever builds objects, is refused
with its place. A line of plain words needs no reader, and a check of a notebook that holds no other line imports none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from alpha_bench.describe import AlphaBenchError, yaml_node, yaml_scalar
from nbcode.notebook.editing import replaced
from nbcode.notebook.meta_as_of import AS_OF, is_day
from nbcode.primitives import TextEdit, dataclass

if TYPE_CHECKING:
    from alpha_bench.describe import YamlNode, YamlPlace

MAX_SAFE_INTEGER = 2**53 - 1
Plain = str | int | float | bool | None

PLAIN_WORDS = re.compile(
    r"(?P<key>[A-Za-z_][A-Za-z0-9_.-]*):(?: +(?P<value>[A-Za-z0-9](?:[A-Za-z0-9_./@-]| (?=[A-Za-z0-9_./@-]))*))?"
)
"""A line that no YAML reader could read otherwise than as this key and this text."""
_BREAK = re.compile("[\x85\u2028\u2029]")
_GLUED = re.compile(r"([A-Za-z_]\w*):(?!//)(\S.*)")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF|nan|NaN|NAN)")
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}([Tt ].*)?")
_AMBIGUOUS = re.compile(
    r"(?i:y|n|yes|no|on|off)|=|<<"  # truth values and the like in YAML 1.1, text in 1.2
    r"|[-+]?0\d+|[-+]?0[oxb][0-9a-fA-F_]+"  # octal here, decimal there
    r"|[-+]?\d+(:[0-5]?\d)+(\.\d*)?"  # base 60
    r"|[-+]?\d[\d_]*_[\d_]*(\.[\d_]*)?"
    r"|[-+]?\d+[eE][-+]?\d+|\+\d+"
)
_INTEGER = re.compile(r"-?(0|[1-9]\d*)")


@dataclass(frozen=True, kw_only=True, slots=True)
class MetaProblem:
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
    """One key with its value, and where the value stands."""

    key: str
    value: Plain | Mapping[str, Entry]
    line: int
    column: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A comment line without its ``#``. ``number`` counts in the cell, ``column`` is where ``text`` begins, ``indent`` the
    spaces between."""

    number: int
    indent: int
    text: str
    column: int


@dataclass(frozen=True, kw_only=True, slots=True)
class LineRead:
    """One line: its key, its value or why that is refused, where the value stands, and whether nothing stands there."""

    key: str
    value: Plain | Mapping[str, Entry] | MetaProblem
    column: int
    empty: bool = False


def read_line(line: Line) -> LineRead | MetaProblem:
    """The key and the value of a line, or why there is no key."""
    found = PLAIN_WORDS.fullmatch(line.text)
    if found is not None:
        key, text = found["key"], found["value"] or ""
        column = line.column + (found.start("value") if text else len(line.text))
        refused = _key_refused(key, line, line.column)
        if key == AS_OF and is_day(text):  # a day is what it takes: no reader can mean another
            return LineRead(key=key, value=text, column=column)
        return refused or LineRead(key=key, value=_plain(text, line, column), column=column, empty=not text)
    if line.text == "?" or line.text.startswith("? "):
        return problem_at(
            "C09", "a key that is not text", "`?` starts a complex key", "write # key: value", line
        )
    broken = _BREAK.search(line.text)
    if broken is not None:
        return problem_at(
            "C19",
            f"character U+{ord(broken[0]):04X}",
            "to some readers it ends the line",
            "delete the character",
            line,
            line.column + broken.start(),
            edits=(replaced(0, line.number, line.column + broken.start(), broken[0], ""),),
        )
    try:
        node = yaml_node(line.text)
    except AlphaBenchError as error:
        return _refused(error.context, line)
    if node.kind == "items" and not line.text.startswith("["):
        return problem_at(
            "C13",
            "a list where a mapping is expected",
            "entries are `name: value`",
            "write # name: value",
            line,
        )
    if node.kind != "entries" or len(node.nodes) != 1 or line.text.startswith("{"):
        return _no_entry(line)
    key, value = next(iter(node.nodes.items()))
    refused = _key_refused(key, line, _column(line, node.keys[key]))
    return refused or LineRead(
        key=key, value=_value(value, line), column=_column(line, value.place), empty=_is_empty(value)
    )


def _column(line: Line, place: YamlPlace) -> int:
    """The column in the cell of a place in the line's text."""
    return line.column + place.column - 1


def _is_empty(node: YamlNode) -> bool:
    return node.kind == "scalar" and node.style is None and not node.text


def _no_entry(line: Line) -> MetaProblem:
    near = _GLUED.match(line.text)
    if near is not None:
        return _glued(near, f"#{' ' * (line.indent + 1)}", line, line.column)
    return problem_at(
        "C19",
        f"not a `key: value` line: {_shown(line.text)}",
        "every line of [meta] is # key: value",
        "write # key: value, or delete the line",
        line,
    )


def _glued(near: re.Match[str], before: str, line: Line, column: int) -> MetaProblem:
    """A key whose colon is followed by its value at once: YAML reads one word, and no value."""
    return problem_at(
        "C19",
        f"not a `key: value` line: {_shown(near[0])}",
        "a space must follow the colon: without it YAML reads one word, and the key has no value",
        f"write {before}{near[1]}: {near[2][:60]}",
        line,
        column,
        edits=(replaced(0, line.number, column + near.end(1) + 1, "", " "),),
    )


def _key_refused(key: str, line: Line, column: int) -> MetaProblem | None:
    if _WORD.fullmatch(key) and isinstance(_plain(key, line, column), str):
        return None
    near = _GLUED.match(key)
    if near is not None:
        return _glued(near, "", line, column)
    return problem_at(
        "C09",
        f"key {_shown(key)} is not a plain word",
        "keys are words such as owner",
        "rename it",
        line,
        column,
    )


def _shown(text: str) -> str:
    """A short form of a text for a message; long words are cut, since they may be secrets."""
    return repr(re.sub(r"\S{17,}", lambda found: found[0][:4] + "...", text[:60]))


def problem_at(  # noqa: PLR0917  # read as a sentence: what, why, the way out, where
    code: str,
    message: str,
    cause: str,
    fix: str,
    line: Line,
    column: int | None = None,
    *,
    edits: tuple[TextEdit, ...] = (),
) -> MetaProblem:
    return MetaProblem(
        code=code,
        message=message,
        cause=cause,
        fix=fix,
        line=line.number,
        column=column or line.column,
        edits=edits,
    )


def _in_quotes(text: str, line: Line, column: int) -> tuple[TextEdit, ...]:
    """The edit that quotes ``text``, unless it holds what would have to be escaped."""
    if '"' in text or "\\" in text:
        return ()
    return (replaced(0, line.number, column, text, f'"{text}"'),)


def twice(key: str, first: int, line: Line) -> MetaProblem:
    return problem_at(
        "C03",
        f"key `{key}` twice",
        f"it stands in line {first} and in line {line.number}",
        "delete one of the two",
        line,
    )


def _refused(context: Mapping[str, object], line: Line) -> MetaProblem:
    """What the reader refused, in the words of [meta]."""
    column = line.column + _number(context.get("column")) - 1
    match context.get("refused"):
        case "anchor" | "alias" as kind:
            what = "anchors" if kind == "anchor" else "aliases"
            return problem_at(
                "C01",
                f"{what} are not allowed (line {line.number})",
                "they can grow without bound",
                "write the value out",
                line,
                column,
            )
        case "tag":
            return _tag(str(context.get("tag")), line, column)
        case "merge":
            return problem_at(
                "C04",
                "merge key `<<`",
                "what it merges is not seen where it is read",
                "write the keys out",
                line,
            )
        case "key":
            return problem_at(
                "C09",
                "a key that is not text",
                "keys are words such as owner",
                "write # key: value",
                line,
                column,
            )
        case "twice":
            return twice(str(context.get("key")), line.number, line)
    return _syntax(str(context.get("problem") or "it cannot be read"), line, column)


def _number(value: object) -> int:
    return value if isinstance(value, int) else 1


def _tag(tag: str, line: Line, column: int) -> MetaProblem:
    word = tag.removeprefix("tag:yaml.org,2002:")
    if word in {"binary", "set", "omap", "pairs"}:
        return problem_at(
            "C09",
            f"{word} value",
            "[meta] holds text, numbers and names only",
            "write it as text",
            line,
            column,
        )
    shown = word if word == tag else f"!!{word}"
    return problem_at(
        "C02", f"tag `{shown[:40]}`", "a tag can build any object", "delete the tag", line, column
    )


_SYNTAX = (
    ("mapping values", "a colon inside an unquoted value", "it reads as another key", "quote the value"),
    ("sequence entries", "a list", "no key of [meta] takes one", "write a mapping or text"),
    ("unexpected end of stream", "the quote is never closed", "the value runs on past the line", "close it"),
    ("escape", "unknown escape in the quotes", "the escapes of JSON are known", "use single quotes"),
    (
        "expected ',' or '}'",
        "the brace is never closed",
        "a mapping in braces stands on one line",
        "close it",
    ),
    ("expected <block end>", "text after the closing quote", "more follows it", "quote the whole value"),
    ("cannot start any token", "a value cannot start with this character", "YAML reserves it", "quote it"),
    ("indentation indicator", "a value cannot start with this character", "YAML reserves it", "quote it"),
)
"""What PyYAML calls a problem, and what it means in a line of [meta]."""


def _syntax(problem: str, line: Line, column: int) -> MetaProblem:
    found = re.match(r"[\w.-]+: +(?P<value>[^'\"#{\[]+)$", line.text)
    edits = _in_quotes(found["value"], line, line.column + found.start("value")) if found else ()
    if "expected ',' or '}'" in problem and line.text.rstrip().endswith("}"):
        return problem_at(
            "C19",
            "what stands in the braces is no mapping to YAML",
            "a bracket, a quote or a brace inside an unquoted value means something else there",
            "quote the whole value: an expression is then read as Python, `model: \"{'a': models[0]}\"`",
            line,
            column,
        )
    for words, message, cause, fix in _SYNTAX:
        if words in problem:
            code = "C13" if words == "sequence entries" else "C19"
            quotes = edits if "quote the value" in fix or fix == "quote it" else ()
            return problem_at(code, message, cause, fix, line, column, edits=quotes)
    return problem_at("C19", "not YAML", problem, "quote the value", line, column, edits=edits)


def _value(node: YamlNode, line: Line) -> Plain | Mapping[str, Entry] | MetaProblem:
    column = _column(line, node.place)
    if node.kind == "items":
        return problem_at(
            "C13",
            "a list",
            "no key of [meta] takes one",
            "write a mapping or text; quote an expression",
            line,
            column,
        )
    if node.kind == "entries":
        return _braces(node.nodes, node.keys, line, column)
    if node.style is None:
        return _plain(node.text, line, column)
    if node.style in {"|", ">"}:
        return problem_at(
            "C19",
            f"a value cannot start with `{node.style}`",
            "a value stands on one line",
            "quote it",
            line,
            column,
        )
    written = line.text[node.place.column - 1 : node.end.column - 1]
    if node.style == '"' and _as_json(written) != node.text:
        return problem_at(
            "C19",
            "unknown escape in the quotes",
            "the escapes of JSON are known",
            "use single quotes",
            line,
            column,
        )
    return node.text


def _as_json(written: str) -> str | None:
    try:
        value = json.loads(written, strict=False)
    except ValueError:
        return None
    return value if isinstance(value, str) else None


def _braces(
    nodes: Mapping[str, YamlNode], keys: Mapping[str, YamlPlace], line: Line, column: int
) -> Mapping[str, Entry] | MetaProblem:
    entries: dict[str, Entry] = {}
    for key, node in nodes.items():
        if node.kind != "scalar":
            return problem_at(
                "C19", "braces inside braces", "no key of [meta] takes that", "write it flat", line, column
            )
        refused = _key_refused(key, line, _column(line, keys[key]))
        value = refused or _value(node, line)
        if isinstance(value, MetaProblem):
            return value
        assert not isinstance(value, Mapping)
        entries[key] = Entry(key=key, value=value, line=line.number, column=_column(line, node.place))
    return entries


def _plain(text: str, line: Line, column: int) -> Plain | MetaProblem:
    """The value of a scalar without quotes, or why it is refused: whatever two readers could read in two ways."""
    if _NOT_FINITE.fullmatch(text):
        return problem_at(
            "C07",
            f"`{text}` is not a number that can be written down",
            "JSON has no word for it",
            "give a finite number",
            line,
            column,
        )
    if _DATE.fullmatch(text):
        return problem_at(
            "C06",
            f"bare date `{text[:30]}`",
            "some readers make an object of it, others text",
            f'write "{text[:30]}" in quotes',
            line,
            column,
            edits=_in_quotes(text, line, column),
        )
    if _AMBIGUOUS.fullmatch(text):
        return problem_at(
            "C05",
            f"ambiguous scalar `{text[:30]}`",
            "readers disagree on whether it is text, a number or a truth value",
            f'quote it: "{text[:30]}"',
            line,
            column,
            edits=_in_quotes(text, line, column),
        )
    if _INTEGER.fullmatch(text) and (len(text) > 17 or abs(int(text)) > MAX_SAFE_INTEGER):
        return problem_at(
            "C08",
            "an integer beyond 2**53-1",
            "JSON readers round it",
            "write it as text, in quotes",
            line,
            column,
            edits=_in_quotes(text, line, column),
        )
    return yaml_scalar(text)


def as_text(value: Plain | Mapping[str, Entry]) -> str:
    """What to write where text is expected: a mapping in quotes, as Python has it, else dots."""
    if not isinstance(value, Mapping):
        return '"..."'
    return '"{' + ", ".join(f"'{key}': {one.value}" for key, one in value.items()) + '}"'


def text_pairs(entry: Entry | None) -> tuple[tuple[str, str], ...]:
    """Name and text of each part of a mapping that is text, whatever the others are."""
    within = entry.value if entry is not None and isinstance(entry.value, Mapping) else {}
    return tuple((name, one.value) for name, one in within.items() if isinstance(one.value, str))

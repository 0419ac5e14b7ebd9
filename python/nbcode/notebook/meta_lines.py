"""The comment block of a ``[meta]`` cell to entries: a small strict part of YAML that every YAML reader agrees on.

One ``key: value`` a line, a mapping either indented below its key or in braces on one line, ``"double"`` or ``'single'``
quotes. The lines are divided here, so that each has its own findings.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from nbcode.notebook.editing import line_removed, replaced
from nbcode.notebook.marker import head_line, is_marker
from nbcode.notebook.meta_values import Entry, Line, MetaProblem, Plain, problem_at, read_line, twice
from nbcode.primitives import dataclass

MAX_LINE = 2_000
_BELOW = "   "
"""What stands before a key of a mapping that is indented below its own."""
_TOP_KEY = re.compile(r"(?:#\s?)?([A-Za-z_][\w-]*)\s*:")


@dataclass(frozen=True, kw_only=True, slots=True)
class MetaLines:
    """The top-level entries by key, and every trouble found."""

    entries: Mapping[str, Entry]
    problems: tuple[MetaProblem, ...]


def read_meta_lines(source: str) -> MetaLines:
    """Read the source of a ``[meta]`` cell. Never raises."""
    problems: list[MetaProblem] = []
    lines = list(_comment_lines(source, problems))
    entries: dict[str, Entry] = {}
    if not lines:
        return MetaLines(entries=entries, problems=tuple(problems))
    _entries(lines, entries, problems, nested=False)
    return MetaLines(entries=entries, problems=tuple(problems))


def _comment_lines(source: str, problems: list[MetaProblem]) -> Iterator[Line]:
    lines = source.split("\n")
    head = head_line(lines) + 1
    is_below = False
    for number, raw in enumerate(lines, 1):
        if not raw.strip() or (number == head and is_marker(raw)):
            continue
        if (problem := _no_line_of_meta(raw, number)) is not None:
            problems.append(problem)
            continue
        if "\t" in raw:
            spaced = _with_spaces(raw, is_below=is_below)
            problems.append(_tab(raw, spaced, number))
            raw = spaced  # noqa: PLW2901  # read on as the fix writes it: one finding, not one for each key that is missed
        content = raw.lstrip()[1:].removeprefix(" ")
        text = content.lstrip(" ")
        if not text or text.startswith("#"):
            continue
        column = len(raw) - len(text) + 1
        is_below = text.rstrip().endswith(":") or (is_below and content != text)
        if text.rstrip() in {"---", "..."} or text.startswith(("--- ", "%YAML")):
            problems.append(_another_document(text, number, column))
            continue
        yield Line(number=number, indent=len(content) - len(text), text=text.rstrip(), column=column)


def _no_line_of_meta(raw: str, number: int) -> MetaProblem | None:
    stripped = raw.lstrip()
    if not stripped.startswith("#"):
        return MetaProblem(
            code="C19",
            message="a [meta] cell holds comment lines only",
            cause=f"this line is code: {stripped[:40]!r}",
            fix="write it as # key: value, or move the code to another cell",
            line=number,
        )
    if len(raw) > MAX_LINE:
        return MetaProblem(
            code="C19",
            message=f"a line of {len(raw)} characters",
            cause=f"a line of [meta] has at most {MAX_LINE}",
            fix="write less",
            line=number,
        )
    return None


def _with_spaces(raw: str, *, is_below: bool) -> str:
    """A line without its tabs: before the key as deep as keys stand there (``is_below``: of a mapping), elsewhere one space each."""
    body = raw.lstrip()[1:]
    text = body.lstrip(" \t")
    before = body[: len(body) - len(text)]
    if "\t" in before:
        before = _BELOW if is_below else " "
    return f"#{before}{text.replace(chr(9), ' ')}"


def _tab(raw: str, spaced: str, number: int) -> MetaProblem:
    return MetaProblem(
        code="C11",
        message="a tab in [meta]",
        cause="YAML indents and separates by spaces: readers disagree on how far a tab goes",
        fix=f"put spaces in the place of the tab: write `{spaced.rstrip()[:80]}`",
        line=number,
        column=raw.index("\t") + 1,
        edits=(replaced(0, number, 1, raw, spaced),),
    )


def _another_document(text: str, number: int, column: int) -> MetaProblem:
    return MetaProblem(
        code="C10",
        message="more than one document in [meta]",
        cause=f"`{text.rstrip()[:10]}` starts another document",
        fix="delete the line",
        line=number,
        column=column,
        edits=(line_removed(0, number),),
    )


def _entries(
    lines: list[Line], entries: dict[str, Entry], problems: list[MetaProblem], *, nested: bool
) -> None:
    """Entries that begin at the indentation of the first line, each with the lines below it that are indented further."""
    base = lines[0].indent
    position = 0
    while position < len(lines):
        line = lines[position]
        position += 1
        below = []
        while position < len(lines) and lines[position].indent > base:
            below.append(lines[position])
            position += 1
        if line.indent < base:
            problems.append(
                problem_at(
                    "C19",
                    "indented less than the lines above",
                    "keys of one mapping stand in one column",
                    "indent all of them alike",
                    line,
                )
            )
            continue
        _entry(line, below, entries, problems, nested=nested)


def _entry(
    line: Line, below: list[Line], entries: dict[str, Entry], problems: list[MetaProblem], *, nested: bool
) -> None:
    read = read_line(line)
    if isinstance(read, MetaProblem):
        problems.append(read)
        return
    if read.key in entries:
        problems.append(twice(read.key, entries[read.key].line, line))
        return
    value: Plain | Mapping[str, Entry] | MetaProblem = read.value
    if below and value is None and read.empty and not nested:
        inner: dict[str, Entry] = {}
        _entries(below, inner, problems, nested=True)
        value = inner
    elif below:
        other = below[0]
        why = "[meta] holds mappings of plain values" if read.empty else f"`{read.key}` has its value already"
        problems.append(
            MetaProblem(
                code="C19",
                message="a value goes on over several lines",
                cause=f"line {other.number} is indented below `{read.key}`: {why}",
                fix="write the value on one line",
                line=other.number,
                column=other.column,
            )
        )
    if isinstance(value, MetaProblem):
        problems.append(value)
        return
    entries[read.key] = Entry(key=read.key, value=value, line=line.number, column=read.column)


def unknown_key(source: str, problem: MetaProblem, keys: Collection[str]) -> str | None:
    """The key of a line whose value is wrong, where there is no such key: its value does not matter then."""
    if problem.code not in {"C05", "C06", "C07", "C08"}:
        return None
    found = _TOP_KEY.match(source.split("\n")[problem.line - 1])
    return found[1] if found is not None and found[1] not in keys else None

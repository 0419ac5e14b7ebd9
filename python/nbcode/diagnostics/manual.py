"""The manual: a page for every code, from the rules' docstrings and the table of the other codes."""

from __future__ import annotations

import inspect
import re
from functools import cache

from nbcode.cells.rules import RULES
from nbcode.diagnostics.codes import PAGES, RESERVED, SECTIONS
from nbcode.primitives import dataclass

_ALIASES = {"NB101": "D04"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """One code (``NBC-D04``), its title and its text: why, bad and good examples."""

    code: str
    title: str
    text: str

    @property
    def markdown(self) -> str:
        """The text with its examples as fenced Python."""
        return _markdown(self.text)


def normal_code(code: str) -> str:
    """``d04``, ``NBC-D04`` and the alias ``NB101`` all give ``NBC-D04``; an unknown form is returned upper case."""
    plain = code.strip().upper().removeprefix("NBC-")
    plain = _ALIASES.get(plain, plain)
    return f"NBC-{plain}"


@cache
def pages() -> dict[str, Page]:
    """Every page by its full code, sorted."""
    found = [
        Page(code=f"NBC-{row.code}", title=row.title, text=f"{row.why}\n\nFix: {row.fix}{_note(row.code)}")
        for row in PAGES
    ]
    found += [
        Page(code=f"NBC-{rule.CODE}", title=rule.TITLE, text=inspect.cleandoc(rule.__doc__ or ""))
        for rule in RULES
    ]
    return {page.code: page for page in sorted(found, key=lambda page: page.code)}


def _note(code: str) -> str:
    return "\n\nReserved: this version never raises it." if code in RESERVED else ""


def all_codes() -> tuple[str, ...]:
    """Every code there is a page for, with its prefix, sorted."""
    return tuple(pages())


def explain_code(code: str) -> Page | None:
    """The page of a code in any of its forms, or None."""
    return pages().get(normal_code(code)) if re.fullmatch(r"[A-Za-z0-9-]{1,12}", code.strip()) else None


def explain(code: str) -> str | None:
    """The page as text, its title first, or None."""
    page = explain_code(code)
    return None if page is None else f"{page.code} {page.title}\n\n{page.text}"


def diagnostics_page() -> str:
    """The manual as one Markdown page: ``docs/format/diagnostics.md``."""
    parts = [_INTRODUCTION]
    for letter, title in SECTIONS.items():
        parts.append(f"## {letter}. {title}")
        parts += [
            f"### {page.code} {page.title}\n\n{page.markdown}"
            for page in pages().values()
            if page.code.removeprefix("NBC-").startswith(letter)
        ]
    return "\n\n".join(parts) + "\n"


_INTRODUCTION = """# Diagnostics

Version 1. Generated from the rules; do not edit.

Each finding has a code that never changes its meaning, a severity (`error` stops a promote, `warning` and `note` do not),
a place (cell from 1, line and column in the cell from 1), a cause, and the ways out, best first. Safety refusals end with
exit code 4, other errors with 2 (the user's input), 3 (the environment) or 5 (try again). `nbcode explain CODE` shows
the same text; `NB101` is another name of NBC-D04.

## As JSON

`--json` writes each finding by [`schema/diagnostic.schema.json`](../../schema/diagnostic.schema.json). `fixes` are the ways out in words, best first.
Where a program can go one, `actions` says how: `fix` is its position among `fixes`, `edits` and `metadata` are what to do, all together.

- An edit puts `text` in the place of a range of one cell's source. The range is half-open; cells, lines and columns count from 1, columns in
  characters; it inserts where the range is empty. An end at column 1 of the line after the last is the end of the source.
- An entry of `metadata` puts `new` in the place of `old` in the cell's `tags` or as its `title`; null removes it.

Ranges count in the source as it was read. `file_line` is the line of the file, from 1. In a percent file line n of a cell is
line `file_line - line + n` of it; in an `.ipynb` it is the line of the JSON, as `nbcode check` finds it: where the line of source is written, or where the cell
begins for a finding of a whole cell. It is null where no file was read. (LSP counts lines and
columns from 0, columns in UTF-16 units.) Reading is strict: every field is there, no other is; `actions` is version 1's one addition, and what was
stored without it is read."""


def _markdown(text: str) -> str:
    """A docstring's ``::`` blocks as fenced Python."""
    lines: list[str] = []
    inside = False
    for line in text.split("\n"):
        if inside and line and not line.startswith("    "):
            while lines[-1] == "":
                lines.pop()
            lines += ["```", ""]
            inside = False
        if line.endswith("::") and not inside:
            lines += [f"{line[:-2]}:", "", "```python"]
            inside = True
            continue
        if inside and not line and lines[-1] == "```python":
            continue
        lines.append(line[4:] if inside else line.replace("``", "`"))
    return "\n".join([*lines, "```"] if inside else lines)

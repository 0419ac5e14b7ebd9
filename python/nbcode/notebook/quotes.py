"""What a line of a Python text stands inside of, read line by line: also where the text as a whole is no Python."""

from __future__ import annotations

import re

from nbcode.primitives import dataclass

_TOKEN = re.compile(r"""#|[()\[\]{}]|[rRbBuUfF]{0,2}('''|\"{3}|'|")""")


@dataclass(frozen=True, kw_only=True, slots=True)
class Inside:
    """What is open at the start of a line: a triple ``quote`` (empty: none), brackets, a line that a backslash continues."""

    quote: str = ""
    brackets: int = 0
    continued: bool = False

    @property
    def begins(self) -> bool:
        """Whether a statement may begin on this line."""
        return not self.quote and not self.brackets and not self.continued


def inside_after(line: str, before: Inside) -> Inside:
    """What is open after ``line``, given what was open before it."""
    position, quote, brackets = 0, before.quote, before.brackets
    while True:
        if quote:
            end = _closing(line, quote, position)
            if end < 0:
                return Inside(quote=quote if len(quote) == 3 else "", brackets=brackets)
            position, quote = end, ""
        found = _TOKEN.search(line, position)
        if found is None or found[0] == "#":
            return Inside(brackets=brackets, continued=found is None and line.endswith("\\"))
        position, quote = found.end(), found[1] or ""
        if found[0] in "([{":
            brackets += 1
        elif found[0] in ")]}":
            brackets = max(0, brackets - 1)


def open_quote(line: str, quote: str) -> str:
    """The triple quote that is open after ``line``, given the one open before it (empty: none)."""
    return inside_after(line, Inside(quote=quote)).quote


def _closing(line: str, quote: str, position: int) -> int:
    """The offset after the closing ``quote`` at or after ``position``, or -1. A backslash guards the next character."""
    while position < len(line):
        if line[position] == "\\":
            position += 2
        elif line.startswith(quote, position):
            return position + len(quote)
        else:
            position += 1
    return -1

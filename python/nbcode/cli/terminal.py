"""What the output streams can show, and the few words of colour."""

from __future__ import annotations

import os
import shutil
import unicodedata
from collections.abc import Mapping
from typing import TextIO

from nbcode.primitives import dataclass

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36"}
_NARROWEST, _WIDEST = 40, 120


@dataclass(frozen=True, kw_only=True, slots=True)
class Style:
    """How to write on one stream: in colour or not, and how many columns there are."""

    colour: bool = False
    width: int = 80

    def paint(self, text: str, *looks: str) -> str:
        """``text`` in the given looks (bold dim red green yellow blue cyan), or as it is without colour."""
        if not self.colour or not text or not looks:
            return text
        return f"\x1b[{';'.join(_CODES[look] for look in looks)}m{text}\x1b[0m"


def style_of(stream: TextIO, environment: Mapping[str, str] = os.environ) -> Style:
    """The style for a stream: colour only on a terminal, never with NO_COLOR or TERM=dumb; as wide as the terminal, elsewhere as COLUMNS says."""
    terminal = stream.isatty()
    colour = terminal and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"
    asked = environment.get("COLUMNS", "")
    beside = int(asked) if asked.isdecimal() and int(asked) else 100
    width = shutil.get_terminal_size((100, 24)).columns if terminal else beside
    return Style(colour=colour, width=max(_NARROWEST, min(width, _WIDEST)))


def is_live(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a stream can be redrawn in place."""
    return stream.isatty() and environment.get("TERM") not in {"dumb", "unknown"}


def visible(text: str) -> str:
    """``text`` with control and bidirectional characters written as escapes, so that what a notebook holds can
    neither move the cursor nor hide a word. Line ends stay."""
    return "".join(
        c
        if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cf", "Cs"}
        else c.encode("unicode_escape").decode()
        for c in text
    )

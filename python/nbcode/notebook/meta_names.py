"""Names and texts of ``[meta]``: what may be one, and what is near to one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from nbcode.notebook.meta_values import Entry, Plain

NAME = re.compile(r"[a-z][a-z0-9_-]{1,62}")
INPUT_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")
RESERVED = frozenset({"latest", "candidate", "production", "staging", "archived", "champion", "none"})


def hidden(text: str) -> str | None:
    """The first character that is not seen, None where there is none."""
    return next((c for c in text if unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp", "Co", "Cs"}), None)


def as_name(value: str) -> str:
    """A name that is near to ``value``, or what to say where there is none."""
    folded = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9_-]+", "_", folded).strip("_-").lstrip("0123456789_-")[:60]
    return slug if NAME.fullmatch(slug) and slug not in RESERVED else "a name such as xsmom_v3"


def type_name(value: Plain | Mapping[str, Entry]) -> str:
    """What a value is called in a message."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "a truth value"
    if isinstance(value, Mapping):
        return "a mapping"
    return "text" if isinstance(value, str) else f"the number {value}"

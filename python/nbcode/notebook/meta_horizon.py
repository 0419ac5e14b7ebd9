"""The horizon of a ``[meta]``, in sessions; and what is meant where it is written in another unit."""

from __future__ import annotations

import re

HORIZON = re.compile(r"[1-9][0-9]{0,3}d")
_WRITTEN = re.compile(r"(?P<count>\d{1,4})\s*(?P<unit>[A-Za-z]*)")
_SESSIONS = {
    "": (1, "session"),
    "d": (1, "day"),
    "b": (1, "day"),
    "bd": (1, "business day"),
    "day": (1, "day"),
    "session": (1, "session"),
    "w": (5, "week"),
    "wk": (5, "week"),
    "week": (5, "week"),
    "mo": (21, "month"),
    "month": (21, "month"),
    "q": (63, "quarter"),
    "quarter": (63, "quarter"),
    "y": (252, "year"),
    "yr": (252, "year"),
    "year": (252, "year"),
}


def meant_horizon(written: str) -> tuple[str | None, str]:
    """The horizon that ``written`` means (None: it cannot be known), and why it is not taken as it is."""
    found = _WRITTEN.fullmatch(written.strip())
    unit = found["unit"].lower().removesuffix("s") if found else ""
    if found is None or unit not in _SESSIONS:
        return None, "a horizon is a whole number of sessions and a lower-case d: a week is 5d, a month 21d"
    each, word = _SESSIONS[unit]
    meant = f"{int(found['count']) * each}d"
    if not HORIZON.fullmatch(meant):
        return None, "a horizon is 1d to 9999d"
    if not unit:
        return meant, "the unit is written out"
    if each == 1:
        return meant, "the unit is a lower-case d, right behind the number"
    return meant, f"a horizon is counted in sessions, and a {word} has {each}"

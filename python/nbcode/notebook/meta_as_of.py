"""The point in time of a ``[meta]``: a day, written as it is or in quotes."""

from __future__ import annotations

import datetime as dt
import re

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
AS_OF = "as_of"


def is_day(text: str) -> bool:
    """Whether ``text`` is a day of the calendar, as ``YYYY-MM-DD``."""
    try:
        return _DAY.fullmatch(text) is not None and bool(dt.date.fromisoformat(text))
    except ValueError:
        return False

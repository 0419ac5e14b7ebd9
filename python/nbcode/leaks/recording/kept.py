"""Predictions of a run that are asked for again at its end, and for which of them that is worth it."""

from __future__ import annotations

from typing import Any, Self

from nbcode.leaks.lineage import Call
from nbcode.leaks.recording.given import Given
from nbcode.leaks.recording.hooks import LIBRARIES
from nbcode.primitives import dataclass

_MOST_ROWS = 100_000


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Kept:
    """A ``predict`` of a run: what was asked, and for which rows ``x``."""

    call: Call
    owner: Any
    x: Any

    @classmethod
    def of(cls, call: Call, given: Given) -> Self | None:
        """The call that was ``given``; None where its rows are too many to keep."""
        x = given.one(("X",), 0)
        if not hasattr(x, "__getitem__") or len(x) > _MOST_ROWS:
            return None
        return cls(call=call, owner=given.owner, x=x.copy() if hasattr(x, "copy") else x)


def takes_rows_together(owner: Any) -> bool:
    """Whether it could: something in it is no library's own, or a function."""
    try:
        inside = [owner, *owner.get_params(deep=True).values()]
    except Exception:
        inside = [owner]
    return any(_could(one) for value in inside for one in (value if isinstance(value, list) else [value]))


def _could(value: Any) -> bool:
    value = value[1] if isinstance(value, tuple) and len(value) > 1 else value
    kind = type(value)
    if kind.__name__ == "FunctionTransformer":
        return True
    does = hasattr(kind, "transform") or hasattr(kind, "predict")
    return does and kind.__module__.partition(".")[0] not in LIBRARIES

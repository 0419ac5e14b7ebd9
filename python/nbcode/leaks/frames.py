"""What the frames of running cells hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import FrameType
from typing import Any

from nbcode.leaks.given import tables_in

_NEAR = 4  # frames from a splitter to the function of scikit-learn that calls it
_MOST_VALUES = 2_000


def tables_in_scope(cell: FrameType, inner: FrameType | None, own: Callable[[str], bool]) -> Iterator[Any]:
    """What the calling cell could have made a value of: names of the functions from ``inner`` outwards whose file is ``own``, then
    those of the ``cell``, and what they hold."""
    spaces: list[Mapping[str, Any]] = []
    while inner is not None:
        if own(inner.f_code.co_filename):
            spaces.append(inner.f_locals)
        inner = inner.f_back
    spaces.append(cell.f_globals)
    count = 0
    for space in spaces:
        for value in list(space.values()):
            for one in tables_in(value):
                count += 1
                if count > _MOST_VALUES:
                    return
                yield one


def sets_aside(frame: FrameType | None) -> bool:
    """Whether ``train_test_split`` splits: it is recorded itself where a cell calls it, and else is how a booster sets rows aside to
    know when to stop."""
    for _ in range(_NEAR):
        if frame is None:
            return False
        if frame.f_code.co_name == "train_test_split":
            return True
        frame = frame.f_back
    return False

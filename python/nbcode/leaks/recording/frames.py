"""What the frames of running cells hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from types import FrameType
from typing import Any

from nbcode.leaks.recording.given import tables_in

_NEAR = 4  # frames from a splitter to the function of scikit-learn that calls it
_MOST_VALUES = 2_000


class Scope:
    """What the calling cell could have made a value of: names of the functions from ``inner`` outwards whose file is ``own``, then those of
    the ``cell`` (no frame: none), and what they hold; then ``more`` tables."""

    def __init__(
        self,
        cell: FrameType | None = None,
        inner: FrameType | None = None,
        own: Callable[[str], bool] = bool,
        more: Iterable[Any] = (),
    ) -> None:
        self._spaces: list[Mapping[str, Any]] = []
        while cell is not None and inner is not None:
            if own(inner.f_code.co_filename):
                self._spaces.append(inner.f_locals)
            inner = inner.f_back
        if cell is not None:
            self._spaces.append(cell.f_globals)
        self._more = more

    def __iter__(self) -> Iterator[Any]:
        held = (one for space in self._spaces for value in list(space.values()) for one in tables_in(value))
        yield from islice(held, _MOST_VALUES)
        yield from self._more

    def name_of(self, number: int) -> tuple[int, str] | None:
        """Which name, in which of the namespaces, has the object that ``number`` is the id of; None where none has it by itself."""
        named = ((at, name) for at, space in enumerate(self._spaces) for name in space)
        return next((one for one in named if id(self._spaces[one[0]][one[1]]) == number), None)

    def at(self, place: tuple[int, str]) -> Any:
        """What the name of :meth:`name_of` has now, None where it is gone."""
        return self._spaces[place[0]].get(place[1]) if place[0] < len(self._spaces) else None


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

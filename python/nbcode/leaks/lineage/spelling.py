"""How a call is written in its cell: the text of each argument, by the position of the call that is being executed."""

from __future__ import annotations

import ast
import functools
from collections.abc import Mapping, Sequence
from itertools import islice
from types import CodeType, FrameType

from nbcode.namespace import Code

_LONGEST = 40


@functools.lru_cache(maxsize=256)
def parsed(source: str) -> ast.Module:
    """A cell as a tree, made once. It is there to be read, by everybody.

    Raises:
        SyntaxError: it is no Python.
    """
    return ast.parse(source)


class Spelling:
    """The calls of ``cells`` as they are written."""

    def __init__(self, cells: Sequence[Code]) -> None:
        self._cells = {cell.file: cell for cell in cells}
        self._calls: dict[str, dict[tuple[int, int], ast.Call]] = {}
        self._known: dict[tuple[int, int], tuple[CodeType, tuple[int, int] | None, Mapping[object, str]]] = {}

    def arguments(self, frame: FrameType) -> Mapping[object, str]:
        """The text of the arguments of the call that ``frame`` is executing, by position and by keyword."""
        return self._at(frame)[2]

    def end(self, frame: FrameType) -> tuple[int, int] | None:
        """The line and the column where the call that ``frame`` is executing ends, None where it is not known."""
        return self._at(frame)[1]

    def _at(self, frame: FrameType) -> tuple[CodeType, tuple[int, int] | None, Mapping[object, str]]:
        key = (id(frame.f_code), frame.f_lasti)
        known = self._known.get(key)
        if known is None or known[0] is not frame.f_code:
            end = _end(frame)
            known = self._known[key] = (frame.f_code, end, self._spelled(frame.f_code.co_filename, end))
        return known

    def _spelled(self, file: str, end: tuple[int, int] | None) -> Mapping[object, str]:
        if file not in self._calls:
            self._calls[file] = _calls_of(self._cells[file].source) if file in self._cells else {}
        call = None if end is None else self._calls[file].get(end)
        if call is None:
            return {}
        by_place: dict[object, str] = {at: shown(one) for at, one in enumerate(call.args)}
        return by_place | {one.arg: shown(one.value) for one in call.keywords if one.arg is not None}

    def call(self, frame: FrameType) -> str:
        """The text of the call that ``frame`` is executing, empty where it is not known."""
        end = self.end(frame)
        found = None if end is None else self._calls[frame.f_code.co_filename].get(end)
        return "" if found is None else shown(found)


def _end(frame: FrameType) -> tuple[int, int] | None:
    position = next(islice(frame.f_code.co_positions(), frame.f_lasti // 2, None), None)
    if position is None or position[1] is None or position[3] is None:
        return None
    return position[1], position[3]


def shown(expression: ast.expr) -> str:
    """An expression as text, shortened."""
    text = ast.unparse(expression)
    return f"`{text if len(text) <= _LONGEST else text[: _LONGEST - 1] + '…'}`"


def _calls_of(source: str) -> dict[tuple[int, int], ast.Call]:
    """Calls by the line and the column (in bytes) of their end."""
    try:
        tree = parsed(source)
    except SyntaxError:
        return {}
    found: dict[tuple[int, int], ast.Call] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.end_lineno is not None and node.end_col_offset is not None:
            found.setdefault((node.end_lineno, node.end_col_offset), node)
    return found

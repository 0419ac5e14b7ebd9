"""An exception from a cell as a diagnostic: the cell, the line, and the traceback's own frames only."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import replace

from alpha_bench.describe import AlphaBenchError
from nbcode.namespace.known_causes import known_cause
from nbcode.primitives import Diagnostic, NbcodeError, Place, Related, dataclass

_CALLERS = 10

LONGEST_MESSAGE = 2_000


@dataclass(frozen=True, kw_only=True, slots=True)
class CellName:
    """Which cell a compiled file name stands for: ``index`` counts from 1 in the document."""

    index: int
    tag: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Code:
    """A cell that ran: its tag, where it is (``index`` from 1), the file name it is compiled under, and its source."""

    tag: str
    index: int
    file: str
    source: str


def cell_file(index: int, tag: str | None) -> str:
    """The file name under which a cell is compiled, as it appears in a traceback."""
    return f"<cell {index}{f' [{tag}]' if tag else ''}>"


def diagnostic_of(error: BaseException, cells: Mapping[str, CellName]) -> Diagnostic:
    """What ``error`` means for the reader. ``cells`` maps compiled file names to cells.

    A research error keeps its code as ``NBC-R..``, one of nbcode's own keeps everything; any other exception is NBC-H01.
    """
    places = _places(error, cells)
    place = places[-1] if places else None
    if isinstance(error, NbcodeError):
        first = error.diagnostics[0]
        return _with_place(first, place)
    related = _callers(places[:-1])
    if isinstance(error, AlphaBenchError):
        return Diagnostic(
            code=f"NBC-{error.code}",
            message=_short(error.message),
            fixes=(error.fix,) if error.fix else (),
            place=place,
            related=related,
        )
    cause, fix = _short(_text_of(error)), "correct the cell; it runs alone, in a fresh process"
    if isinstance(error, ImportError):
        fix = _fix_of_import(error)
    if not isinstance(error, Exception):
        asks = "it asks for an end, and no `except Exception` stops it"
        cause, fix = (
            f"{cause}: {asks}" if cause else asks,
            "raise a ValueError, or a kind of your own, to stop with a reason",
        )
    cause, fix = known_cause(error) or (cause, fix)
    return Diagnostic(
        code="NBC-H01",
        message=f"the cell raised {type(error).__name__}",
        cause=_short(cause),
        fixes=(fix,),
        place=place,
        related=related,
    )


def located(diagnostics: Sequence[Diagnostic], cells: Sequence[CellName]) -> tuple[Diagnostic, ...]:
    """``diagnostics``, where one that knows only its tag gets the last cell of ``cells`` that bears it."""
    last = {cell.tag: cell for cell in cells}
    return tuple(
        replace(d, place=replace(d.place, cell=last[d.place.tag].index))
        if d.place is not None and d.place.cell is None and d.place.tag in last
        else d
        for d in diagnostics
    )


def in_file(
    diagnostic: Diagnostic, path: str | None, first_lines: Mapping[int, int], *, made_of: bool = False
) -> Diagnostic:
    """``diagnostic``, where each place that knows only its cell gets the notebook's ``path``, and its line in that file:
    ``first_lines`` holds the line on which each cell's source begins, and nothing of a file that is no text. ``made_of``: the cells are made
    of a file that has none, but for [meta]; then a place is a line of the file, and of no cell."""

    def with_line(place: Place) -> Place:
        if made_of and place.cell is not None:
            begin = first_lines.get(place.cell)
            at = begin + place.line - 1 if begin and place.tag == "meta" and place.line else begin
            return Place(path=path, line=at, file_line=at)
        if place.path is not None or place.cell is None:
            return place
        first = first_lines.get(place.cell)
        line = None if first is None or place.line is None else first + place.line - 1
        return replace(place, path=path, file_line=place.file_line if line is None else line)

    if diagnostic.place is None:
        return diagnostic
    related = tuple(replace(r, place=with_line(r.place)) for r in diagnostic.related)
    return replace(diagnostic, place=with_line(diagnostic.place), related=related)


def _callers(places: Sequence[Place]) -> tuple[Related, ...]:
    """The places that led there, the nearest first; of a recursion each once with how often, and of very many the ends."""
    told: list[tuple[Place, int]] = []
    for place in reversed(places):
        if told and told[-1][0] == place:
            told[-1] = place, told[-1][1] + 1
        else:
            told.append((place, 1))
    left = len(told) - 2 * _CALLERS
    if left > 0:
        told = told[:_CALLERS] + told[-_CALLERS:]
    said = [
        Related(message="called from here" + (f", {count} times" if count > 1 else ""), place=place)
        for place, count in told
    ]
    if left > 0:
        last = said[_CALLERS - 1]
        said[_CALLERS - 1] = replace(
            last, message=f"{last.message}; {left} more calls lie between this and the next"
        )
    return tuple(said)


def _places(error: BaseException, cells: Mapping[str, CellName]) -> list[Place]:
    """The frames of ``error`` that lie in cells, outermost first. A syntax error has its place in itself."""
    if isinstance(error, SyntaxError) and (cell := cells.get(error.filename or "")) is not None:
        return [Place(cell=cell.index, tag=cell.tag, line=error.lineno, column=error.offset)]
    found = []
    for frame, line in traceback.walk_tb(error.__traceback__):
        cell_name = cells.get(frame.f_code.co_filename)
        if cell_name is not None:
            found.append(Place(cell=cell_name.index, tag=cell_name.tag, line=line))
    return found


def _with_place(diagnostic: Diagnostic, place: Place | None) -> Diagnostic:
    return Diagnostic(
        code=diagnostic.code,
        message=diagnostic.message,
        cause=diagnostic.cause,
        fixes=diagnostic.fixes,
        severity=diagnostic.severity,
        place=place or diagnostic.place,
        related=diagnostic.related,
    )


IN_SETUP = "in a [setup] cell: the run has what tagged cells import"


def _fix_of_import(error: BaseException | None) -> str:
    """By the module that was not found, which a library may tell by an error of its own. Where its package was found, no import of that
    brings it."""
    while error is not None:
        if isinstance(error, ModuleNotFoundError) and error.name:
            top, _, inner = error.name.partition(".")
            if inner and top in sys.modules:
                return f"correct the name, or make the module: `{top}` is here, and has no `{inner}`"
            return f"write `import {top}` {IN_SETUP}"
        error = error.__cause__ or error.__context__
    return f"write `import NAME` {IN_SETUP}"


def _text_of(error: BaseException) -> str:
    """``str(error)``, also where the exception's own ``__str__`` fails."""
    try:
        return str(error)
    except Exception:
        return "its message cannot be shown"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_MESSAGE else text[:LONGEST_MESSAGE] + " ..."

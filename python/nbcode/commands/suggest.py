"""`nbcode suggest`: tags and [meta] for a notebook that has none. Executes nothing; with ``write`` the file gets them, and nothing else."""

from __future__ import annotations

import math
import re
import shlex
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from alpha_bench.describe import write_named
from nbcode.cells import LEFT_BEHIND, SEEDED_BY_THE_RUN
from nbcode.cells.suggestion import Choice, FigureCandidate, SuggestedCell, Suggestion
from nbcode.cells.suggestion import suggest as suggestion_for
from nbcode.notebook import (
    Additions,
    Meta,
    Notebook,
    TaggingError,
    meta_lines_of,
    parse_notebook,
    read_bytes,
    read_meta,
    read_notebook,
    stored_outputs,
    tagged_bytes,
)
from nbcode.primitives import Diagnostic, Exit, Json, NbcodeError, Place, Severity, dataclass, errors_of
from nbcode.sandbox import LAST_BITS, WHY_LAST_BITS

if TYPE_CHECKING:
    from nbcode.commands.outputs.looking import ComparedFigure, SuggestedFigure, SuggestedTag, SuggestOutput

_SIGNIFICANT = 10
_FEW = 3
_STAYS_BEHIND = "a cell that stays behind changes what kept cells read, or the cells ran in another order"
_COMPARE_AGAIN = ("run the notebook from top to bottom and compare", "tag the cell that is missing")
_LIKE_WITH_LIKE = (
    "start Jupyter by OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 jupyter lab, run the notebook from top to bottom, compare again",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class SuggestResult:
    """A proposal. ``meta`` are the lines of the new [meta] cell (empty: there is one), which is cell ``meta_cell``; cells are numbered as they
    are with it. ``data`` are the notebook's bytes with the proposal in them; ``changed`` says whether they are others than the file's,
    ``written`` whether the file holds them now."""

    path: str
    suggestion: Suggestion
    meta: tuple[str, ...]
    data: bytes
    changed: bool
    written: bool
    meta_cell: int | None

    def to_json(self) -> SuggestOutput:
        """The object that `suggest --json` prints."""
        made = self.suggestion
        return {
            "status": "done",
            "path": self.path,
            "model": made.model,
            "signal": made.signal,
            "signals": list(made.signals),
            "models": [
                {
                    "name": one.name,
                    "expression": one.expression,
                    "cell": one.cell,
                    "line": one.line,
                    "why": one.how,
                }
                for one in made.models
            ],
            "report": made.report,
            "figures": [_figure_json(one) for one in made.figures],
            "candidates": [_figure_json(one) for one in made.candidates],
            "horizon": {
                "sessions": made.horizon.sessions,
                "why": made.horizon.why,
                "certain": made.horizon.certain,
            },
            "inputs": dict(made.inputs),
            "cells": [_cell_json(one) for one in made.cells],
            "meta": list(self.meta),
            "remarks": list(made.remarks),
            "changed": self.changed,
            "written": self.written,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """A figure as the notebook shows it (None: it does not) and as the clean run gives it (None: it gives none); ``same`` to the digits
    that are stored, None where there is nothing to compare; ``small`` where they differ by no more than last bits grow to."""

    name: str
    stored: str | None
    clean: float | None
    same: bool | None
    small: bool = False

    def to_json(self) -> ComparedFigure:
        """Plain data."""
        return {"name": self.name, "stored": self.stored, "clean": self.clean, "same": self.same}


def suggest(path: Path, choice: Choice, *, owner: Callable[[], str], write: bool = False) -> SuggestResult:
    """The proposal for the notebook at ``path``. What its [meta] says already holds where ``choice`` says nothing; tags stay.

    Raises:
        NbcodeError: the file is no notebook; nothing was found to propose (NBC-B18); it cannot be written (NBC-B20, X04, A24).
    """
    data = read_bytes(path)
    reading = read_notebook(path) if data is None else parse_notebook(data, str(path))
    if reading.notebook is None or data is None:
        raise NbcodeError(reading.diagnostics)
    if errors_of(reading.diagnostics):
        raise NbcodeError(reading.diagnostics)
    notebook = reading.notebook
    if notebook.is_framework:
        raise NbcodeError([_nothing_to_tag(path)])
    meta = _meta_of(notebook)
    first = (
        next((cell.index for cell in notebook.cells if cell.kind == "code"), None) if meta is None else None
    )
    made = suggestion_for(
        _with_room(notebook, first),
        {_moved(index, first): one for index, one in stored_outputs(data, str(path)).items()},
        _with_meta(choice, meta),
    )
    _require(made, path, first)
    lines = () if meta is not None else _meta_lines(path, made, owner())
    tags = {cell.index: made.tags.get(_moved(cell.index, first)) for cell in notebook.cells}
    new = tagged_bytes(
        data, notebook, Additions(tags={index: tag for index, tag in tags.items() if tag}, meta=lines)
    )
    if write and new != data:
        _write(path, data, new)
    return SuggestResult(
        path=str(path),
        suggestion=made,
        meta=lines,
        data=new,
        changed=new != data,
        written=write and new != data,
        meta_cell=first,
    )


def _nothing_to_tag(path: Path) -> Diagnostic:
    return Diagnostic(
        code="NBC-B18",
        message=f"{path.name} is a model of alpha_bench, and no notebook: it has no cells to tag",
        cause="tags say which cells of a notebook are the model; here the whole file is it",
        fixes=(f"`nbcode check {shlex.quote(path.name)}`, then `nbcode promote {shlex.quote(path.name)}`",),
        place=Place(path=str(path)),
    )


def _moved(index: int, meta_cell: int | None) -> int:
    """The number of a cell of the file in the proposal, which has a cell more."""
    return index + (meta_cell is not None and index >= meta_cell)


def _with_room(notebook: Notebook, meta_cell: int | None) -> Notebook:
    """``notebook`` with its cells numbered as with [meta] at ``meta_cell``: what is said of them then holds in the run and in the file
    that is written."""
    cells = tuple(replace(cell, index=_moved(cell.index, meta_cell)) for cell in notebook.cells)
    return replace(notebook, cells=cells)


def open_points(result: SuggestResult) -> tuple[str, ...]:
    """What was left open, a line each: further models and figures, a guessed horizon, remarks."""
    made, lines = result.suggestion, []
    others = [one.expression for one in made.models if one.expression != made.model and not one.prepares]
    if others and result.meta:
        taken = f"model: {made.model}" if made.model else f"signal: {made.signal}"
        lines.append(f"{taken}; also fitted: {', '.join(others[:5])} (--model NAME)")
    signals = [one for one in made.signals if one != made.signal]
    if signals and result.meta:
        lines.append(f"figures are made from {', '.join(signals[:5])}: --signal NAME promotes it")
    if not made.figures:
        lines.append("no figure found that is printed: --figure NAME=EXPRESSION says one")
    further = [
        f"{one.name}={one.text}"
        for one in made.candidates
        if one.rank > 4 and one.text not in {f.text for f in made.figures}
    ]
    if further and result.meta:
        lines.append(f"further figures: {', '.join(further[:3])} (--figure)")
    if not made.horizon.certain and result.meta:
        lines.append(
            f"horizon: {made.horizon.sessions}d is a guess, {made.horizon.why}: write the sessions ahead"
        )
    return (*lines, *made.remarks)


def compare(figures: Sequence[FigureCandidate], clean: Mapping[str, Json]) -> tuple[Compared, ...]:
    """Each figure of the proposal as it is stored and as the ``clean`` run gives it."""
    alone = len(figures) == 1
    return tuple(
        compared
        for one in figures
        for compared in (
            _compared_parts(one, clean if alone and one.whole else clean.get(one.name))
            or [_compared(one, clean.get(one.name))]
        )
    )


def differences(
    path: str,
    compared: Sequence[Compared],
    figures: Sequence[FigureCandidate],
    found: Sequence[Diagnostic] = (),
) -> tuple[Diagnostic, ...]:
    """A warning for the figures that differ, one for each cause. Where ``found``, of the clean run, holds draws that cells which stay
    behind move, or that have no seed, they are the cause: the stored figure is then one draw of many. Else what differs in last bits
    alone has one of its own."""
    differ = [one for one in compared if one.same is False]
    explained = _of_draws(found)
    if explained is not None:
        groups = [(differ, explained)]
    else:
        groups = [
            (
                [one for one in differ if one.small],
                (f"the figures agree to 1e-6: {WHY_LAST_BITS}", _LIKE_WITH_LIKE),
            ),
            ([one for one in differ if not one.small], (_STAYS_BEHIND, _COMPARE_AGAIN)),
        ]
    cells = {
        name: one.cell
        for one in figures
        for name in (one.name, *(_name_of_part(one, keys) for keys, _ in one.parts))
    }
    return tuple(
        Diagnostic(
            code="NBC-B19",
            severity=Severity.WARNING,
            message=_told(group),
            cause=cause,
            fixes=fixes,
            place=Place(path=path, cell=cells.get(group[0].name) or None),
        )
        for group, (cause, fixes) in groups
        if group
    )


def _told(differ: Sequence[Compared]) -> str:
    first, *others = (f"{one.name} is {one.stored} in the notebook, {one.clean!r} clean" for one in differ)
    more = f"; and {len(others) - _FEW} more" if len(others) > _FEW else ""
    return "; ".join([first, *others[:_FEW]]) + more


def _of_draws(found: Sequence[Diagnostic]) -> tuple[str, tuple[str, ...]] | None:
    """The cause and the ways out where random numbers are it."""
    moved = [one for one in found if one.cause.endswith(LEFT_BEHIND) and one.place is not None]
    if moved:
        at = ", ".join(f"cell {one.place.cell} line {one.place.line}" for one in moved[:3] if one.place)
        verb = "seeds" if "seeded" in moved[0].message else "draws from"
        return (
            f"{at}, which stays behind, {verb} the generator that kept cells draw from",
            tuple(
                f"{fix}, run the notebook from top to bottom, compare again" for fix in moved[0].fix_titles
            ),
        )
    draws = [one for one in found if one.cause == SEEDED_BY_THE_RUN and one.place is not None]
    if draws:
        at = ", ".join(f"cell {one.place.cell} line {one.place.line}" for one in draws[:3] if one.place)
        return (
            f"{at} draws without a seed, so that no two kernels need agree; the clean run draws the same each time",
            ("seed the draw, run the notebook from top to bottom, compare again",),
        )
    return None


def _compared_parts(figure: FigureCandidate, clean: Json) -> list[Compared]:
    """Each number of a dict, a Series or a frame that is a figure, under the keys that lead to it: those that are stored, else those that
    the clean run gives."""
    found = []
    for keys, stored in figure.parts or [(keys, None) for keys in _keys_in(clean)]:
        value = clean
        for key in keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        found.append(_compared(replace(figure, name=_name_of_part(figure, keys), stored=stored), value))
    return found


def _keys_in(value: Json) -> list[tuple[str, ...]]:
    if not isinstance(value, Mapping):
        return []
    return [(key, *below) for key, one in value.items() for below in _keys_in(one) or [()]]


def _name_of_part(figure: FigureCandidate, keys: Sequence[str]) -> str:
    return ".".join(keys if figure.whole else (figure.name, *keys))


def _compared(figure: FigureCandidate, clean: Json) -> Compared:
    value = float(clean) if isinstance(clean, int | float) and not isinstance(clean, bool) else None
    if isinstance(clean, str):
        try:
            value = float(clean)
        except ValueError:
            value = None
    same, small = None, False
    if figure.stored is not None and value is not None:
        same = is_same(figure.stored, value, percent=figure.percent)
        small = not same and is_same(figure.stored, value, percent=figure.percent, within=LAST_BITS)
    return Compared(name=figure.name, stored=figure.as_shown, clean=value, same=same, small=small)


def is_same(stored: str, clean: float, *, percent: bool = False, within: float = 0.0) -> bool:
    """Whether ``clean`` is written as ``stored`` at the digits that ``stored`` has, at most 10 significant ones, or is no further from
    that than ``within``, relatively."""
    plain = stored.replace(",", "").replace("_", "")
    shown = float(plain)
    if math.isnan(shown) or math.isnan(clean):
        return math.isnan(shown) and math.isnan(clean)
    value = clean * 100 if percent else clean
    mantissa, _, exponent = plain.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    unit = 10.0 ** (int(exponent or 0) - decimals)
    most = max(unit * 0.5000001, abs(shown) * 10.0**-_SIGNIFICANT)
    return abs(shown - value) <= most + abs(shown) * within


def _meta_of(notebook: Notebook) -> Meta | None:
    """The [meta] that is there. Raises NbcodeError where it cannot be read."""
    cell = next((cell for cell in notebook.cells if cell.tag == "meta"), None)
    if cell is None:
        return None
    reading = read_meta(cell, notebook.path)
    if reading.meta is None:
        raise NbcodeError(reading.diagnostics)
    return reading.meta


def _with_meta(choice: Choice, meta: Meta | None) -> Choice:
    if meta is None:
        return choice
    figures = tuple((name, one.text) for name, one in meta.figures)
    if meta.report is not None:
        figures = (("", meta.report.text),)
    if choice.model is None and choice.signal is None:
        signal = meta.signal.text if meta.signal else None
        model = meta.model.text if meta.model else "m"
        choice = replace(choice, model=None if signal else model, signal=signal)
    return replace(choice, figures=choice.figures or figures)


def _require(made: Suggestion, path: Path, meta_cell: int | None) -> None:
    command = f"nbcode suggest {shlex.quote(path.name)}"
    fixes: list[str] = []
    if made.unknown:
        message = f"no cell gives {', '.join(made.unknown[:4])}"
        cause = "the model and the figures are names that cells bind, or expressions of them"
    elif made.model is None and made.signal is None:
        message = "no fitted model, scores or positions found"
        cause = "nothing calls .fit, lgb.train or xgb.train and keeps what it gives"
        if made.nearest:
            near = made.nearest[0]
            cell = near.cell - (meta_cell is not None and near.cell > meta_cell)
            cause = f"{cause}; nearest is {near.name} of cell {cell}, which {near.why}"
        for near in made.nearest:
            then = f"type `{command} {near.option}`"
            fixes.append(f"{near.before}, then {then}" if near.before else then)
    else:
        return
    fixes += [f"type `{command} --model {one.expression}`" for one in made.models[:1]]
    if not fixes:
        fixes.append("name it: nbcode suggest NOTEBOOK --model NAME, or --signal NAME")
    raise NbcodeError(
        [
            Diagnostic(
                code="NBC-B18", message=message, cause=cause, fixes=tuple(fixes), place=Place(path=str(path))
            )
        ]
    )


def _meta_lines(path: Path, made: Suggestion, owner: str) -> tuple[str, ...]:
    values: dict[str, str | Sequence[tuple[str, str]]] = {
        "id": model_id(path.stem),
        "kind": "model" if made.model else "signal",
        "horizon": f"{made.horizon.sessions}d",
        "owner": _one_line(owner),
    }
    if made.inputs:
        values["inputs"] = made.inputs
    if made.model and made.model != "m":
        values["model"] = made.model
    if made.signal:
        values["signal"] = made.signal
    if made.report is not None:
        values["report"] = made.report
    elif made.figures:
        values["report"] = tuple((one.name, one.text) for one in made.figures)
    try:
        return meta_lines_of(values)
    except ValueError as error:
        raise TaggingError(str(path), str(error)) from error


def model_id(stem: str) -> str:
    """A name for [meta] from a file's name."""
    folded = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9_-]+", "_", folded).strip("_-").lstrip("0123456789_-")[:60].strip("_-")
    if len(slug) < 2 or re.fullmatch(
        r"v\d+|latest|candidate|production|staging|archived|champion|none", slug
    ):
        return f"model_{slug}".strip("_")
    return slug


def _one_line(owner: str) -> str:
    plain = "".join(c for c in owner if unicodedata.category(c) not in {"Cc", "Cf", "Zl", "Zp", "Co", "Cs"})
    return plain.replace("{{", "").replace("}}", "").strip()[:300] or "me"


def _write(path: Path, read: bytes, new: bytes) -> None:
    """Put ``new`` in the place of what was read: whole, or not at all."""
    try:
        if read_bytes(path) != read:
            raise NbcodeError([_changed(path)], Exit.RETRY)
        write_named(path, new, durable=True)
    except OSError as error:
        raise NbcodeError(
            [
                Diagnostic(
                    code="NBC-X04",
                    message="cannot write the notebook",
                    cause=(error.strerror or str(error)).lower(),
                    fixes=("make the file and its folder writable",),
                    place=Place(path=str(path)),
                )
            ],
            Exit.ENVIRONMENT,
        ) from error


def _changed(path: Path) -> Diagnostic:
    return Diagnostic(
        code="NBC-A24",
        message="the file changed while it was read",
        cause="an editor or a tool is writing it",
        fixes=("save and retry",),
        place=Place(path=str(path)),
    )


def _figure_json(one: FigureCandidate) -> SuggestedFigure:
    return {
        "name": one.name,
        "expression": one.text,
        "cell": one.cell,
        "stored": one.as_shown,
        "why": one.how,
    }


def _cell_json(one: SuggestedCell) -> SuggestedTag:
    return {
        "cell": one.index,
        "tag": one.tag,
        "had": one.had,
        "first_line": one.first_line,
        "lines": one.lines,
        "why": one.why,
    }

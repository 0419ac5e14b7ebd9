"""Whether a definition in alpha_bench's language, which cells built with data in hand, knows the sessions that it is tested on.

The language cannot look ahead, but a number, a group or a column that cells took from the data can. So the cells run again:

1. Every value after the first tested session is another, twice, and whatever they judge gives the report that it gave before. A definition that
   is another then knows the tested sessions by another way than a choice among reports (E40).
2. On the data as they are, while each evaluation gives the report of the one after it. A definition that is another then was chosen by
   its figures: where fewer trials are declared than were judged, that is told (E41).

Where it is another on the data as they are too, it is drawn without a seed, and nothing is said of the future.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from alpha_bench.describe import answering, first_tested
from nbcode.leaks.futures import Again, Inputs, OpenSession, reseed
from nbcode.leaks.lineage import (
    Change,
    Future,
    Look,
    Obstacle,
    OutOfTime,
    leaks_found,
    no_leaks_found,
    not_looked_at,
)
from nbcode.leaks.recording import JudgedBefore, Recorder
from nbcode.leaks.tables import dated_keys
from nbcode.namespace import Code
from nbcode.primitives import Diagnostic, Json, Place, Severity, dataclass

_SAME = 1e-9
_MOST_SHOWN = 3
_REPORTS = Obstacle(
    cause="the cells judge more than is kept for a second look",
    fix="judge fewer variants in one notebook",
)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Built:
    """``plain`` is the evaluation that the cells defined, ``read`` finds it in the namespace of another run (None: it is not there);
    ``judged`` is what they judged on the way."""

    plain: Mapping[str, Json]
    read: Callable[[Mapping[str, object]], Mapping[str, Json] | None]
    judged: JudgedBefore


def look_at_definition(
    cells: Sequence[Code],
    inputs: Inputs,
    open_session: OpenSession,
    panel: Any,
    *,
    recorder: Recorder,
    built: Built,
    seed: Callable[[], None] = reseed,
) -> Look:
    """What is told of what ``cells`` built. The other parameters are as for :func:`nbcode.leaks.probe.find_leaks`."""
    dated = dated_keys(inputs)
    again = Again(
        cells=cells,
        inputs=inputs,
        dated=dated,
        open_session=open_session,
        panel=panel,
        recorder=recorder,
        seed=seed,
    )
    try:
        return _looked(again, built)
    except OutOfTime as error:
        return not_looked_at(error.obstacle)


def _looked(again: Again, built: Built) -> Look:
    if not built.judged.reports:
        return not_looked_at(_REPORTS)
    sessions = np.asarray(built.judged.reports[-1].dates, dtype="datetime64[ns]")
    first = first_tested(built.plain, len(sessions))
    cut = sessions[len(sessions) // 2 if first is None else first]
    told, obstacle = _another_future(again, built, cut)
    chosen = _chosen_by_figures(again, built)
    found = [*told, *([] if chosen is None else [chosen])]
    if found:
        return leaks_found(*found)
    return no_leaks_found(() if obstacle is None else (obstacle,))


def _another_future(
    again: Again, built: Built, cut: np.datetime64
) -> tuple[list[Diagnostic], Obstacle | None]:
    reports = built.judged.reports or []
    changed: list[str] = []
    for change in (Change.MOVED, Change.TRENDING):  # a choice among few may come out the same on one of them
        then, obstacle = _definition(again, built, Future(change=change, cut=cut), reports)
        if then is None:
            return [], obstacle
        changed = list(differences(built.plain, then))
        if changed:
            break
    if not changed:
        return [], None
    now, _ = _definition(again, built, Future(change=Change.NONE, cut=cut), reports)
    drawn = [] if now is None else list(differences(built.plain, now))
    left = [one for one in changed if one not in drawn]
    if left:
        return [knows_tested(left, cut)], None
    return [], Obstacle(
        cause="the cells build another definition each time that they run",
        fix="draw with a seed: np.random.default_rng(7)",
    )


def _chosen_by_figures(again: Again, built: Built) -> Diagnostic | None:
    """E41 where the definition is another when evaluations give each other's reports, and fewer trials are declared."""
    reports, evaluation = built.judged.reports or [], built.plain["evaluation"]
    declared = evaluation.get("trials", 1) if isinstance(evaluation, dict) else 1
    if not isinstance(declared, int) or built.judged.variants <= max(declared, 1):
        return None
    here = Future(change=Change.NONE, cut=np.datetime64("now"))
    then, _ = _definition(again, built, here, [*reports[1:], *reports[:1]])
    changed = [] if then is None else list(differences(built.plain, then))
    now, _ = _definition(again, built, here, reports) if changed else (None, None)
    if now is None or not set(changed) - set(differences(built.plain, now)):
        return None
    return best_of_many(changed, built.judged.variants, declared)


def best_of_many(changed: Sequence[str], many: int, declared: int) -> Diagnostic:
    """E41: ``changed`` was chosen among ``many`` variants by figures of the sessions that are reported."""
    return Diagnostic(
        code="NBC-E41",
        severity=Severity.WARNING,
        message=f"the best of {many} variants is reported as {'one trial' if declared == 1 else f'{declared} trials'}: {_shown(changed)} "
        "was chosen by the figures of the tested sessions",
        cause=f"the best of {many} looks good by chance too; the deflated Sharpe ratio allows for all {many}",
        fixes=(f"walk_forward(m, trials={many})",),
        place=Place(tag="eval"),
    )


def _definition(
    again: Again, built: Built, future: Future, reports: Sequence[Any]
) -> tuple[Mapping[str, Json] | None, Obstacle | None]:
    with answering(reports):
        namespace, obstacle = again.names(future)
        try:
            return built.read(namespace), obstacle
        except Exception as error:
            cause = f"the cells build no definition on data with another future: {type(error).__name__}"
            return None, obstacle or Obstacle(cause=cause, fix="")


def knows_tested(changed: Sequence[str], cut: np.datetime64) -> Diagnostic:
    """E40: ``changed`` is another when only data after ``cut`` change."""
    day = str(cut)[:10]
    return Diagnostic(
        code="NBC-E40",
        severity=Severity.WARNING,
        message=f"the definition knows the sessions that it is tested on: {_shown(changed)} {'is another' if len(changed) == 1 else 'are others'} "
        f"when only data after {day}, the first tested session, change",
        cause="what cells take from all sessions and write into the model has seen what it is tested on",
        fixes=(f'take it from sessions before {day}: known = table[table["date"] < "{day}"]',),
        place=Place(tag="features"),
    )


def _shown(changed: Sequence[str]) -> str:
    more = len(changed) - _MOST_SHOWN
    return ", ".join(changed[:_MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")


def differences(one: Json | Mapping[str, Json], other: Json | Mapping[str, Json]) -> Iterator[str]:
    """Where two definitions differ, in words: ``window of ret in X``. Declared trials do not count, nor the last bits of a number."""
    yield from dict.fromkeys(_differences(one, other, ()))


_PARTS = {"features": "X", "label": "y", "evaluation": "the evaluation"}


def _differences(one: Any, other: Any, at: tuple[str, ...]) -> Iterator[str]:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        if one.get("op") != other.get("op") or one.get("field") != other.get("field"):
            yield _words(at)
            return
        inside = (*at, f"{_called(one)}") if "op" in one else at
        for key in dict.fromkeys((*one, *other)):
            if key not in {"trials", "schema_version"}:
                step = () if key in {"args", "params"} else (str(key),)
                yield from _differences(one.get(key), other.get(key), (*inside, *step))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for a, b in zip(one, other, strict=True):
            yield from _differences(a, b, at)
    elif not _same(one, other):
        yield _words(at)


def _called(node: Mapping[str, Any]) -> str:
    """An operator's name; a custom feature's own."""
    parameters = node.get("params")
    own = parameters.get("name") if node["op"] == "feature" and isinstance(parameters, Mapping) else None
    return str(own or node["op"])


def _words(at: tuple[str, ...]) -> str:
    if not at:
        return "it"
    part, last = _PARTS.get(at[0], at[0]), at[-1]
    if len(at) == 1:
        return part
    if last == "source":
        return f"what @feature {at[-2]} reads"
    last = "the number" if last == "const" else last
    return f"{last} of {at[-2]} in {part}" if len(at) > 2 else f"{last} in {part}"


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) or isinstance(other, float):
        numbers = isinstance(one, int | float) and isinstance(other, int | float)
        return numbers and math.isclose(one, other, rel_tol=_SAME, abs_tol=_SAME)
    return bool(one == other)

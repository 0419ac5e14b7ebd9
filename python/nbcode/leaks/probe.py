"""Whether what a plain Python notebook learns from, or is tested on, knew the future: its cells again, on another future.

The vocabulary of alpha_bench cannot look ahead, and custom features are run again on shortened panels there. Cells of pandas
can do anything, so their calls that learn and test are recorded (:class:`Recorder`), and a clean run ends with this:

1. Facts of the calls (:class:`Facts`): rows that are trained on and tested, labels that reach into tested rows, and so on.
2. Every declared input with dates is given another future, at three cuts: the last training session, where training rows end before
   the data does (so that a scaler fitted on training rows is honest), the one by which what was learnt is settled (:class:`Settled`), and
   sessions on other days of the week, off the ends of months.
   The cells run again on it, in a namespace of their own, until they have made the same calls. A value of X, of y (but for the last
   ``horizon`` sessions), of weights or of an evaluation set, or a row, up to the cut, that is another knew the future (E23).
   Where the cut lies among the reported rows they run on to the last figure, and what is scored may be another no more than that:
   predictions by models that were fitted before, tables of figures, the signal (:class:`Rescored`; E30, E23).
3. Once more, with a third of the names leaving the data after the cut: a name whose rows before it come or go was chosen by what
   became of it (E23). Where names leave the inputs and none of them is learnt from, the rows are the survivors' (E24).
4. Once more, with another past before a session: a label of that session that is another, also where nothing happens after it, knows
   what was before its row (E32).
5. Once more as they are, where there are positions: whether the P&L is earned by positions that its own sessions made (E33).

What the cells judge in alpha_bench's language is looked at by what it is asked of (:mod:`nbcode.leaks.judged.judged_look`).

Where something is found, the cells run once more on the data as they are: what is another then too was drawn without a seed. It
shows that a notebook looks ahead on this data; it is no proof that it never would. Whatever it cannot follow, it says so
(:class:`Obstacle`): a look that was not made never passes for one that found nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from nbcode.leaks.findings import Facts, Settled, choices, copied, in_sample, of_later_rows, passed_on
from nbcode.leaks.futures import (
    LOOKS_AHEAD,
    NO_FIT,
    NO_INPUTS,
    Again,
    Inputs,
    Looks,
    OpenSession,
    few_sessions,
    not_kept,
    nothing_dated,
    reseed,
    without_refuted,
)
from nbcode.leaks.judged import Built, look_at_definition, look_at_judged
from nbcode.leaks.lineage import (
    Kind,
    Look,
    Obstacle,
    OutOfTime,
    Role,
    leaks_found,
    no_leaks_found,
    not_looked_at,
)
from nbcode.leaks.positions import OwnSession
from nbcode.leaks.recording import JudgedBefore, Recorder
from nbcode.leaks.tables import PART, Keys, dated_keys
from nbcode.namespace import ActiveSession, Code, DataSource, read_inputs
from nbcode.primitives import Diagnostic, Severity, Verdict

_FEWEST = 30
_CHOSEN = "NBC-E30"
_OWN_SESSION = "NBC-E33"


def probe_leaks(
    session: ActiveSession,
    cells: Sequence[Code],
    source: DataSource,
    *,
    recorder: Recorder,
    horizon: int,
    place_files: Callable[[Inputs], Mapping[str, Callable[[], Path]]] | None = None,
    parts: Inputs = MappingProxyType({}),
    no_look: Obstacle | None = None,
    signal: str = "",
    judged: JudgedBefore | None = None,
    figures: Sequence[str] = (),
) -> Look:
    """The facts of what ``recorder`` recorded, and whether what plain Python cells learnt from knew the future. Ends the session:
    ``cells``, which ran in it, run again, on data of their own, where ``no_look`` does not say why not. ``place_files`` puts inputs where cells open
    them, and tells where that is; ``parts`` are frames inside of inputs that are no tables, by names that no input has. ``signal`` is [meta]'s expression for the
    positions, where it has one, ``figures`` those for figures; ``judged`` heard what they judged in alpha_bench's language."""
    inputs = {**read_inputs(source), **parts}
    held = {name.partition(PART)[0] for name in inputs}
    others = {one.name: one.path for one in source.inputs if one.path is not None and one.name not in held}

    panel, begin_again = session.panel_in_use, _reopening(session, place_files)
    return find_leaks(
        cells,
        inputs,
        begin_again,
        panel,
        others=others,
        recorder=recorder,
        horizon=horizon,
        no_look=no_look,
        signal=signal,
        judged=judged,
        figures=figures,
    )


def probe_definition(
    session: ActiveSession,
    cells: Sequence[Code],
    source: DataSource,
    *,
    recorder: Recorder,
    built: Built,
    place_files: Callable[[Inputs], Mapping[str, Callable[[], Path]]] | None = None,
    parts: Inputs = MappingProxyType({}),
    no_look: Obstacle | None = None,
) -> Look:
    """Whether the definition that ``cells`` built with data in hand knows what it is tested on. As :func:`probe_leaks`."""
    if no_look is not None:
        return not_looked_at(no_look)
    inputs = {**read_inputs(source), **parts}
    begin_again = _reopening(session, place_files)
    return look_at_definition(
        cells, inputs, begin_again, session.panel_in_use, recorder=recorder, built=built
    )


def _reopening(
    session: ActiveSession, place_files: Callable[[Inputs], Mapping[str, Callable[[], Path]]] | None
) -> OpenSession:
    def begin_again(namespace: dict[str, object], frames: Inputs, panel: Any) -> None:
        session.reopened(namespace, frames, panel, None if place_files is None else place_files(frames))

    return begin_again


def find_leaks(
    cells: Sequence[Code],
    inputs: Inputs,
    open_session: OpenSession,
    panel: Any = None,
    *,
    recorder: Recorder,
    horizon: int,
    others: Mapping[str, Path] = MappingProxyType({}),
    seed: Callable[[], None] = reseed,
    no_look: Obstacle | None = None,
    signal: str = "",
    judged: JudgedBefore | None = None,
    figures: Sequence[str] = (),
) -> Look:
    """What is told of ``cells`` that ran under ``recorder``. ``inputs`` are frames by name, ``panel`` the platform's if cells have used
    it; none of them is changed. ``others`` are the files of declared inputs that are no frames, by name. ``horizon``: sessions that a
    label reaches ahead. ``seed`` starts the generators that cells share; ``no_look`` says why the cells cannot run again; ``signal`` is
    [meta]'s expression for the positions, ``figures`` those for figures; ``judged`` heard of the evaluations in alpha_bench's language."""
    dated = dated_keys(inputs)
    sessions = calendar(dated, panel)
    called = Facts(recorder.lineage, sessions, horizon)
    facts = _facts(called, recorder)
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
        if not no_look:
            facts = (*without_refuted(facts, called.doubts, again), *_own_sessions(again, signal, figures))
        seen = not_looked_at(no_look) if no_look else _seen(again, called, sessions, horizon, others)
        if judged is not None and no_look is None:
            seen = _with_judged(seen, again, judged, signal)
    except OutOfTime as error:
        seen = not_looked_at(error.obstacle)
    return _with_facts(replace(seen, diagnostics=(*seen.diagnostics, *called.notes)), facts)


def _with_facts(seen: Look, facts: tuple[Diagnostic, ...]) -> Look:
    """What was seen on other futures, and what the calls show, each thing once."""
    if not facts:
        return seen
    said = {(one.code, one.place) for one in facts}
    chosen = {code for code, _ in said} & {_CHOSEN}  # the calls show by what: that says more
    more = [one for one in seen.diagnostics if (one.code, one.place) not in said and one.code not in chosen]
    if any(LOOKS_AHEAD in one.message for one in more):  # a lag would hide what the signal knows
        facts = tuple(one for one in facts if one.code != _OWN_SESSION)
    return leaks_found(*(more if seen.ahead.verdict is Verdict.FOUND else ()), *facts)


def _facts(called: Facts, recorder: Recorder) -> tuple[Diagnostic, ...]:
    return (
        *called.found(),
        *copied(called, recorder.lineage),
        *choices(called, recorder.lineage),
        *passed_on(called, recorder.lineage),
        *in_sample(called, recorder.lineage),
        *of_later_rows(recorder.kept.values(), recorder.lineage.dates),
    )


def _with_judged(seen: Look, again: Again, judged: JudgedBefore, signal: str) -> Look:
    """What was seen, and what is told of evaluations in alpha_bench's language: where there is nothing else, that is all."""
    told = look_at_judged(again, judged, signal)
    if told is None:
        return seen
    if seen.ahead.verdict is Verdict.FOUND:
        return (
            leaks_found(*seen.diagnostics, *told.diagnostics) if told.ahead.verdict is Verdict.FOUND else seen
        )
    learns = any(call.kind is not Kind.SPLIT or call.folds for call in again.recorder.lineage.calls)
    return seen if learns and told.ahead.verdict is not Verdict.FOUND else told


def calendar(dated: Mapping[str, Keys], panel: Any) -> np.ndarray[Any, Any]:
    """The sessions of the inputs, ascending: of the one that has most of them, and of the panel; empty where there are no dates."""
    every = [np.unique(keys.dates.astype("datetime64[ns]")) for keys in dated.values()]
    longest = max(every, key=len, default=np.array([], dtype="datetime64[ns]"))
    if panel is None:
        return longest
    return np.unique(np.concatenate([longest, np.asarray(panel.dates, dtype="datetime64[ns]")]))


def _seen(
    again: Again, facts: Facts, sessions: np.ndarray[Any, Any], horizon: int, others: Mapping[str, Path]
) -> Look:
    inputs, dated, lineage = again.inputs, again.dated, again.recorder.lineage
    if not inputs and not others and again.panel is None:
        return not_looked_at(NO_INPUTS)
    if not (lineage.scored or lineage.bests) and not any(
        call.kind is not Kind.SPLIT or call.folds for call in lineage.calls
    ):
        return not_looked_at(*map(not_kept, lineage.lost), NO_FIT)
    parted = {name.partition(PART)[0] for name in inputs if PART in name}
    left = {name: frame for name, frame in inputs.items() if name not in dated and name not in parted}
    undated = nothing_dated(left, others)
    if not len(sessions):
        return not_looked_at(undated)
    if len(sessions) < _FEWEST:
        return not_looked_at(few_sessions(len(sessions), _FEWEST))
    all_dated = not left and not others
    settled = Settled(facts, lineage, sessions, horizon)
    looks = Looks(again, sessions, horizon, None if all_dated else undated, settled)
    findings = looks.findings()
    survivors = _survivors(again, sessions)
    told = (*findings, *(() if survivors is None else (survivors,)))
    if told:
        return leaks_found(*told)
    missed = (*looks.obstacles, *map(not_kept, lineage.lost))
    return no_leaks_found(missed) if looks.looked else not_looked_at(*missed or (NO_FIT,))


def _own_sessions(again: Again, signal: str, figures: Sequence[str]) -> tuple[Diagnostic, ...]:
    """E33, where there are positions: [meta] names them, or nothing is learnt and a rule makes them."""
    if not signal and any(call.kind is not Kind.SPLIT for call in again.recorder.lineage.calls):
        return ()
    told = OwnSession(again, signal, figures).told()
    return () if told is None else (told,)


def _survivors(again: Again, sessions: np.ndarray[Any, Any]) -> Diagnostic | None:
    """E24 where names leave the inputs and none of them is learnt from."""
    late = sessions[-min(6, len(sessions))]
    left: set[str] = set()
    for keys in again.dated.values():
        if keys.names is not None:
            left |= set(np.unique(keys.names).tolist()) - set(
                np.unique(keys.names[keys.dates >= late]).tolist()
            )
    if len(left) < 2:
        return None
    lineage = again.recorder.lineage
    codes = {code for code, name in enumerate(lineage.names) if name in left}
    named = None
    for call in lineage.calls:
        rows = call.rows_of(Role.X)
        if call.kind not in {Kind.FIT, Kind.VALIDATE} or rows is None or rows.names is None:
            continue
        if codes & set(np.unique(rows.names).tolist()):
            return None
        named = named or call
    if named is None:
        return None
    text = next(named.of(Role.X)).text or named.what
    return Diagnostic(
        code="NBC-E24",
        severity=Severity.WARNING,
        message=f"{text} holds survivors only: none of the {len(left)} names that leave the data is in it",
        cause="who would survive was not known then; returns of survivors are better than returns were",
        fixes=("choose names by what was known on each session, not by a table of those that are left",),
        place=named.place,
    )

"""`nbcode logs`: what a clean run said, cell by cell, and how it ended; while it runs, as it comes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbcode.primitives import Diagnostic, Exit, Json, NbcodeError, dataclass, nearest
from nbcode.run import (
    EVENTS_NAME,
    EXECUTED_NAME,
    LOG_NAME,
    RECORD_NAME,
    RunEvent,
    read_events,
)

if TYPE_CHECKING:
    from nbcode.commands.outputs.promoting import LogsOutput

__all__ = ["LogsResult", "follow", "logs"]

_RUN_OF_MODEL = re.compile(r"-([0-9a-f]{12}-\d+(-r\d+)?|\d{8}T\d{6}-[0-9a-f]{6})")
_ESCAPE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True, kw_only=True, slots=True)
class LogsResult:
    """A run's record. ``status`` is None while it runs, or when it was killed before it could say; ``printed`` is what each
    cell printed: (position among the promoted cells from 1, text); ``log`` what the machinery wrote; ``columns`` counts the
    computed columns by what the run said of them: ``verified``, ``recomputed``, ``different``."""

    run_id: str
    status: str | None
    isolation: str | None
    columns: tuple[tuple[str, int], ...]
    events: tuple[RunEvent, ...]
    printed: tuple[tuple[int, str], ...]
    log: str
    diagnostics: tuple[Json, ...]

    def to_json(self) -> LogsOutput:
        """The object that `logs --json` prints."""
        return {
            "run_id": self.run_id,
            "status": self.status,
            "isolation": self.isolation,
            "columns": dict(self.columns),
            "events": [event.to_json() for event in self.events],
            "printed": [{"cell": cell, "text": text} for cell, text in self.printed],
            "log": self.log,
            "diagnostics": list(self.diagnostics),
        }


def logs(runs: Path, run_id: str | None = None) -> LogsResult:
    """The record of run ``run_id`` (or the start of an id) below ``runs``; a model's id is its latest run, None the latest
    of all.

    Raises:
        NbcodeError: no such run, or more than one.
    """
    place = _place(runs, run_id)
    record = _json(place / RECORD_NAME)
    return LogsResult(
        run_id=place.name,
        status=record.get("status"),
        isolation=record.get("isolation"),
        columns=tuple(record.get("columns", {}).items()),
        events=read_events(place)[0],
        printed=_printed(_json(place / EXECUTED_NAME)),
        log=_text(place / LOG_NAME),
        diagnostics=tuple(record.get("diagnostics", ())),
    )


def follow(runs: Path, run_id: str | None, *, wait: Callable[[], bool]) -> Iterator[RunEvent]:
    """The events of a run as they come, until its record is complete or ``wait`` (called when there is nothing new)
    returns False. Raises ``NbcodeError`` as :func:`logs` does."""
    place = _place(runs, run_id)
    until = 0
    while True:
        over = (place / RECORD_NAME).exists()
        events, until = read_events(place, until)
        yield from events
        if over or not wait():
            return


def _place(runs: Path, run_id: str | None) -> Path:
    there = (
        sorted((p for p in runs.iterdir() if p.is_dir() and not p.name.startswith(".new-")), key=_age)
        if runs.is_dir()
        else []
    )
    if not there:
        raise NbcodeError(
            [_unknown("no run is recorded here", "`nbcode run` or `nbcode promote` makes one")], Exit.USER
        )
    if run_id is None:
        return there[-1]
    exact = [p for p in there if p.name == run_id]
    found = exact or [p for p in there if p.name.startswith(run_id)]
    if len(found) == 1:
        return found[0]
    names = [p.name for p in there]
    of_model = [p for p in found if re.fullmatch(_RUN_OF_MODEL, p.name.removeprefix(run_id))]
    if found and len(of_model) == len(found):
        return found[-1]
    if found:
        fix = "write more of it: " + ", ".join(p.name for p in found[-5:])
        raise NbcodeError([_unknown(f"more than one run begins with `{run_id}`", fix)], Exit.USER)
    models = dict.fromkeys(_RUN_OF_MODEL.sub("", name) for name in reversed(names))
    near = nearest(run_id, [*names, *models])
    fix = f"did you mean {near}?" if near else f"recorded here are runs of {', '.join(list(models)[:5])}"
    raise NbcodeError([_unknown(f"no run `{run_id}` is recorded here", fix)], Exit.USER)


def _age(place: Path) -> tuple[float, str]:
    events = place / EVENTS_NAME
    return ((events if events.exists() else place).stat().st_mtime, place.name)


def _unknown(message: str, fix: str) -> Diagnostic:
    return Diagnostic(code="NBC-H21", message=message, fixes=(fix,))


def _printed(notebook: dict[str, Any]) -> tuple[tuple[int, str], ...]:
    found = []
    for position, cell in enumerate(notebook.get("cells", ())):
        text = "".join(_said(output) for output in cell.get("outputs", ()))
        if text:
            found.append((position, text))
    return tuple(found)


def _said(output: dict[str, Any]) -> str:
    if output["output_type"] == "stream":
        return str(output["text"])
    if output["output_type"] == "error":
        return _ESCAPE.sub("", "\n".join(output["traceback"])) + "\n"
    return str(output["data"].get("text/plain", "")) + "\n"


def _json(path: Path) -> dict[str, Any]:
    text = _text(path)
    return json.loads(text) if text else {}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""

"""What the leak probe came to: none found, found, or not looked at and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from nbcode.primitives import (
    Diagnostic,
    Json,
    LookAhead,
    Place,
    Severity,
    Verdict,
    dataclass,
    to_plain,
)

CODE = "NBC-E23"


@dataclass(frozen=True, kw_only=True, slots=True)
class Obstacle:
    """Why something was not looked at. ``cause`` is the same on every run of a spec, ``detail`` need not be; ``fix`` makes it lookable.
    ``of_note`` is one that is no reason to doubt: there is nothing whose future could be known."""

    cause: str
    fix: str
    detail: str = ""
    place: Place | None = None
    of_note: bool = False


class OutOfTime(BaseException):
    """The time of the look is up. No ``Exception``, which cells that are run again may catch."""

    def __init__(self, obstacle: Obstacle) -> None:
        """``obstacle`` says which time, and how there is more of it."""
        super().__init__(obstacle.cause)
        self.obstacle = obstacle


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """What is kept of a look, and what is told of it."""

    ahead: LookAhead
    diagnostics: tuple[Diagnostic, ...] = ()

    def to_json(self) -> Json:
        """Plain JSON data."""
        return {"ahead": to_plain(self.ahead), "diagnostics": [one.to_json() for one in self.diagnostics]}


def until_stopped(looking: Callable[[Callable[[Obstacle], None]], Look]) -> Look:
    """What ``looking`` comes to. It is given a function that ends it at once, from a signal handler say, and says why."""
    try:
        return looking(_stop)
    except OutOfTime as ended:
        return not_looked_at(ended.obstacle)


def _stop(why: Obstacle) -> None:
    raise OutOfTime(why)


def leaks_found(*diagnostics: Diagnostic) -> Look:
    """A look that found something."""
    return _look(Verdict.FOUND, diagnostics[0].message, *diagnostics)


def not_looked_at(*obstacles: Obstacle) -> Look:
    """No look was made: one warning, with the first of ``obstacles`` and how many more there are."""
    first, because = obstacles[0], _causes(obstacles)
    more = because.removeprefix(first.cause)
    told = Diagnostic(
        code=CODE,
        severity=Severity.NOTE if first.of_note else Severity.WARNING,
        message="look-ahead was not looked at" + (f": {because}" if first.of_note else ""),
        cause=first.cause + first.detail + more,
        fixes=(first.fix,) if first.fix else (),
        place=first.place,
    )
    return _look(Verdict.NOT_LOOKED_AT, because, told)


def no_leaks_found(obstacles: Iterable[Obstacle] = ()) -> Look:
    """A look that found nothing, in all but what ``obstacles`` kept from it: a note says what that is."""
    missed = tuple(obstacles)
    if not missed:
        return _look(Verdict.NONE_FOUND)
    because = _causes(missed)
    told = Diagnostic(
        code=CODE,
        severity=Severity.NOTE,
        message=f"no look-ahead was found, but not all was looked at: {because}",
        fixes=(missed[0].fix,) if missed[0].fix else (),
        place=missed[0].place,
    )
    return _look(Verdict.NONE_FOUND, f"but not all was looked at: {because}", told)


def _look(verdict: Verdict, because: str = "", *diagnostics: Diagnostic) -> Look:
    return Look(ahead=LookAhead(verdict=verdict, because=because), diagnostics=diagnostics)


def _causes(obstacles: tuple[Obstacle, ...]) -> str:
    causes = list(dict.fromkeys(one.cause for one in obstacles))
    return causes[0] + (f" (and {len(causes) - 1} more)" if len(causes) > 1 else "")

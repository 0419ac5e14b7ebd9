"""What the fits of a run came to, so that they are not made again on other data."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from nbcode.leaks.lineage import Call, Kind, Role
from nbcode.leaks.recording.given import Given, foretells
from nbcode.primitives import dataclass

_MOST = 300
_LONG_S = 0.01  # a fit that took longer is not made again


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Fitted:
    """What a fit with ``settings`` on ``columns`` came to: the attributes of the object (``state``), or what a function gave."""

    kind: type
    columns: tuple[object, ...]
    state: dict[str, Any] | None
    result: Any
    settings: str


class Fits:
    """Fits of one run by their place and time. ``first`` are those of the same cells on other data."""

    def __init__(self, first: Fits | None = None) -> None:
        self._first = first
        self.made: dict[tuple[object, int], Fitted] = {}

    def taken_over(self, call: Call, given: Given) -> Fitted | None:
        """What the first run's fit came to, put into the object of this one; None where it has to be fitted."""
        fitted = None if self._first is None else self._first.made.get((call.at, call.time))
        if fitted is None or call.settings not in {fitted.settings, ""} or fitted.columns != _columns(call):
            return None
        if fitted.state is None:
            return fitted
        if type(given.owner) is not fitted.kind:
            return None
        vars(given.owner).update(_apart(fitted.state))
        return replace(fitted, result=given.owner)

    def note(self, call: Call, given: Given, result: Any, cpu_s: float) -> None:
        """``call`` came to ``result``, and took ``cpu_s`` seconds of processor time."""
        if (
            self._first is not None
            or call.kind not in {Kind.FIT, Kind.VALIDATE}
            or call.transforms
            or cpu_s < _LONG_S
        ):
            return
        if len(self.made) >= _MOST or (given.owner is not None and not foretells(given.owner)):
            return
        if hasattr(given.owner, "transform"):
            return  # others learn from what it gives, and it has to be what it would be on these data
        if given.group == "function":
            self.made[call.at, call.time] = Fitted(
                kind=type(result), columns=_columns(call), state=None, result=result, settings=call.settings
            )
        elif result is given.owner and hasattr(result, "__dict__"):
            self.made[call.at, call.time] = Fitted(
                kind=type(result),
                columns=_columns(call),
                state=_apart(vars(result)),
                result=None,
                settings=call.settings,
            )


def _columns(call: Call) -> tuple[object, ...]:
    """What of ``X`` a fit asks for again when it predicts: the names, and how many there are."""
    x = next(call.of(Role.X), None)
    return () if x is None else (x.columns, None if x.numbers is None else x.numbers.shape[1:])


def _apart(state: dict[str, Any]) -> dict[str, Any]:
    """``state`` with estimators of its own in the place of those in it: a pipeline that is fitted once more fits the very steps that it had."""
    return {name: _of_its_own(value) for name, value in state.items()}


def _of_its_own(value: Any) -> Any:
    if type(value) in {list, tuple}:
        return type(value)(map(_of_its_own, value))
    if hasattr(type(value), "get_params") and hasattr(value, "__dict__"):
        made = object.__new__(type(value))
        vars(made).update(_apart(vars(value)))
        return made
    return value

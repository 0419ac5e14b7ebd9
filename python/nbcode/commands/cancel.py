"""`nbcode cancel`: end the run of a promote, wherever it runs."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from nbcode.configuration import NAMESPACE_VARIABLE, STORE_VARIABLE
from nbcode.primitives import Diagnostic, Exit, NbcodeError, dataclass
from nbcode.promotion import Journal, Promotion, State
from nbcode.run import Runner, RunReference

if TYPE_CHECKING:
    from nbcode.commands.outputs.promoting import CancelOutput


@dataclass(frozen=True, kw_only=True, slots=True)
class CancelResult:
    """The promotes whose runs were told to end. ``by_resume``: no controller sees their journal, and `nbcode resume` takes down how they ended."""

    cancelled: tuple[Promotion, ...]
    by_resume: bool = False

    def to_json(self) -> CancelOutput:
        """What `cancel --json` prints."""
        return {"cancelled": [one.to_json() for one in self.cancelled]}


def cancel(name: str, journal: Journal, runner: Callable[[Promotion], Runner]) -> CancelResult:
    """Tell the runs of ``name`` (a run, or a model: all of it that run) to end; ``runner`` gives that of one. Their promotes end as failed (NBC-H41),
    or can be resumed where the run was of a process of this machine.

    Raises ``NbcodeError``: NBC-H21 where nothing of that name runs; or the runner cannot be asked now.
    """
    running = of_name(name, (one for one in journal.promotions() if one.state is State.SUBMITTED))
    if not running:
        unknown = Diagnostic(
            code="NBC-H21",
            message=f"nothing runs as `{name}`",
            cause="a promote can be cancelled while its run is submitted",
            fixes=("`nbcode status` lists the promotes and where they are",),
        )
        raise NbcodeError([unknown], Exit.USER)
    for one, at in [(one, runner(one)) for one in running]:
        at.cancel(RunReference(runner=at.kind, run_id=one.run_id or ""))
    return CancelResult(cancelled=running)


def elsewhere(promotion: Promotion, here: str) -> Diagnostic:
    """NBC-H45: a run that is in another cluster than the one that is named here."""
    namespace, _, store = promotion.runs_in.partition(" ")
    named = f"export {NAMESPACE_VARIABLE}={shlex.quote(namespace)} {STORE_VARIABLE}={shlex.quote(store)}"
    return Diagnostic(
        code="NBC-H45",
        message=f"the run of {promotion.model} is in the namespace {namespace}, its files in {store}",
        cause=f"here the namespace and the store {here.replace(' ', ' and ', 1)} are named" if here else "",
        fixes=(f"`{named}`, then the same again",),
    )


def of_name(name: str | None, promotions: Iterable[Promotion]) -> tuple[Promotion, ...]:
    """Those that have a run, and whose run or model is called ``name``; of every name where it is None. The beginning of a run's name is taken for it where it says
    the whole model and more, and no other begins so."""
    runs = tuple(one for one in promotions if one.run_id is not None)
    if name is None:
        return runs
    called = tuple(one for one in runs if name in (one.model, one.run_id))
    begun = tuple(
        one for one in runs if name.startswith(f"{one.model}-") and (one.run_id or "").startswith(name)
    )
    return called or (begun if len(begun) == 1 else ())

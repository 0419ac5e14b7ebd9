"""`nbcode cancel`: end the run of a promote, wherever it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from nbcode.primitives import Diagnostic, Exit, NbcodeError, dataclass
from nbcode.promotion import Journal, Promotion, State
from nbcode.run import Runner, RunReference

if TYPE_CHECKING:
    from nbcode.commands.outputs.promoting import CancelOutput


@dataclass(frozen=True, kw_only=True, slots=True)
class CancelResult:
    """The promotes whose runs were told to end."""

    cancelled: tuple[Promotion, ...]

    def to_json(self) -> CancelOutput:
        """What `cancel --json` prints."""
        return {"cancelled": [one.to_json() for one in self.cancelled]}


def cancel(name: str, journal: Journal, runner: Callable[[str], Runner]) -> CancelResult:
    """Tell the runs of ``name`` (a run, or a model: all of it that run) to end; ``runner`` gives that of a place. Their promotes end as failed (NBC-H41),
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
    for one in running:
        at = runner(one.runs_on)
        at.cancel(RunReference(runner=at.kind, run_id=one.run_id or ""))
    return CancelResult(cancelled=running)


def of_name(name: str | None, promotions: Iterable[Promotion]) -> tuple[Promotion, ...]:
    """Those that have a run, and whose run or model is called ``name``; of every name where it is None."""
    return tuple(
        one
        for one in promotions
        if one.run_id is not None and (name is None or one.model == name or one.run_id.startswith(name))
    )

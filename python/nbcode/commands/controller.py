"""`nbcode controller`: goes on with what was submitted to a cluster, wherever it was begun: the laptop may be closed.

The truth is the journal and the object store. Each promotion is gone on with under its lease, so that a second controller, or one that begins while
another still ends, does nothing twice; a kill anywhere is finished by the next look.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import field
from typing import TYPE_CHECKING

from nbcode.commands.reconciling import sets_alone
from nbcode.configuration import JOURNAL_EXAMPLE, JOURNAL_VARIABLE
from nbcode.primitives import Cancellation, Diagnostic, Exit, NbcodeError, dataclass
from nbcode.promotion import (
    Effect,
    EffectPorts,
    Journal,
    LeaseHeldError,
    Leases,
    Performer,
    Promotion,
    diagnostics_of,
    is_of_a_controller,
    reconcile,
)

if TYPE_CHECKING:
    from nbcode.commands.outputs.promoting import ControllerOutput

LOOK_AFTER_S = 10.0
"""How long nothing is looked at where nothing is heard of the cluster."""
_LEASE_WAIT_S = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class ControllerEvent:
    """One line of what a controller does: ``what`` is ``state`` (it moved) or ``waits``; ``state`` where the promotion is now."""

    what: str
    at: str
    model: str = ""
    key: str = ""
    state: str = ""
    version: int | None = None
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ControllerPorts:
    """What a controller acts on. ``effect_ports`` gives those of one promotion; ``heard`` waits until something is heard of the cluster, or so many
    seconds; ``told`` gets every event; ``sweep`` removes what is kept here of all promotions but those that are given; ``place`` is the runner's: what runs in another one is
    another controller's; ``hindered`` says why a promotion cannot go on, to whoever watches it."""

    journal: Journal
    leases: Leases
    effect_ports: Callable[[Promotion], EffectPorts]
    heard: Callable[[float], None]
    told: Callable[[ControllerEvent], None]
    now: Callable[[], str]
    monotonic_s: Callable[[], float]
    failpoint: Callable[[str], None]
    cancellation: Cancellation = field(default_factory=Cancellation)
    sweep: Callable[[Collection[Promotion]], None] = lambda _unfinished: None
    place: str = ""
    hindered: Callable[[Promotion, tuple[Diagnostic, ...]], None] = lambda _promotion, _found: None


@dataclass(frozen=True, kw_only=True, slots=True)
class ControllerResult:
    """How many promotions came to their end, and how many could not go on at the last look."""

    finished: int
    hindered: int

    @property
    def exit_code(self) -> Exit:
        """5 where something could not go on now."""
        return Exit.RETRY if self.hindered else Exit.DONE

    def to_json(self) -> ControllerOutput:
        """What `controller --once --json` prints."""
        return {"finished": self.finished, "hindered": self.hindered}


def control(ports: ControllerPorts, *, once: bool = False) -> ControllerResult:
    """Look at the journal and go on with what can be gone on with, again and again; with ``once``, one time.

    Raises ``CancelledError`` when it is asked to end: between two effects, so that nothing is half done.
    """
    finished = 0
    while True:
        ends, hindered = _look(ports)
        finished += ends
        if once:
            return ControllerResult(finished=finished, hindered=hindered)
        ports.heard(LOOK_AFTER_S)
        ports.cancellation.raise_if_requested()


def _look(ports: ControllerPorts) -> tuple[int, int]:
    """One look at every promotion, that which waits longest first: how many ended, and how many could not go on."""
    finished = hindered = 0
    try:
        waiting = _waiting(ports)
    except NbcodeError as error:
        _tell(ports, "waits", None, error.diagnostics)
        return 0, 1
    for promotion in sorted(waiting, key=lambda one: one.sequence):
        ports.cancellation.raise_if_requested()
        try:
            finished += _go_on(ports, promotion)
        except LeaseHeldError:
            continue
        except NbcodeError as error:
            hindered += 1
            _tell(ports, "waits", promotion, error.diagnostics)
            with suppress(NbcodeError):  # where it stands by now
                ports.hindered(ports.journal.read(promotion.key) or promotion, error.diagnostics)
    try:
        ports.leases.sweep()
        ports.sweep(_waiting(ports))
    except NbcodeError as error:
        _tell(ports, "waits", None, error.diagnostics)
    return finished, hindered


def _waiting(ports: ControllerPorts) -> list[Promotion]:
    return [one for one in ports.journal.promotions() if _is_mine(ports, one)]


def _is_mine(ports: ControllerPorts, promotion: Promotion) -> bool:
    return is_of_a_controller(promotion) and promotion.runs_in in ("", ports.place)


def _go_on(ports: ControllerPorts, promotion: Promotion) -> bool:
    """Carry one promotion as far as it goes now; whether it has ended."""
    with ports.leases.acquire(promotion.key.hex, wait_s=0):
        now = ports.journal.read(promotion.key)
        if now is None or not _is_mine(ports, now):
            return False
        reached = reconcile(
            promotion.key,
            ports.journal,
            Performer(ports.effect_ports(now), ports.failpoint),
            now=ports.now,
            monotonic_s=ports.monotonic_s,
            steps=_Told(ports),
            failpoint=ports.failpoint,
            alone=lambda effect, of: _alone(ports, effect, of),
        )
    return reached.promotion.finished


def _alone(ports: ControllerPorts, effect: Effect, promotion: Promotion) -> AbstractContextManager[None]:
    """As for every promote: no other of the model sets the alias, or takes the next place of a refit, in between."""
    if not sets_alone(effect, promotion):
        return nullcontext()
    return ports.leases.acquire(f"candidate-{promotion.model}", wait_s=_LEASE_WAIT_S)


def _tell(
    ports: ControllerPorts, what: str, promotion: Promotion | None, found: tuple[Diagnostic, ...] = ()
) -> None:
    if promotion is None:
        ports.told(ControllerEvent(what=what, at=ports.now(), diagnostics=found))
        return
    ports.told(
        ControllerEvent(
            what=what,
            at=ports.now(),
            model=promotion.model,
            key=promotion.key,
            state=str(promotion.state),
            version=promotion.version,
            diagnostics=found,
        )
    )


class _Told:
    """``Steps`` as events: a transition that is in the journal is told."""

    def __init__(self, ports: ControllerPorts) -> None:
        self._ports = ports

    def started(self, effect: Effect, promotion: Promotion) -> None:
        del effect, promotion

    def ended(self, effect: Effect, promotion: Promotion, seconds: float) -> None:
        del effect, seconds
        failure = promotion.failure
        _tell(self._ports, "state", promotion, diagnostics_of(failure) if failure else ())


def without_journal() -> Diagnostic:
    """NBC-I52: a journal in a file is seen by nobody else."""
    return Diagnostic(
        code="NBC-I52",
        message="a controller needs the journal that people promote into, and none is named",
        cause="without a server the journal is a file in a project, which the process that promotes finishes itself",
        fixes=(f"set {JOURNAL_VARIABLE}={JOURNAL_EXAMPLE.strip(chr(34))}",),
    )

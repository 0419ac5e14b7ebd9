"""Carrying promotions through the journal: what `promote` and `resume` share."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import field, replace
from pathlib import Path

from nbcode.commands.fan_out import FanOut
from nbcode.commands.preparing import Built
from nbcode.configuration import ARGO, trust_command
from nbcode.primitives import Cancellation, Diagnostic, Digest, NbcodeError, Severity, dataclass
from nbcode.promotion import (
    Effect,
    EffectPorts,
    LeaseHeldError,
    Leases,
    Owner,
    Performer,
    Promotion,
    ReconcileResult,
    State,
    effects_at,
    reconcile,
)
from nbcode.run import RunEvent

LEASE_WAIT_S = 3600.0
_LEASE_POLL_S = 0.5
_WATCH_S = 1.0
OnEvent = Callable[[RunEvent], None]
_RUN_IS_DONE = frozenset({State.BUILT, State.VERIFIED, State.REGISTERED, State.ALIASED})


@dataclass(frozen=True, kw_only=True, slots=True)
class PromotePorts:
    """What a promote acts on. ``now`` gives ISO 8601 UTC text, ``monotonic_s`` seconds that only differ.
    ``open_effect_ports`` gives the same ports each time; ``notices`` fills with what they found beside the way; ``answered``
    raises ``NbcodeError`` for servers that are away. ``on_work`` hears of the spec for which a run is needed, before the first step.
    ``owner_of`` is the owner of a registered model, empty where another tool made it, None where there is none or it is not asked now: what registers it asks in any case.
    ``controlled``: what runs on a cluster is finished by its controller. ``fan_out`` plans over how many runs the folds are spread, None where that was not asked for."""

    build: Callable[[Path], Built]
    store_spec: Callable[[Digest, bytes], None]
    open_effect_ports: Callable[[], EffectPorts]
    leases: Leases
    who: str
    now: Callable[[], str]
    monotonic_s: Callable[[], float]
    failpoint: Callable[[str], None]
    on_event: OnEvent
    notices: list[Diagnostic]
    cancellation: Cancellation = field(default_factory=Cancellation)
    answered: Callable[[], None] = lambda: None
    on_work: Callable[[Digest], None] = lambda _spec: None
    owner_of: Callable[[str], str | None] = lambda _model: None
    controlled: bool = False
    fan_out: Callable[[Built], FanOut | None] = lambda _built: None

    @property
    def effect_ports(self) -> EffectPorts:
        """Opened when the first step needs them."""
        return self.open_effect_ports()


def reconcile_once(ports: PromotePorts, key: Digest, *, again: bool = False) -> ReconcileResult:
    """Reconcile ``key`` as far as it goes now, telling the steps; ``again``: its run was asked about before. The caller holds its lease.

    Raises NBC-T05 for what this user did not begin in this project: it is never gone on with.
    """
    promotion = ports.effect_ports.journal.read(key)
    if promotion is not None and not ports.effect_ports.owner.began(promotion):
        raise NbcodeError([foreign_promotion(promotion, ports.effect_ports.owner)])
    return reconcile(
        key,
        ports.effect_ports.journal,
        Performer(ports.effect_ports, ports.failpoint),
        now=ports.now,
        monotonic_s=ports.monotonic_s,
        steps=_StepReporter(ports, again=again),
        failpoint=ports.failpoint,
        alone=lambda effect, of: _alone(ports, effect, of),
    )


def wait_for_the_end(ports: PromotePorts, key: Digest, reached: ReconcileResult) -> Promotion:
    """The promotion when it has ended, whoever finishes it: its controller, where it has one, else this process."""
    if ports.controlled and reached.promotion.runs_on == ARGO:
        return _wait_for_controller(ports, key, reached.promotion)
    return _wait_until_done(ports, key, reached)


def _wait_until_done(ports: PromotePorts, key: Digest, reached: ReconcileResult) -> Promotion:
    """Ask again until ``key`` has come to its end. In between nobody holds its lease: any process may carry it on."""
    while reached.retry_after_s is not None:
        ports.cancellation.wait(reached.retry_after_s)
        ports.cancellation.raise_if_requested()
        with leased(ports, key):
            reached = reconcile_once(ports, key, again=True)
    return reached.promotion


def _wait_for_controller(ports: PromotePorts, key: Digest, promotion: Promotion) -> Promotion:
    """Watch what the controller of the cluster does with ``key``, to its end. Whoever stops watching stops nothing."""
    while not promotion.finished:
        with suppress(NbcodeError):  # what cannot be seen now is seen later
            if promotion.state is not State.SNAPSHOTTED:  # its run is that before, or none
                ports.effect_ports.runs.watch(promotion)
        ports.cancellation.wait(_WATCH_S)
        ports.cancellation.raise_if_requested()
        before, promotion = promotion, ports.effect_ports.journal.read(key) or promotion
        if before.state is not promotion.state and not promotion.finished:
            report_step(ports, str(effects_at(promotion.state)[0]), promotion.model)
    return promotion


def leased(ports: PromotePorts, key: Digest) -> AbstractContextManager[None]:
    """Hold the lease of ``key`` while inside, waiting for whoever has it. Raises NBC-I17 when that takes too long, and
    ``CancelledError`` when nobody wants to wait any more."""
    return _acquired(ports, key.hex, "the same spec is being promoted")


def _alone(ports: PromotePorts, effect: Effect, promotion: Promotion) -> AbstractContextManager[None]:
    """From the look at who began later until the ledger has the alias, no other promote of the model may do the same; nor, of two refits,
    from the look at the last one until the registry has the next."""
    if not sets_alone(effect, promotion):
        return nullcontext()
    return _acquired(
        ports, f"candidate-{promotion.model}", f"the candidate of {promotion.model} is being set"
    )


def sets_alone(effect: Effect, promotion: Promotion) -> bool:
    """Whether ``effect`` looks at what promotions of the same model must not change before it is written down."""
    return effect is Effect.ALIAS or (effect is Effect.REGISTER and promotion.refit_of is not None)


@contextmanager
def _acquired(ports: PromotePorts, name: str, why: str) -> Iterator[None]:
    reported = False

    def waiting(holder: object) -> None:
        nonlocal reported
        if not reported:
            reported = True
            report_step(ports, "wait", f"{why} by {holder or 'another process'}")

    until_s = ports.monotonic_s() + LEASE_WAIT_S
    with ExitStack() as held:
        while True:
            ports.cancellation.raise_if_requested()
            try:
                held.enter_context(ports.leases.acquire(name, wait_s=_LEASE_POLL_S, on_wait=waiting))
                break
            except LeaseHeldError:
                if ports.monotonic_s() >= until_s:
                    raise
        yield


def finish_interrupted(ports: PromotePorts) -> None:
    """Finish what dead processes left of other promotes, where that is quick; tell of the ones that need a run."""
    for promotion in reversed(ports.effect_ports.journal.promotions()):
        if promotion.finished or ports.effect_ports.owner.is_of_another_project(promotion):
            continue
        if ports.controlled and promotion.runs_on == ARGO:  # its controller is at it
            continue
        try:
            with ports.leases.acquire(promotion.key.hex, wait_s=0):
                if not ports.effect_ports.owner.began(promotion):
                    ports.notices.append(
                        replace(
                            foreign_promotion(promotion, ports.effect_ports.owner), severity=Severity.NOTE
                        )
                    )
                elif promotion.state in _RUN_IS_DONE:
                    report_step(ports, "resume", f"{promotion.model} from {promotion.state}")
                    reconcile_once(ports, promotion.key)
                else:
                    ports.notices.append(_waits(promotion))
        except LeaseHeldError:
            continue
        except NbcodeError as error:
            ports.notices.append(_waits(promotion, str(error.diagnostics[0])))
    ports.leases.sweep()


def report_step(ports: PromotePorts, name: str, text: str = "") -> None:
    """One step, for whoever watches. Between two steps nothing is half done, so a cancellation is seen here."""
    ports.cancellation.raise_if_requested()
    ports.on_event(RunEvent(kind="step", name=name, elapsed_s=ports.monotonic_s(), text=text))


def foreign_promotion(promotion: Promotion, owner: Owner) -> Diagnostic:
    """NBC-T05: why it is not gone on with. What another project of a shared store began is a note: nothing is amiss."""
    elsewhere, mine = owner.is_of_another_project(promotion), owner.wrote(promotion)
    fixes: tuple[str, ...]
    if elsewhere:
        cause = f"it was begun in {promotion.project}"
        finish = f"`nbcode resume --project {shlex.quote(promotion.project)}` finishes it there"
        fixes = (finish,) if mine else (f"{promotion.who} finishes it there",)
    else:
        cause = "nothing shows that your nbcode wrote it: to go on would run a notebook that somebody else put there"
        anew = f"`nbcode promote {shlex.quote(promotion.notebook)}` begins it anew"
        fixes = (f"`{trust_command(Path(owner.project))}` shows it and asks", anew)
    return Diagnostic(
        code="NBC-T05",
        severity=Severity.NOTE if elsewhere else Severity.ERROR,
        message=f"an interrupted promote of {promotion.notebook} by {promotion.who} is not yours to go on with here",
        cause=cause,
        fixes=fixes,
    )


def _waits(promotion: Promotion, why: str = "") -> Diagnostic:
    return Diagnostic(
        code="NBC-I20",
        severity=Severity.NOTE,
        message=f"an interrupted promote of {promotion.notebook} waits at {promotion.state}",
        cause=why,
        fixes=("`nbcode resume` finishes it",),
    )


class _StepReporter:
    """``Steps`` as events."""

    def __init__(self, ports: PromotePorts, *, again: bool) -> None:
        self._ports, self._again = ports, again

    def started(self, effect: Effect, promotion: Promotion) -> None:
        if self._again and effect is Effect.RUN:  # it was told when it was first asked about
            self._ports.cancellation.raise_if_requested()
            return
        report_step(self._ports, str(effect), promotion.model if effect is Effect.REGISTER else "")

    def ended(self, effect: Effect, promotion: Promotion, seconds: float) -> None:
        del effect, promotion, seconds

"""`nbcode retry`: run a promote again that failed, of what it was begun with.

One that ran on a cluster with a controller needs nothing of its project: its plan, spec and inputs were laid down in the object store, and the controller
submits it anew. So whoever may write the journal can ask for it, from any machine. Any other is run again by this process, in the project where it began.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import replace

from nbcode.commands.cancel import of_name
from nbcode.commands.promote import PromoteResult, result_of
from nbcode.commands.reconciling import (
    PromotePorts,
    foreign_promotion,
    leased,
    reconcile_once,
    report_step,
    wait_for_the_end,
)
from nbcode.configuration import ARGO
from nbcode.primitives import Diagnostic, Exit, NbcodeError
from nbcode.promotion import Promotion, ReconcileResult, Retried, State, next_run_id, step


def retry(name: str, ports: PromotePorts, *, wait: bool = True) -> PromoteResult:
    """Run the promote ``name`` again, which failed: one of its runs, or a model, of which that is the promote begun last. Without ``wait`` it ends when a
    cluster has been asked.

    Raises ``NbcodeError``: NBC-H21 where nothing of that name failed; NBC-T05 where it can only be run where it began; NBC-I18 where what it began with is no longer here.
    """
    began_s = ports.monotonic_s()
    ports.answered()
    found = failed_one(name, ports.effect_ports.journal.promotions())
    elsewhere = _by_its_controller(ports, found)
    if not elsewhere and not ports.effect_ports.owner.began(found):  # its bytes are run as mine
        raise NbcodeError([foreign_promotion(found, ports.effect_ports.owner)], Exit.USER)
    report_step(
        ports,
        "retry",
        f"{found.model}, which failed with {found.failure.code if found.failure else 'no reason'}",
    )
    with leased(ports, found.key):
        renewed = _renewed(ports, found, keeps_run=elsewhere)
        reached = ReconcileResult(promotion=renewed) if elsewhere else reconcile_once(ports, found.key)
    promotion = wait_for_the_end(ports, found.key, reached) if wait else reached.promotion
    if promotion.state is State.SNAPSHOTTED:  # its controller submits it next, under this name
        promotion = replace(promotion, run_id=next_run_id(promotion))
    result = result_of(promotion, ports.effect_ports, existed=False)
    total = ("total", round(ports.monotonic_s() - began_s, 3))
    return replace(
        result, seconds=(*result.seconds, total), diagnostics=(*ports.notices, *result.diagnostics)
    )


def failed_one(name: str, promotions: Iterable[Promotion]) -> Promotion:
    """The promote that is meant by ``name``: of a run by its name or the start of it, of a model the one that was begun last. Raises NBC-H21 where it has not failed."""
    rows = tuple(promotions)
    of_model = [one for one in rows if one.model == name]
    named = of_model or of_name(name, rows)
    last = max(named, key=lambda one: one.sequence, default=None)
    if last is not None and last.state is State.FAILED:
        return last
    raise NbcodeError([_not_failed(name, last, rows)], Exit.USER)


def _by_its_controller(ports: PromotePorts, promotion: Promotion) -> bool:
    return ports.controlled and promotion.runs_on == ARGO and promotion.run_id is not None


def _renewed(ports: PromotePorts, failed: Promotion, *, keeps_run: bool) -> Promotion:
    """A new attempt of the same in the journal, with whatever was asked for the last time. Raises NBC-H21 where somebody else was faster."""
    journal = ports.effect_ports.journal
    now = journal.read(failed.key)
    if now is None or now.state is not State.FAILED:
        raise NbcodeError([_not_failed(failed.model, now, ())], Exit.USER)
    again = Retried(
        who=ports.who,
        isolation_asked=now.isolation_asked,
        project=now.project,
        notebook_digest=now.notebook_digest,
        adopt=now.adopt,
        refit_of=now.refit_of,
        runs_on=now.runs_on,
        keeps_run=keeps_run,
    )
    renewed, _ = step(now, again, at=ports.now())
    return journal.renew(now, renewed, _bytes_of(ports, now))


def _bytes_of(ports: PromotePorts, failed: Promotion) -> bytes:
    """The notebook as it was: of what ran on a cluster the journal has it, of what ran here the snapshot. Raises NBC-I06 where neither does."""
    data = ports.effect_ports.journal.payload(failed.key)
    if data is None and failed.snapshot is not None:
        data = ports.effect_ports.snapshots.read(failed.snapshot)
    if data is not None:
        return data
    gone = Diagnostic(
        code="NBC-I06",
        message=f"{failed.model}: the notebook that the failed promote began with is kept nowhere",
        cause="it failed before there was a snapshot"
        if failed.snapshot is None
        else f"the commit {failed.snapshot} is not here",
        fixes=(f"`nbcode promote {shlex.quote(failed.notebook)}` as it is now",),
    )
    raise NbcodeError([gone])


def _not_failed(name: str, last: Promotion | None, rows: tuple[Promotion, ...]) -> Diagnostic:
    if last is None:
        failed = sorted({one.model for one in rows if one.state is State.FAILED})
        return Diagnostic(
            code="NBC-H21",
            message=f"no promote of `{name}` failed",
            cause=f"what failed is of {', '.join(failed)}" if failed else "none failed at all",
            fixes=("`nbcode status` lists the promotes and where they are",),
        )
    notebook = shlex.quote(last.notebook)
    fixes = {
        State.DONE: (f"`nbcode promote {notebook} --again` runs it once more all the same",),
    }.get(last.state, ("`nbcode status` shows how far it is", f"`nbcode cancel {shlex.quote(name)}` ends it"))
    return Diagnostic(
        code="NBC-H21",
        message=f"the promote of `{name}` that was begun last has not failed: it is {last.state}",
        cause=f"it is version {last.version}" if last.version else "",
        fixes=fixes,
    )

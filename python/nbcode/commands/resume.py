"""`nbcode resume`: finish the promotes that were interrupted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbcode.commands.promote import PromoteResult, result_of
from nbcode.commands.reconciling import PromotePorts, foreign_promotion, reconcile_once, report_step
from nbcode.primitives import Diagnostic, Exit, NbcodeError, dataclass, exit_for
from nbcode.promotion import LeaseHeldError, Promotion, is_of_a_controller

if TYPE_CHECKING:
    from nbcode.commands.outputs.promoting import ResumeOutput


@dataclass(frozen=True, kw_only=True, slots=True)
class ResumeResult:
    """What was finished, what somebody or some other machine is working on, and what could not go on now."""

    finished: tuple[PromoteResult, ...]
    held: tuple[Promotion, ...]
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def exit_code(self) -> Exit:
        """0 when nothing is left unfinished and nothing failed; else whose turn it is."""
        failed = [d for result in self.finished if result.exit_code for d in result.diagnostics]
        return exit_for((*failed, *self.diagnostics))

    def to_json(self) -> ResumeOutput:
        """What `resume --json` prints."""
        return {
            "status": "failed" if self.exit_code else "done",
            "finished": [result.to_json() for result in self.finished],
            "held": [promotion.to_json() for promotion in self.held],
            "diagnostics": [d.to_json() for d in self.diagnostics],
        }


def resume(ports: PromotePorts) -> ResumeResult:
    """Finish every promotion that this user began in this project and that no living process holds, oldest first. One that
    cannot go on now, or is somebody else's, is reported and left as it is; the others are finished all the same."""
    ports.answered()
    finished: list[PromoteResult] = []
    held: list[Promotion] = []
    hindered: list[Diagnostic] = []
    for promotion in reversed(ports.effect_ports.journal.promotions()):
        if promotion.finished:
            continue
        if ports.controlled and is_of_a_controller(promotion):
            held.append(promotion)
            continue
        owner = ports.effect_ports.owner
        if not owner.began(promotion):
            if owner.is_of_another_project(promotion) and not ports.leases.free(promotion.key.hex):
                continue  # somebody who shares the journal is at it
            hindered.append(foreign_promotion(promotion, owner))
            continue
        report_step(ports, "resume", f"{promotion.model} from {promotion.state}")
        try:
            with ports.leases.acquire(promotion.key.hex, wait_s=0):
                reached = reconcile_once(ports, promotion.key)
                if reached.retry_after_s is None:
                    finished.append(result_of(reached.promotion, ports.effect_ports, existed=False))
                else:
                    held.append(reached.promotion)
        except LeaseHeldError:
            held.append(promotion)
        except NbcodeError as error:
            hindered.extend(error.diagnostics)
    ports.leases.sweep()
    return ResumeResult(finished=tuple(finished), held=tuple(held), diagnostics=(*ports.notices, *hindered))

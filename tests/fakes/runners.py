"""A runner that needs no kernel: it leaves a prepared output, complete, or fails as it is told."""

from __future__ import annotations

from collections.abc import Callable

from nbcode.primitives import Diagnostic
from nbcode.run import ResultManifest, RunEvent, Runner, RunOutcome, RunPlan, RunStatus
from nbcode.run.manifest import list_files, write_result


class PreparedRunner(Runner):
    """Writes ``files`` (relative path to bytes) and the manifest; counts how often it was asked."""

    def __init__(self, files: dict[str, bytes], problem: Diagnostic | None = None) -> None:
        self.files = files
        self.problem = problem
        self.runs = 0

    def execute(self, plan: RunPlan, on_event: Callable[[RunEvent], None]) -> RunOutcome:
        self.runs += 1
        plan.out.mkdir(parents=True)
        (plan.work / "log.txt").write_text("the log stays")
        on_event(RunEvent(kind="step", name="cells", elapsed_s=0.0))
        if self.problem:
            return RunOutcome(
                status=RunStatus.FAILED, isolation="process", out=plan.out, diagnostics=(self.problem,)
            )
        for name, data in self.files.items():
            (plan.out / name).parent.mkdir(parents=True, exist_ok=True)
            (plan.out / name).write_bytes(data)
        manifest = ResultManifest(
            nonce=plan.nonce,
            spec_digest=plan.spec_digest,
            definition_digest=plan.definition_digest,
            pins=(("PYTHONHASHSEED", "0"),),
            files=list_files(plan.out),
        )
        write_result(manifest, plan.out)
        return RunOutcome(
            status=RunStatus.FINISHED,
            isolation="process",
            out=plan.out,
            result=manifest,
            seconds=(("cells", 0.5),),
        )

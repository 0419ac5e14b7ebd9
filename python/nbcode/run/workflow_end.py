"""How a run ended, from what its Workflow and its pod say. Pure: Argo's phases become run states here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nbcode.primitives import Diagnostic
from nbcode.run.failures import limit_reached
from nbcode.run.values import Limits, RunRecord, RunStatus

_LOST = (
    "pod deleted",
    "evicted",
    "node shutdown",
    "nodelost",
    "node is not ready",
    "preempt",
    "nodeaffinity",
)
"""What Argo and the kubelet write of a pod that something outside ended."""
_DEADLINE = ("deadline", "activedeadlineseconds")
_OUT_OF_MEMORY = "oomkilled"
_TEMPLATE = ("workflowtemplate", "templatereferencing", "workflowspec may not change")
"""What Argo writes where the template is not there, or is not the one that the Workflow began by."""
_PULL = ("imagepullbackoff", "errimagepull", "errimageneverpull", "invalidimagename")


def record_of_workflow(
    workflow: Mapping[str, Any] | None, left: RunRecord | None, limits: Limits
) -> RunRecord:
    """How the run ended whose ``workflow`` is over, or gone (None); ``left`` is the record that its pod wrote, None where there is none.

    A record of the pod is the whole truth where the Workflow succeeded, or is gone; but that it was told to end is no end of the run: a pod that is deleted,
    evicted or preempted is told so, too. Only who ends the Workflow cancels the run.
    """
    status = (workflow or {}).get("status") or {}
    told_to_end = left is not None and left.status is RunStatus.KILLED
    if left is not None and not told_to_end and (workflow is None or status.get("phase") == "Succeeded"):
        return left
    told = replace(left or RunRecord(status=RunStatus.FAILED), begun_at=_begun(status, left))
    if ((workflow or {}).get("spec") or {}).get("shutdown"):
        return replace(told, status=RunStatus.KILLED, diagnostics=())
    if left is not None and left.status is RunStatus.FAILED:
        return left
    said = _said(status)
    text = said.lower()
    if told_to_end or any(word in text for word in _LOST):
        return replace(told, status=RunStatus.KILLED, lost=True, diagnostics=(_pod_lost(said),))
    if _OUT_OF_MEMORY in text:
        return replace(told, status=RunStatus.FAILED, diagnostics=(limit_reached(limits, "memory", 0, None),))
    if any(word in text for word in _DEADLINE):
        return replace(told, status=RunStatus.FAILED, diagnostics=(limit_reached(limits, "time", 0, None),))
    refused = _refused(said, text)
    if refused is not None:
        return replace(told, status=RunStatus.FAILED, diagnostics=(refused,))
    return replace(told, status=RunStatus.KILLED, lost=True, diagnostics=(_without_record(said),))


def _begun(status: Mapping[str, Any], left: RunRecord | None) -> str:
    return left.begun_at if left is not None and left.begun_at else str(status.get("startedAt") or "")


def _said(status: Mapping[str, Any]) -> str:
    """What the pods of the Workflow are said to have ended by, the last one first; else what the Workflow itself says."""
    nodes = [
        node
        for node in (status.get("nodes") or {}).values()
        if node.get("type") == "Pod" and node.get("message")
    ]
    nodes.sort(key=lambda node: str(node.get("finishedAt") or ""), reverse=True)
    return str(nodes[0]["message"]) if nodes else str(status.get("message") or status.get("phase") or "")


def _pod_lost(said: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-H16",
        message="the run's pod was taken from it",
        cause=said or "its Workflow was deleted",
        fixes=("nothing need be done: a promote submits it again, once; `nbcode resume` does after that",),
    )


def gone(name: str) -> Diagnostic:
    """NBC-H15: nobody has the run any more."""
    return Diagnostic(
        code="NBC-H15",
        message="the cluster no longer has the run",
        cause=f"its Workflow {name} was deleted before the run had an end, and its pod left no result",
        fixes=("nothing need be done: a promote submits it again; `nbcode resume` does after that",),
    )


def _refused(said: str, text: str) -> Diagnostic | None:
    """What is the same however often it is tried."""
    if any(word in text for word in _TEMPLATE):
        return Diagnostic(
            code="NBC-H13",
            message="the cluster has not the template that the run was submitted by",
            cause=said,
            fixes=(
                "`nbcode doctor --on argo` says what is missing or changed in it, and what its administrator types",
            ),
        )
    if any(word in text for word in _PULL):
        return Diagnostic(
            code="NBC-H14",
            message="the cluster could not pull the image of the run",
            cause=said,
            fixes=(
                "`nbcode doctor --on argo` shows which image it is, and whether it is named by its digest",
            ),
        )
    return None


def _without_record(said: str) -> Diagnostic:
    """Whatever Argo calls it: of a pod that writes down every end of its run, this one was taken before it could, or never began."""
    return Diagnostic(
        code="NBC-H16",
        message="the run's pod ended without a record of the run",
        cause=said,
        fixes=(
            "nothing need be done: it is submitted again, a few times",
            "`nbcode doctor --on argo` looks for what is missing in the cluster",
        ),
    )

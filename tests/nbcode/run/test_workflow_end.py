"""How a run ended, from what its Workflow says: each way of Argo and of the kubelet is one state of a run."""

from __future__ import annotations

from typing import Any

import pytest

from nbcode.primitives import Diagnostic
from nbcode.run import Limits, RunRecord, RunStatus
from nbcode.run.workflow_end import record_of_workflow

FINE = RunRecord(status=RunStatus.FINISHED, isolation="landlock", begun_at="2026-01-02T03:04:05Z")
FAILED = RunRecord(
    status=RunStatus.FAILED, diagnostics=(Diagnostic(code="NBC-H01", message="the cell raised"),)
)


def workflow(phase: str, message: str = "", **spec: object) -> dict[str, Any]:
    pod = {"type": "Pod", "message": message, "finishedAt": "2026-01-02T03:05:00Z"}
    return {
        "spec": spec,
        "status": {"phase": phase, "startedAt": "2026-01-02T03:04:00Z", "nodes": {"a": pod}},
    }


@pytest.mark.parametrize(
    ("message", "status", "lost", "code"),
    [
        ("pod deleted", RunStatus.KILLED, True, "NBC-H16"),
        ("The node was low on resource: memory. Evicted", RunStatus.KILLED, True, "NBC-H16"),
        ("Pod was terminated in response to imminent node shutdown.", RunStatus.KILLED, True, "NBC-H16"),
        ("Preempted in order to admit critical pod", RunStatus.KILLED, True, "NBC-H16"),
        ("OOMKilled (exit code 137)", RunStatus.FAILED, False, "NBC-H02"),
        (
            "Pod was active on the node longer than the specified deadline",
            RunStatus.FAILED,
            False,
            "NBC-H03",
        ),
        ("ErrImageNeverPull: Container image is not present", RunStatus.FAILED, False, "NBC-H14"),
        (
            'workflowtemplates.argoproj.io "nbcode-run" not found',
            RunStatus.FAILED,
            False,
            "NBC-H13",
        ),
        ("main: Error (exit code 64)", RunStatus.KILLED, True, "NBC-H16"),
    ],
)
def test_a_pod_that_left_no_record_has_ended_by_what_is_said_of_it(
    message: str, status: RunStatus, code: str, *, lost: bool
) -> None:
    found = record_of_workflow(workflow("Failed", message), None, Limits())
    assert (found.status, found.lost, [one.code for one in found.diagnostics]) == (status, lost, [code])
    assert found.begun_at == "2026-01-02T03:04:00Z"


def test_where_the_workflow_succeeded_the_record_of_the_pod_is_the_truth() -> None:
    assert record_of_workflow(workflow("Succeeded"), FINE, Limits()) == FINE
    assert record_of_workflow(workflow("Succeeded"), FAILED, Limits()) == FAILED


def test_a_success_that_left_no_record_is_none() -> None:
    """The control: what Argo calls a success is not taken for one."""
    found = record_of_workflow(workflow("Succeeded"), None, Limits())
    assert (found.status, found.lost) == (RunStatus.KILLED, True)
    assert [one.code for one in found.diagnostics] == ["NBC-H16"]


def test_whoever_asked_for_the_end_ended_it_whatever_the_pod_says() -> None:
    for left in (None, FINE, FAILED, RunRecord(status=RunStatus.KILLED)):
        found = record_of_workflow(
            workflow("Failed", "workflow shutdown", shutdown="Terminate"), left, Limits()
        )
        assert (found.status, found.lost, found.diagnostics) == (RunStatus.KILLED, False, ())


@pytest.mark.parametrize(
    "over",
    [
        workflow("Succeeded"),
        workflow("Failed", "main: Error (exit code 143)"),
        workflow("Error", "pod deleted"),
        None,
    ],
    ids=["in its grace", "by the signal", "deleted", "with its Workflow"],
)
def test_a_pod_that_was_told_to_end_by_nobody_who_ended_the_workflow_was_taken_away(
    over: dict[str, Any] | None,
) -> None:
    """It has half a minute, and writes down that it was told; to the promotion that is a loss, and no cancellation."""
    found = record_of_workflow(over, RunRecord(status=RunStatus.KILLED, isolation="landlock"), Limits())
    assert (found.status, found.lost, [one.code for one in found.diagnostics]) == (
        RunStatus.KILLED,
        True,
        ["NBC-H16"],
    )
    assert found.diagnostics[0].cause


def test_what_a_pod_left_holds_when_its_workflow_is_gone() -> None:
    for left in (FINE, FAILED):
        assert record_of_workflow(None, left, Limits()) == left


def test_a_failure_that_the_pod_recorded_stays_the_reason() -> None:
    assert record_of_workflow(workflow("Error", "pod deleted"), FAILED, Limits()) == FAILED


def test_a_result_whose_pod_was_lost_before_all_of_it_was_carried_away_is_not_believed() -> None:
    found = record_of_workflow(workflow("Error", "pod deleted"), FINE, Limits())
    assert (found.status, found.lost) == (RunStatus.KILLED, True)

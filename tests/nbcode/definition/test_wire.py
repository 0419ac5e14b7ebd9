"""A child's answer is believed only where it can be checked."""

from __future__ import annotations

import json

import pytest

from nbcode.definition import wire
from nbcode.definition.describing import read_outcome
from nbcode.definition.values import ChildOutcome, DescribeResult
from nbcode.primitives import Diagnostic, Place, Related, digest_json


def judged(stdout: bytes, *, exit_code: int = 0, timed_out: bool = False) -> DescribeResult:
    outcome = ChildOutcome(exit_code=exit_code, stdout=stdout, stderr=b"", timed_out=timed_out)
    return read_outcome(outcome, cpu_s=20, memory_bytes=10**9)


def test_a_child_that_was_ended_for_its_memory_is_told_as_that() -> None:
    outcome = ChildOutcome(exit_code=-9, stdout=b"", stderr=b"", out_of_memory=True)
    assert codes(read_outcome(outcome, cpu_s=20, memory_bytes=10**9)) == ["NBC-H02"]


def codes(result: DescribeResult) -> list[str]:
    return [d.code for d in result.diagnostics]


def test_a_question_survives_the_wire() -> None:
    question = wire.DescribeRequest(
        cells=(wire.CellSource(index=3, tag="model", source="m = 'é'\n"),),
        label_names=("fwd_ret_10d",),
        input_names=("macro",),
        memory_bytes=10,
        modules=(wire.ModuleSource(path="utils.py", source="A = 1\n"),),
    )
    assert wire.read_request(question.to_bytes()) == question


def test_a_diagnostic_survives_the_wire() -> None:
    diagnostic = Diagnostic(
        code="NBC-R02",
        message="what",
        cause="why",
        fixes=("this", "that"),
        place=Place(cell=3, tag="model", line=2, column=5),
        related=(Related(message="called from here", place=Place(cell=2, line=1)),),
    )
    assert wire.read_diagnostics([diagnostic.to_json()]) == (diagnostic,)


def test_the_digest_is_computed_here() -> None:
    plain = {"kind": "model", "x": [1, 2.5, None]}
    result = judged(json.dumps(wire.DescribeReply(kind="declarative", plain=plain).to_json()).encode())
    assert result.definition is not None
    assert result.definition.digest == digest_json(plain)


@pytest.mark.parametrize(
    "stdout",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"kind": "declarative", "plain": [], "diagnostics": []}',
        b'{"kind": "declarative", "plain": {"a": NaN}, "diagnostics": []}',
        b'{"kind": "declarative", "plain": {"a": 9007199254740993}, "diagnostics": []}',
        b'{"kind": "other", "diagnostics": []}',
        b'{"kind": null, "diagnostics": []}',
        b'{"kind": null, "diagnostics": [{"code": 1}]}',
        b'{"kind": null, "diagnostics": "no"}',
        b'{"kind": "python", "plain": null, "failure": null, "diagnostics": [], "digest": "sha256:0"}',
        b'{"kind": "python", "plain": null, "failure": null, "diagnostics": [{"code": "NBC-X"}]}',
        b'{"kind": "declarative", "plain": {"a": ' + b"[" * 5_000 + b"]" * 5_000 + b"}}",
        b'{"kind": "declarative", "plain": {"a": ' + b"[" * 200 + b"]" * 200 + b'}, "diagnostics": []}',
        b"x" * wire.LARGEST_REPLY_BYTES,
    ],
)
def test_an_answer_that_is_none_is_one_diagnostic(stdout: bytes) -> None:
    result = judged(stdout)
    assert (result.definition, codes(result)) == (None, ["NBC-H01"])


def test_a_late_child_is_told_as_late_whatever_it_wrote() -> None:
    result = judged(b'{"kind": "python", "diagnostics": []}', exit_code=-9, timed_out=True)
    assert (result.definition, codes(result)) == (None, ["NBC-H03"])


def test_the_last_step_is_the_place_of_a_child_that_was_ended() -> None:
    steps = wire.step_line(Place(cell=2, line=3, tag="model")) + wire.step_line(
        Place(cell=4, line=1, tag="eval")
    )
    assert wire.last_step(steps + b'{"kind"') == (Place(cell=4, line=1, tag="eval"), b'{"kind"')
    assert wire.last_step(b"") == (None, b"")
    assert wire.last_step(b"at 4 1 <b>\n") == (None, b"at 4 1 <b>\n"), (
        "what is no step is taken for an answer"
    )
    (late,) = judged(steps, exit_code=-9, timed_out=True).diagnostics
    assert late.place == Place(cell=4, line=1, tag="eval")

"""`nbcode cancel` ends what runs where it runs, and never looks for it in another cluster."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fakes.elsewhere import Elsewhere
from nbcode.commands.cancel import cancel, elsewhere, of_name
from nbcode.primitives import NbcodeError
from nbcode.promotion import Promotion
from nbcode.run import Runner, RunReference, RunStatus

THERE = "team-a s3://research/a"


def test_a_run_that_goes_on_is_told_to_end(tmp_path: Path) -> None:
    bench = Elsewhere(tmp_path)
    begun = bench.begin()
    asked: list[Promotion] = []

    def runner(promotion: Promotion) -> Runner:
        asked.append(promotion)
        return bench.runner

    assert cancel("xsmom", bench.effect_ports().journal, runner).cancelled == (begun,)
    assert asked == [begun]


def test_where_one_of_them_is_elsewhere_none_is_ended(tmp_path: Path) -> None:
    bench = Elsewhere(tmp_path)
    begun = bench.begin()

    def runner(promotion: Promotion) -> Runner:
        raise NbcodeError([elsewhere(promotion, "team-b s3://research/b")])

    with pytest.raises(NbcodeError, match="NBC-H45"):
        cancel("xsmom", bench.effect_ports().journal, runner)
    record = bench.runner.observe(RunReference(runner=bench.runner.kind, run_id=begun.run_id or "")).record
    assert record is None or record.status is not RunStatus.KILLED


def test_what_is_told_names_both_places_and_is_typed_as_it_stands(tmp_path: Path) -> None:
    bench = Elsewhere(tmp_path)
    bench.runner.place = THERE
    found = elsewhere(bench.begin(), "team-b s3://research/b")
    assert found.message == "the run of xsmom is in the namespace team-a, its files in s3://research/a"
    assert found.cause == "here the namespace and the store team-b and s3://research/b are named"
    assert found.fix_titles == (
        "`export NBCODE_NAMESPACE=team-a NBCODE_STORE=s3://research/a`, then the same again",
    )


@pytest.mark.parametrize(
    ("name", "meant"),
    [("xsmom", True), ("", False), ("x", False), ("xsmo", False), ("xsmom-", True), ("xsmom_v2", False)],
)
def test_a_name_is_that_of_a_model_or_a_run_and_never_the_beginning_of_a_models(
    tmp_path: Path, name: str, *, meant: bool
) -> None:
    """`nbcode cancel "$MODEL"` where nothing set it, or of a model that has ended, ends nobody else's run."""
    bench = Elsewhere(tmp_path)
    begun = bench.begin()
    assert of_name(name, [begun]) == ((begun,) if meant else ())
    assert of_name(begun.run_id, [begun]) == (begun,)
    other = replace(begun, run_id=f"{begun.run_id}-r2")
    assert of_name("xsmom-", [begun, other]) == ()
    assert of_name(begun.run_id, [begun, other]) == (begun,)

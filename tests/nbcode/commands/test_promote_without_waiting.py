"""`promote --no-wait`: it ends when the run is submitted, and whoever finishes it finds all that is needed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fakes.elsewhere import Elsewhere
from nbcode.commands.promote import PromoteResult, Status, promote
from nbcode.configuration import ARGO, HERE
from nbcode.primitives import Exit, NbcodeError, Severity
from nbcode.promotion import State


def promoted(
    bench: Elsewhere, *, on: str = ARGO, wait: bool = False, controlled: bool = True
) -> PromoteResult:
    ports = replace(bench.ports(), controlled=controlled)
    return promote(bench.root / "notebook.py", ports, on=on, wait=wait)


@pytest.mark.parametrize("controlled", [True, False])
def test_it_ends_when_the_run_is_submitted(tmp_path: Path, controlled: bool) -> None:
    bench = Elsewhere(tmp_path)
    result = promoted(bench, controlled=controlled)
    (row,) = bench.promotions()
    assert (row.state, row.runs_on) == (State.SUBMITTED, ARGO)
    assert (result.status, result.exit_code, result.version, result.alias) == (
        Status.SUBMITTED,
        Exit.DONE,
        None,
        None,
    )
    assert (result.to_json()["status"], result.run_id) == ("submitted", row.run_id)


def test_how_it_is_followed_is_said(tmp_path: Path) -> None:
    result = promoted(Elsewhere(tmp_path))
    (told,) = [one for one in result.diagnostics if one.code == "NBC-H42"]
    assert told.severity is Severity.NOTE
    fixes = " ".join(map(str, told.fixes))
    assert "`nbcode status`" in fixes
    assert f"`nbcode logs {result.run_id} -f`" in fixes
    assert f"`nbcode cancel {result.run_id}`" in fixes


def test_the_controller_finishes_it(tmp_path: Path) -> None:
    bench = Elsewhere(tmp_path)
    promoted(bench)
    bench.until_quiet()
    (done,) = bench.promotions()
    assert (done.state, done.version) == (State.DONE, 1)
    again = promoted(bench)  # what is there already need not be waited for either
    assert (again.status, again.version) == (Status.EXISTS, 1)


def test_control_who_waits_sees_the_end(tmp_path: Path) -> None:
    result = promoted(Elsewhere(tmp_path), wait=True, controlled=False)
    assert (result.status, result.version) == (Status.DONE, 1)


def test_a_run_of_this_machine_is_waited_for(tmp_path: Path) -> None:
    bench = Elsewhere(tmp_path)
    with pytest.raises(NbcodeError, match="--no-wait is for runs on a cluster") as refused:
        promoted(bench, on=HERE)
    assert refused.value.exit_code is Exit.USER
    assert "--on argo --no-wait" in str(refused.value.diagnostics[0].fixes[0])
    assert bench.promotions() == []


@pytest.mark.parametrize("anothers", [False, True])
def test_the_same_asked_for_again_while_a_cluster_is_at_it_is_watched_and_not_run_twice(
    tmp_path: Path, *, anothers: bool
) -> None:
    """By who asked first, or by a colleague from another machine."""
    bench = Elsewhere(tmp_path)
    first = promoted(bench)
    ports = replace(bench.ports(), controlled=True)
    opened = ports.effect_ports
    owner = replace(opened.owner, project="/another/machine") if anothers else opened.owner
    second = promote(
        bench.root / "notebook.py",
        replace(ports, open_effect_ports=lambda: replace(opened, owner=owner)),
        on=ARGO,
        wait=False,
    )
    (row,) = bench.promotions()
    assert (second.run_id, row.attempt, bench.runner.started) == (first.run_id, 1, 1)
    bench.until_quiet()
    assert [one.version for one in bench.promotions()] == [1]


def test_control_without_a_controller_a_colleague_begins_it_anew(tmp_path: Path) -> None:
    bench = Elsewhere(tmp_path)
    promoted(bench, controlled=False)
    opened = bench.ports().effect_ports
    ports = replace(
        bench.ports(),
        open_effect_ports=lambda: replace(opened, owner=replace(opened.owner, project="/another/machine")),
    )
    with pytest.raises(NbcodeError, match="NBC-T05"):  # this bench's journal is sealed by the first one
        promote(bench.root / "notebook.py", ports, on=ARGO, wait=False)
    assert [one.attempt for one in bench.promotions()] == [2]

"""`nbcode retry`: a promote that failed is run again, of what it began with; one of a cluster by whoever may write the journal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fakes.elsewhere import Elsewhere
from fakes.promotes import OUTPUT
from fakes.runners import FakeRunner
from nbcode.commands.promote import PromoteResult, Status, promote
from nbcode.commands.retry import retry
from nbcode.configuration import ARGO, HERE
from nbcode.primitives import Diagnostic, Exit, NbcodeError
from nbcode.promotion import Promotion, State


class FailsOnce(FakeRunner):
    """Its first run ends with a finding, the later ones well."""

    def submit(self, plan):  # type: ignore[no-untyped-def]
        if self.started:
            self.problem = None
        return super().submit(plan)


def failing(root: Path) -> Elsewhere:
    problem = Diagnostic(code="NBC-H01", message="the cell raised")
    return Elsewhere(root, FailsOnce(root / ".runner", OUTPUT, problem, detached=True))


def failed_on_a_cluster(root: Path) -> tuple[Elsewhere, Promotion]:
    bench = failing(root)
    bench.begin()
    bench.until_quiet()
    (failed,) = bench.promotions()
    assert failed.state is State.FAILED
    return bench, failed


def asked(bench: Elsewhere, name: str, *, project: str = "", wait: bool = False) -> PromoteResult:
    """Ask for it as somebody whose project is another one, where ``project`` says so."""
    ports = replace(bench.ports(), controlled=True)
    opened = ports.effect_ports
    owner = replace(opened.owner, project=project or opened.owner.project)
    return retry(name, replace(ports, open_effect_ports=lambda: replace(opened, owner=owner)), wait=wait)


@pytest.mark.parametrize("project", ["", "/another/machine"])
def test_a_cluster_s_controller_runs_it_again_whoever_asks(tmp_path: Path, project: str) -> None:
    bench, failed = failed_on_a_cluster(tmp_path)
    result = asked(bench, "xsmom", project=project)
    (waiting,) = bench.promotions()
    assert (result.status, waiting.state, waiting.attempt) == (Status.SUBMITTED, State.SNAPSHOTTED, 2)
    assert (waiting.project, waiting.snapshot) == (failed.project, failed.snapshot)
    bench.until_quiet()
    (done,) = bench.promotions()
    assert result.run_id == done.run_id != failed.run_id  # what is told is the run that comes
    (version,) = bench.registry.versions("xsmom")
    assert (done.state, done.version, version.alias) == (State.DONE, 1, "candidate")
    assert done.run_id == f"xsmom-{done.key.hex[:12]}-2"
    assert bench.runner.started == 2


def test_a_run_names_its_promote(tmp_path: Path) -> None:
    bench, failed = failed_on_a_cluster(tmp_path)
    asked(bench, (failed.run_id or "")[:-4])
    assert bench.promotions()[0].attempt == 2


def test_it_fails_again_with_its_reason_where_nothing_was_mended(tmp_path: Path) -> None:
    problem = Diagnostic(code="NBC-H01", message="the cell raised")
    bench = Elsewhere(tmp_path, FakeRunner(tmp_path / ".runner", OUTPUT, problem, detached=True))
    bench.begin()
    bench.until_quiet()
    asked(bench, "xsmom")
    bench.until_quiet()
    (failed,) = bench.promotions()
    assert failed.failure is not None
    assert (failed.state, failed.attempt, failed.failure.code) == (State.FAILED, 2, "NBC-H01")
    assert bench.registry.versions("xsmom") == ()


def test_what_ran_here_is_run_again_here(tmp_path: Path) -> None:
    bench = failing(tmp_path)
    assert promote(tmp_path / "notebook.py", bench.ports(), on=HERE).status is Status.FAILED
    result = asked(bench, "xsmom", wait=True)
    assert (result.status, result.version, result.alias) == (Status.DONE, 1, "candidate")
    assert dict(result.seconds)["total"] >= dict(result.seconds)["run"]


def test_control_what_ran_here_is_run_again_in_its_project_only(tmp_path: Path) -> None:
    bench = failing(tmp_path)
    promote(tmp_path / "notebook.py", bench.ports(), on=HERE)
    with pytest.raises(NbcodeError, match="not yours to go on with here") as refused:
        asked(bench, "xsmom", project="/another/machine")
    assert [one.code for one in refused.value.diagnostics] == ["NBC-T05"]
    assert bench.promotions()[0].state is State.FAILED


def test_a_failed_row_that_came_with_a_clone_is_not_run(tmp_path: Path) -> None:
    """Nothing shows that this user's nbcode wrote it: its bytes are somebody else's."""
    bench = failing(tmp_path)
    promote(tmp_path / "notebook.py", bench.ports(), on=HERE)
    opened = bench.effect_ports()
    ports = replace(opened, owner=replace(opened.owner, verify_seal=lambda _data, _seal: False))
    with pytest.raises(NbcodeError, match="not yours to go on with here"):
        retry("xsmom", replace(bench.ports(), open_effect_ports=lambda: ports))
    assert bench.promotions()[0].attempt == 1


def test_nothing_but_what_failed_last_is_run_again(tmp_path: Path) -> None:
    bench, _ = failed_on_a_cluster(tmp_path)
    asked(bench, "xsmom")
    with pytest.raises(NbcodeError, match="has not failed: it is snapshotted") as running:
        asked(bench, "xsmom")
    assert running.value.exit_code is Exit.USER
    bench.until_quiet()
    with pytest.raises(NbcodeError, match="has not failed: it is done") as done:
        asked(bench, "xsmom")
    assert "`nbcode promote notebook.py --again`" in str(done.value.diagnostics[0].fixes[0])
    assert len(bench.registry.versions("xsmom")) == 1


def test_a_name_of_nothing_says_what_failed(tmp_path: Path) -> None:
    bench, _ = failed_on_a_cluster(tmp_path)
    with pytest.raises(NbcodeError, match="no promote of `value` failed") as refused:
        asked(bench, "value")
    (told,) = refused.value.diagnostics
    assert (told.code, told.cause) == ("NBC-H21", "what failed is of xsmom")


def test_a_cluster_without_a_controller_is_asked_from_the_project(tmp_path: Path) -> None:
    bench = failing(tmp_path)
    assert promote(tmp_path / "notebook.py", bench.ports(), on=ARGO).status is Status.FAILED
    result = retry("xsmom", bench.ports())
    assert (result.status, result.version) == (Status.DONE, 1)

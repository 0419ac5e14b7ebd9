"""From a built notebook to a candidate: what the caller sees."""

from __future__ import annotations

import errno
import itertools
from dataclasses import replace

import pytest

from fakes.promotes import FIGURES, OUTPUT, Bench
from fakes.registries import FileRegistry
from fakes.runners import FakeRunner, InterruptedRunner
from nbcode.commands.models import models_of_ledger
from nbcode.commands.promote import promote
from nbcode.commands.resume import resume
from nbcode.commands.show import Asked, show
from nbcode.commands.status import status
from nbcode.primitives import Diagnostic, Exit, NbcodeError, Place, Related, Severity
from nbcode.promotion import State, diagnostics_of, failure_of
from nbcode.promotion.perform import Performer
from nbcode.promotion.state import Aliased, Effect
from nbcode.registry import Figures, RegistryError
from nbcode.spec import Gate


@pytest.fixture
def bench(tmp_path) -> Bench:
    return Bench(tmp_path)


def told(result):
    """What is more than a note."""
    return [d for d in result.diagnostics if d.severity != "note"]


def artifact(bench):
    return lambda digest: bench.store / "artifacts" / digest.hex


def asked(bench):
    found = bench.registry.registered("xsmom", figures=Figures.ALL)
    return Asked(place="there", found=found[0] if found else None)


def test_a_promote_ends_with_a_candidate_and_tells_everything(bench):
    ended = bench.promote().to_json()
    assert list(ended) == [
        "status", "model", "version", "alias", "spec_digest", "definition_digest", "artifact_digest", "artifact",
        "report", "isolation", "seconds", "metrics", "folds", "diagnostics", "run_id", "look_ahead", "judged", "line", "fan_out",
    ]  # fmt: skip
    assert (ended["status"], ended["model"], ended["version"], ended["alias"]) == (
        "done",
        "xsmom",
        1,
        "candidate",
    )
    assert ended["metrics"] == FIGURES
    assert ended["folds"] == [{"train_rows": 10}]
    assert list(ended["seconds"]) == [
        "build", "begin", "snapshot", "submit", "cells", "run", "verify", "register", "alias", "finish", "end", "total",
    ]  # fmt: skip
    assert ended["report"].endswith("report.html")
    assert ended["isolation"] == "process"
    assert ended["fan_out"] is None
    assert bench.temporary() == []


def test_every_second_of_a_promote_is_under_a_step_of_its_own_name_and_together_they_are_the_total(tmp_path):
    ticks = itertools.count()
    ended = Bench(tmp_path, monotonic_s=lambda: float(next(ticks))).promote()
    *steps, total = ended.seconds
    assert total == ("total", float(next(ticks) - 1))
    assert sum(taken for _, taken in steps) == total[1]
    assert len({name for name, _ in steps}) == len(steps)
    assert all(taken > 0 for _, taken in steps)


def test_the_same_spec_twice_is_one_version(bench):
    first = bench.promote()
    second = bench.promote()
    assert (first.status, second.status) == ("done", "exists")
    assert (second.version, second.alias, second.artifact_digest) == (1, "candidate", first.artifact_digest)
    assert bench.runner.started == 1
    assert len(bench.registry.versions("xsmom")) == 1


def test_another_spec_is_the_next_version_and_the_candidate(bench):
    bench.promote("one")
    second = bench.promote("two")
    again = bench.promote("one")
    assert (second.version, second.alias) == (2, "candidate")
    assert (again.status, again.version, again.alias) == ("exists", 1, None)
    assert bench.registry.candidate("xsmom") == 2


def test_a_gate_that_is_not_met_registers_nothing_and_says_figure_wanted_and_got(bench):
    gates = (Gate(metric="rank_ic", op=">=", value="0.05"), Gate(metric="ic_mean", op=">", value="0.0"))
    ended = bench.promote(gates=gates)
    assert ended.status == "failed"
    (unmet,) = told(ended)
    assert str(unmet) == (
        "NBC-I14 gate not met: wanted rank_ic >= 0.05, got 0.031. [meta] asks for it, so the result was kept but not"
        " registered. Fix: improve the model  |  change the gate in [meta]."
    )
    assert ended.exit_code == Exit.USER
    assert ended.artifact is not None
    assert bench.registry.versions("xsmom") == ()


def test_gates_that_are_met_do_not_hinder(bench):
    """The control: the same figure, a lower gate."""
    assert bench.promote(gates=(Gate(metric="rank_ic", op=">=", value="0.03"),)).status == "done"


def test_a_run_that_fails_is_a_failed_promote_with_its_diagnostics_and_can_be_tried_again(tmp_path):
    problem = Diagnostic(code="NBC-H01", message="cell 3 raised ValueError")
    runner = FakeRunner(tmp_path / ".runner", OUTPUT, problem)
    bench = Bench(tmp_path, runner=runner)
    failed = bench.promote()
    assert (failed.status, failed.exit_code, failed.version) == ("failed", Exit.USER, None)
    assert told(failed) == [problem]
    assert (
        status(bench.effect_ports().journal, bench.leases.free, bench.owner).to_json()["promotions"][0][
            "code"
        ]
        == "NBC-H01"
    )
    runner.problem = None
    mended = bench.promote()
    assert (mended.status, mended.version) == ("done", 1)
    assert bench.effect_ports().journal.promotions()[0].attempt == 2


def test_a_deleted_version_is_told_and_registered_anew_only_when_asked(bench):
    """I07."""
    bench.promote()
    bench.registry.forget("xsmom")
    with pytest.raises(
        NbcodeError, match="NBC-I07 xsmom: version 1 is not in the registry as the ledger has it"
    ):
        bench.promote()
    again = bench.promote(again=True)
    assert (again.status, again.version, again.alias) == ("done", 1, "candidate")


@pytest.mark.parametrize("by_hand", [True, False])
def test_a_refit_does_not_undo_what_somebody_set_by_hand(bench, by_hand):
    """A rollback within the line; the control is a candidate that nbcode itself set."""
    bench.promote("one")
    bench.promote("two")
    (last,) = (p for p in bench.effect_ports().journal.promotions("xsmom") if p.version == 2)
    bench.promote("three")
    ports = bench.effect_ports()
    ports.registry.point_candidate_at("xsmom", 1 if by_hand else 3)
    (newest,) = (p for p in ports.journal.promotions("xsmom") if p.version == 3)
    refit = replace(newest, state=State.REGISTERED, refit_of=1, line="1.2", sequence=last.sequence + 99)
    told_of: list[Diagnostic] = []
    perform = Performer(replace(ports, notice=told_of.append), lambda _name: None)
    if by_hand:
        assert perform(Effect.ALIAS, refit) == Aliased(superseded=True)
        assert [(d.code, d.cause) for d in told_of][-1] == (
            "NBC-I21",
            "somebody set it there by hand, and a refit does not undo that",
        )
        assert ports.registry.candidate("xsmom") == 1
    else:
        assert perform(Effect.ALIAS, replace(refit, line="3.1", refit_of=3)) == Aliased()
        assert ports.registry.candidate("xsmom") == 3


def test_what_is_there_runs_again_when_asked_and_is_the_candidate_again(bench):
    """The way out of I08 and of I46: the same version, its files laid out anew, and the alias."""
    bench.promote("one")
    bench.promote("two")
    plain = bench.promote("one")
    assert (plain.status, plain.version, plain.alias) == ("exists", 1, None)
    again = bench.promote("one", again=True)
    assert (again.status, again.version, again.alias) == ("done", 1, "candidate")
    assert bench.registry.candidate("xsmom") == 1
    assert len(bench.registry.versions("xsmom")) == 2


def test_a_candidate_moved_by_hand_is_told_with_both_sides(bench):
    """I08."""
    bench.promote("one")
    bench.promote("two")
    bench.registry.point_candidate_at("xsmom", 1)
    third = bench.promote("three")
    (moved,) = told(third)
    assert (moved.code, moved.cause) == ("NBC-I08", "the ledger says version 2, the registry says version 1")
    assert "--again" in moved.fix_titles[1]
    (taken,) = [d for d in third.diagnostics if d.code == "NBC-I32"]
    assert (
        "takes the candidate of xsmom from version 1 of one.py" in taken.message
    )  # where it was, not where the ledger has it
    assert (third.status, third.alias) == ("done", "candidate")
    bench.registry.point_candidate_at("xsmom", 2)
    shown = show(
        "xsmom",
        bench.effect_ports().journal,
        project=str(bench.root),
        artifact=artifact(bench),
        asked=asked(bench),
    )
    assert [d.code for d in shown.diagnostics] == ["NBC-I08"]


def test_changed_bytes_of_a_stored_artifact_are_refused(bench):
    """I06."""
    first = bench.promote()
    report = first.artifact / "report.json"
    report.chmod(0o644)
    report.write_bytes(report.read_bytes() + b" ")
    with pytest.raises(NbcodeError, match=r"NBC-I06 .* report.json has other bytes") as caught:
        bench.promote()
    assert caught.value.exit_code == Exit.SAFETY


def test_show_lists_the_versions_from_the_ledger(bench):
    bench.promote("one")
    bench.promote("two")
    shown = show("xsmom", bench.effect_ports().journal, project=str(bench.root), artifact=artifact(bench))
    first, second = shown.to_json()["versions"]
    assert (first["version"], first["alias"], second["version"], second["alias"]) == (2, "candidate", 1, None)
    assert {"spec_digest", "artifact_digest", "registered_at", "notebook", "snapshot"} <= set(first)
    assert first["notebook"] == "two.py"
    assert first["metrics"] == FIGURES
    theirs = [(v.version, v.alias, v.artifact_digest, v.snapshot) for v in bench.registry.versions("xsmom")]
    assert theirs == [(v.version, v.alias, v.artifact_digest, v.snapshot) for v in shown.versions]
    assert (
        show(
            "xsmom",
            bench.effect_ports().journal,
            project=str(bench.root),
            artifact=artifact(bench),
            asked=asked(bench),
        ).diagnostics
        == ()
    )


def test_an_unknown_model_is_told_with_the_nearest(bench):
    bench.promote()
    with pytest.raises(NbcodeError, match=r"NBC-I19 no model `xsmon` .* nearest is `xsmom`"):
        show("xsmon", bench.effect_ports().journal, project=str(bench.root), artifact=artifact(bench))


def test_files_that_are_given_back_take_no_candidate(bench):
    """Control: who asks for it by --again has it."""
    bench.promote("one")
    bench.promote("two")
    registry = bench.effect_ports().registry
    old = next(one for one in registry.versions("xsmom") if one.version == 1)
    registry.collect(old, at="2026-06-01T09:00:00Z", by="quant")
    back = bench.promote("one")
    assert (back.status, back.version, back.alias) == ("done", 1, None)
    assert [d.code for d in back.diagnostics if d.code == "NBC-I49"] == ["NBC-I49"]
    assert registry.candidate("xsmom") == 2
    assert bench.promote("one", again=True).alias == "candidate"
    assert registry.candidate("xsmom") == 1


def owner(digest):
    return f"of {digest}"


def test_models_lists_each_with_its_candidate(bench):
    assert models_of_ledger(None, "/p", artifact(bench), owner).models == ()
    bench.promote("one")
    bench.promote("two")
    journal = bench.effect_ports().journal
    (listed,) = models_of_ledger(journal, str(bench.root), artifact(bench), owner).models
    assert (listed.model, listed.versions, listed.candidate, listed.notebook) == ("xsmom", 2, 2, "two.py")
    assert listed.owner == f"of {journal.promotions('xsmom')[0].spec_digest}"


def test_an_interrupt_leaves_the_promote_resumable(tmp_path):
    bench = Bench(tmp_path, runner=InterruptedRunner(tmp_path / ".runner", OUTPUT))
    with pytest.raises(KeyboardInterrupt, match="Ctrl-C"):
        bench.promote()
    (left,) = status(bench.effect_ports().journal, bench.leases.free, bench.owner).promotions
    assert (left.promotion.state, left.interrupted, left.working) == (State.SUBMITTED, True, False)
    resumed = bench.resume()
    assert [(r.status, r.version, r.alias) for r in resumed.finished] == [("done", 1, "candidate")]
    assert resumed.exit_code == Exit.DONE
    assert bench.temporary() == []
    assert bench.resume().finished == ()


def test_what_was_interrupted_earlier_does_not_take_the_alias_from_what_began_later(tmp_path):
    bench = Bench(tmp_path, runner=InterruptedRunner(tmp_path / ".runner", OUTPUT))
    with pytest.raises(KeyboardInterrupt, match="Ctrl-C"):
        bench.promote("earlier")
    later = bench.promote("later")
    assert [(d.code, d.message) for d in later.diagnostics if d.code == "NBC-I20"] == [
        ("NBC-I20", "an interrupted promote of earlier.py waits at submitted")
    ]
    (resumed,) = bench.resume().finished
    assert (resumed.version, resumed.alias, later.version, later.alias) == (2, None, 1, "candidate")
    assert bench.registry.candidate("xsmom") == 1
    shown = show(
        "xsmom",
        bench.effect_ports().journal,
        project=str(bench.root),
        artifact=artifact(bench),
        asked=asked(bench),
    )
    assert [(v.version, v.alias) for v in shown.versions] == [(2, None), (1, "candidate")]
    assert shown.diagnostics == ()


class Troubled(FileRegistry):
    """A registry that refuses by ``code`` as long as there is one."""

    code = "NBC-I01"

    def register(self, wanted):
        if self.code:
            raise RegistryError(Diagnostic(code=self.code, message="the registry refuses"))
        return super().register(wanted)


@pytest.mark.parametrize(
    ("code", "turn"),
    [
        ("NBC-I01", Exit.RETRY),
        ("NBC-I16", Exit.ENVIRONMENT),
        ("NBC-I25", Exit.ENVIRONMENT),
        ("NBC-I26", Exit.ENVIRONMENT),
        ("NBC-I27", Exit.ENVIRONMENT),
        ("NBC-I28", Exit.RETRY),
        ("NBC-I29", Exit.RETRY),
    ],
    ids=str,
)
def test_a_registry_that_refuses_leaves_the_promote_where_it_is_and_resume_registers_it(tmp_path, code, turn):
    """Whatever the machine or a server is to blame for. The clean run is not made again."""
    bench = Bench(tmp_path, registry=Troubled(tmp_path / "registry.json"))
    bench.registry.code = code
    with pytest.raises(NbcodeError, match=f"{code} the registry refuses") as caught:
        bench.promote()
    assert caught.value.exit_code == turn
    assert bench.effect_ports().journal.promotions()[0].state == State.VERIFIED
    hindered = bench.resume()
    assert (hindered.finished, hindered.exit_code) == ((), turn)
    bench.registry.code = ""
    (resumed,) = bench.resume().finished
    assert (resumed.status, resumed.version, resumed.alias, bench.runner.started) == (
        "done",
        1,
        "candidate",
        1,
    )


def test_the_control_a_refusal_of_this_model_ends_the_promote_as_failed(tmp_path):
    bench = Bench(tmp_path, registry=Troubled(tmp_path / "registry.json"))
    bench.registry.code = "NBC-I24"
    assert bench.promote().status == "failed"
    assert bench.effect_ports().journal.promotions()[0].state == State.FAILED


def test_a_server_that_is_away_is_told_before_anything_is_begun(bench):
    def away():
        raise RegistryError(Diagnostic(code="NBC-I28", message="the registry does not answer"))

    ports = replace(bench.ports(), answered=away)
    for verb in (lambda: promote(bench.root / "n.py", ports), lambda: resume(ports)):
        with pytest.raises(NbcodeError, match="NBC-I28 the registry does not answer"):
            verb()
    assert bench.effect_ports().journal.promotions() == ()
    assert bench.runner.started == 0
    assert promote(bench.root / "n.py", bench.ports()).status == "done", "the control"


def test_another_artifact_of_a_registered_spec_is_refused_for_safety(bench):
    """I05: somebody's registry holds this key with other bytes."""
    first = bench.promote()
    (promotion,) = bench.effect_ports().journal.promotions()
    (bench.store / "journal.db").unlink()
    bench.effect_ports.cache_clear()
    bench.runner.files = OUTPUT | {"model/model.json": b'{"other": 1}'}
    second = bench.promote()
    assert (second.status, second.exit_code, second.version) == ("failed", Exit.SAFETY, None)
    assert told(second)[-1].code == "NBC-I05"
    assert first.artifact_digest != second.artifact_digest
    assert [v.artifact_digest for v in bench.registry.versions("xsmom")] == [promotion.artifact_digest]


def test_a_lost_journal_is_no_second_version(bench):
    """The control: with the same bytes the registry's own key finds the version again."""
    bench.promote()
    (bench.store / "journal.db").unlink()
    bench.effect_ports.cache_clear()
    again = bench.promote()
    assert (again.status, again.version, len(bench.registry.versions("xsmom"))) == ("done", 1, 1)


def test_a_full_disk_is_told_as_such_and_the_promote_goes_on_another_day(tmp_path):
    class Full(FakeRunner):
        full = True

        def submit(self, plan):
            if self.full:
                self.full = False
                raise OSError(errno.ENOSPC, "No space left on device", "out/model.json")
            return super().submit(plan)

    bench = Bench(tmp_path, runner=Full(tmp_path / ".runner", OUTPUT))
    with pytest.raises(NbcodeError, match=r"NBC-I15 .* No space left on device: out/model.json") as caught:
        bench.promote()
    assert caught.value.exit_code == Exit.ENVIRONMENT
    assert [r.status for r in bench.resume().finished] == ["done"]


def test_what_the_journal_keeps_of_a_failure_is_the_whole_diagnostic():
    place = Place(path="n.py", cell=3, tag="model", line=2, column=1)
    related = (Related(message="assigned here", place=Place(path="n.py", cell=1, line=4)),)
    found = Diagnostic(
        code="NBC-H01",
        message="m",
        cause="c",
        fixes=("f",),
        place=place,
        related=related,
        severity=Severity.ERROR,
    )
    note = Diagnostic(code="NBC-F06", message="n", severity=Severity.NOTE)
    assert diagnostics_of(failure_of((note, found))) == (note, found)
    assert failure_of((note, found)).code == "NBC-H01"


def test_in_a_shared_registry_the_candidate_of_another_project_is_no_moved_alias(tmp_path):
    registry = FileRegistry(tmp_path / "shared.json")
    mine, theirs = (Bench(tmp_path / name, registry=registry) for name in ("mine", "theirs"))
    for bench in (mine, theirs):
        bench.root.mkdir()
    mine.promote("one")
    theirs.promote("two")
    third = mine.promote("three")
    assert told(third) == []
    shown = show(
        "xsmom",
        theirs.effect_ports().journal,
        project=str(theirs.root),
        artifact=artifact(theirs),
        asked=asked(theirs),
    )
    assert [(v.version, v.alias, v.notebook) for v in shown.versions] == [
        (3, "candidate", "three.py"),
        (2, None, "two.py"),
        (1, None, "one.py"),
    ]
    assert shown.diagnostics == ()
    elsewhere = show("xsmom", None, project="/elsewhere", artifact=artifact(theirs), asked=asked(theirs))
    assert [v.version for v in elsewhere.versions] == [3, 2, 1]


def test_who_takes_the_candidate_from_another_notebook_is_told_both_names_and_figures(bench):
    bench.promote("one")
    taken = bench.promote("two")
    (note,) = [d for d in taken.diagnostics if d.code == "NBC-I32"]
    assert note.severity is Severity.NOTE
    assert note.message == (  # what a note shows on the command line is its message alone
        "version 2 of two.py takes the candidate of xsmom from version 1 of one.py:"
        " ic_mean 0.02 -> 0.02, rank_ic_mean 0.031 -> 0.031"
    )
    assert (taken.version, taken.alias) == (2, "candidate")


def test_the_same_notebook_takes_its_own_candidate_without_a_word(bench):
    bench.promote("one")
    again = bench.promote("one", gates=(Gate(metric="rank_ic", op=">=", value="0.01"),))
    assert (again.version, again.alias) == (2, "candidate")
    assert [d.code for d in again.diagnostics if d.code == "NBC-I32"] == []

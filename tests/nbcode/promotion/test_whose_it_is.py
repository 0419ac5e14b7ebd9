"""`resume`, and whatever finishes what was interrupted, goes on only with what this user began in this project."""

from __future__ import annotations

import sqlite3
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.promotes import OUTPUT, Bench, owner_in
from fakes.runners import InterruptedRunner
from nbcode.commands.trust import Foreign, TrustOutcome, TrustPorts, trust
from nbcode.configuration import TrustKind, UserState, Workspace
from nbcode.configuration.values import Config
from nbcode.primitives import Digest, Exit, NbcodeError
from nbcode.promotion import Performer, State, failpoint


def repository(folder: Path) -> Path:
    folder.mkdir()
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    return folder


def interrupted(bench: Bench, name: str = "notebook") -> Bench:
    with pytest.raises(KeyboardInterrupt, match="Ctrl-C"):
        bench.promote(name)
    return bench


def begun(root: Path, store: Path | None = None) -> Bench:
    bench = Bench(root, runner=InterruptedRunner(root / ".runner", OUTPUT), store=store)
    return interrupted(bench)


def refs(folder: Path) -> list[str]:
    told = subprocess.run(
        ["git", "-C", str(folder), "for-each-ref", "refs/nbcode"], capture_output=True, text=True, check=True
    )
    return told.stdout.splitlines()


def of_somebody_else(bench: Bench, tmp_path: Path) -> Bench:
    """The same folder and store, used by a person with another state folder."""
    other = Bench(bench.root, runner=bench.runner)
    other.owner = owner_in(bench.root, tmp_path / "state-of-another")
    return other


def test_two_projects_of_one_store_resume_only_their_own_and_nothing_lands_in_the_others_git(tmp_path):
    one, two = repository(tmp_path / "one"), repository(tmp_path / "two")
    first = begun(one, tmp_path / "store")
    resumed = Bench(two, store=tmp_path / "store").resume()
    assert (resumed.finished, resumed.exit_code) == ((), Exit.DONE)
    (note,) = resumed.diagnostics
    assert (note.code, note.severity) == ("NBC-T05", "note")
    assert f"nbcode resume --project {one}" in note.fix_titles[0]
    promoted = Bench(two, store=tmp_path / "store").promote("other")
    assert promoted.status == "done"
    (state,) = {p.state for p in first.effect_ports().journal.promotions() if p.project == str(one)}
    assert state == State.SUBMITTED, "promoting in two did not finish what one began"
    before = refs(two)
    assert [r.status for r in first.resume().finished] == ["done"], (
        "the control: in its own project it goes on"
    )
    assert refs(two) == before
    assert len(refs(one)) > 0


def test_the_same_spec_in_another_project_is_begun_anew_there(tmp_path):
    begun(tmp_path / "one", tmp_path / "store")
    two = Bench(tmp_path / "two", store=tmp_path / "store")
    assert two.promote().status == "done"
    (row,) = two.effect_ports().journal.promotions()
    assert (row.project, row.attempt, row.state) == (str(tmp_path / "two"), 2, State.DONE)


def test_a_journal_that_somebody_else_wrote_is_not_gone_on_with(tmp_path):
    theirs = begun(tmp_path / "p")
    mine = of_somebody_else(theirs, tmp_path)
    runs = mine.runner.started
    resumed = mine.resume()
    assert (resumed.finished, resumed.exit_code) == ((), Exit.SAFETY)
    assert [d.code for d in resumed.diagnostics] == ["NBC-T05"]
    other = mine.promote("other")
    assert "NBC-T05" in [d.code for d in other.diagnostics if d.severity == "note"]
    assert mine.runner.started == runs + 1, "only the other notebook ran"
    assert [r.status for r in theirs.resume().finished] == ["done"], "the control: who began it may"


@pytest.mark.parametrize(
    "column, value",
    [
        ("isolation_asked", "process"),
        ("notebook", "evil.py"),
        ("state", "verified"),
        ("artifact_digest", "sha256:" + "0" * 64),
        ("adopt", 1),
        ("who", "somebody"),
        ("sequence", 7),
    ],
)
def test_a_row_that_was_changed_after_it_was_sealed_is_nobodys(tmp_path, column, value):
    bench = begun(tmp_path / "p")
    with sqlite3.connect(bench.store / "journal.db") as connection:
        connection.execute(f"UPDATE promotions SET {column} = ?", (value,))
    bench.effect_ports.cache_clear()
    assert [d.code for d in bench.resume().diagnostics] == ["NBC-T05"]


def test_other_bytes_in_the_journal_than_those_it_began_with_are_refused(tmp_path):
    bench = begun(tmp_path / "p")
    with sqlite3.connect(bench.store / "journal.db") as connection:
        connection.execute("UPDATE payloads SET bytes = ?", (b"print('evil')",))
    bench.effect_ports.cache_clear()
    (row,) = bench.effect_ports().journal.promotions()
    with pytest.raises(NbcodeError, match=r"NBC-I06 .*bytes in the journal are not those"):
        bench.effect_ports().journal.payload(row.key)


def test_a_seal_of_one_row_does_not_fit_another(tmp_path):
    bench = begun(tmp_path / "p")
    (row,) = bench.effect_ports().journal.promotions()
    assert bench.owner.began(row)
    assert not bench.owner.began(replace(row, project=str(tmp_path / "q")))
    assert not bench.owner.began(replace(row, seal=""))
    assert not bench.owner.began(replace(row, seal="ü" * 64))


def test_trust_shows_whose_it_is_and_begins_it_anew_as_mine(tmp_path):
    mine = of_somebody_else(begun(tmp_path / "p"), tmp_path)
    workspace = Workspace(root=mine.root, store=mine.store, config=Config())
    asked = []

    def ask(_workspace, items):
        asked.extend(items)
        return True

    ports = TrustPorts(
        open=lambda: workspace,
        foreign=lambda _: Foreign(
            journal=mine.effect_ports().journal, owner=mine.owner, leases=mine.leases, who="me"
        ),
        state=UserState(tmp_path / "state-of-another"),
        confirm=ask,
        now=lambda: "2026-01-05T09:00:00Z",
    )
    assert trust(ports).answer is TrustOutcome.TRUSTED
    (item,) = asked
    assert (item.kind, item.value) == (TrustKind.RESUME, "notebook.py")
    assert "sha256:" in item.target
    (row,) = mine.effect_ports().journal.promotions()
    assert (row.state, row.who, row.attempt) == (State.BEGUN, "me", 2)
    assert trust(ports).answer is TrustOutcome.NOTHING
    assert [r.status for r in mine.resume().finished] == ["done"]


def test_whose_a_registered_model_is_is_asked_before_anything_runs(tmp_path):
    bench = Bench(tmp_path)
    bench.owner_of = {"xsmom": "another team"}.get
    with pytest.raises(NbcodeError, match="NBC-I24 the registered model xsmom is somebody else's") as caught:
        bench.promote()
    assert "its owner is another team; [meta] says team" in (caught.value.diagnostics[0].cause or "")
    assert bench.effect_ports().journal.promotions() == (), "nothing was begun"
    assert bench.promote(adopt=True).status == "done"
    assert bench.promote().status == "exists", "what is registered already is asked of nobody"
    bench.owner_of = {"xsmom": "team"}.get
    assert bench.promote("next").status == "done"


def test_a_model_that_another_tool_made_is_refused_before_anything_runs(tmp_path):
    bench = Bench(tmp_path)
    bench.registry.made_by_another_tool("xsmom")
    bench.owner_of = bench.registry.owner_of
    with pytest.raises(NbcodeError, match="NBC-I24 the registered model xsmom is somebody else's") as caught:
        bench.promote()
    assert "another tool made it" in (caught.value.diagnostics[0].cause or "")
    assert bench.effect_ports().journal.promotions() == (), "nothing was begun"
    assert bench.promote(adopt=True).status == "done"


def test_a_registered_model_of_somebody_else_is_taken_over_only_with_adopt_which_says_so(tmp_path):
    bench = Bench(tmp_path)
    bench.registry.made_by_another_tool("xsmom")
    refused = bench.promote()
    assert (refused.status, refused.exit_code, refused.version) == ("failed", Exit.SAFETY, None)
    assert refused.diagnostics[-1].code == "NBC-I24"
    assert bench.registry.candidate("xsmom") is None
    adopted = bench.promote(adopt=True)
    assert (adopted.status, adopted.alias) == ("done", "candidate")
    (note,) = [d for d in adopted.diagnostics if d.code == "NBC-I24"]
    assert "was nobody's and is team's now" in note.message
    (row,) = bench.effect_ports().journal.promotions()
    assert row.adopt
    assert bench.promote("next").status == "done", "it is ours now: no more asking"


def test_a_version_is_compared_with_the_last_one_that_is_there(tmp_path):
    bench = Bench(tmp_path)
    for name in ("notebook", "next"):
        assert bench.promote(name).status == "done"
    first, second = sorted(bench.effect_ports().journal.promotions(), key=lambda one: one.version)
    third = replace(second, key=Digest("sha256:" + "3" * 64), version=None)
    performer = Performer(bench.effect_ports(), failpoint)
    before = performer._before(third)
    assert before is not None
    assert before[0].version == second.version
    bench.registry.forget_version(first.model, second.version)
    before = performer._before(third)
    assert before is not None
    assert before[0].version == first.version

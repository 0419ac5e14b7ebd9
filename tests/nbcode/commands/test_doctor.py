"""`nbcode doctor`, on a machine that the test makes up and on the one that it runs on."""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from nbcode.cli import main
from nbcode.cli.render.doctor import render_health
from nbcode.cli.terminal import Style
from nbcode.commands.doctor import doctor as look_at_everything
from nbcode.commands.doctor import this_machine
from nbcode.commands.health import Health, Level, LevelHealth, Space
from nbcode.configuration import Config, DatasetConfig, RunConfig, Server, Workspace
from nbcode.environment import StoredEnvironment
from nbcode.primitives import Diagnostic, Exit, Place
from nbcode.promotion import JournalError, JournalSchema

WELL = (
    LevelHealth(name="process", available=True, reason=""),
    LevelHealth(name="environment", available=True, reason=""),
    LevelHealth(name="landlock", available=True, reason=""),
    LevelHealth(name="namespaces", available=True, reason=""),
)


ROOMY = Space(problem="", free_bytes=50 * 10**9, network=False)


@dataclass(frozen=True, kw_only=True)
class MadeUp:
    """A machine where all is well, but for what a test says."""

    version: str = "3.11.7"
    missing: str = ""
    programs: Mapping[str, str] | None = None
    held_levels: tuple[LevelHealth, ...] = WELL
    place: Space = ROOMY
    silent: str = ""
    locks: tuple[str, ...] = ()
    kept: tuple[StoredEnvironment, ...] = ()

    def python(self) -> tuple[str, str]:
        return self.version, "/usr/bin/python"

    def platform(self) -> str:
        return "Linux 6 x86_64"

    def distributions(self) -> dict[str, str]:
        return {name: "" if name == self.missing else "1.0" for name in ("nbcode", "mlflow")}

    def program(self, name: str) -> str:
        return {"uv": "0.9", "git": "2.39", **(self.programs or {})}[name]

    def levels(self) -> tuple[LevelHealth, ...]:
        return self.held_levels

    def space(self, directory: Path) -> Space:
        return self.place

    def kernels_compiled(self, cache: Path) -> bool:
        return True

    def environments(self, cache: Path) -> tuple[StoredEnvironment, ...]:
        return self.kept

    def registry(self, uri: str) -> str:
        return self.silent

    def held_locks(self, directory: Path) -> tuple[str, ...]:
        return self.locks

    def jupyter_kernel(self) -> Path | None:
        return None


def workspace(
    tmp_path: Path, registry: Server | None = None, journal: Server | None = None, **fields: object
) -> Workspace:
    config = Config(**fields)  # type: ignore[arg-type]
    return Workspace(
        root=tmp_path, store=tmp_path / ".nbcode", config=config, registry=registry, journal=journal
    )


def doctor(project, found, machine, schema=lambda _: JournalSchema(found=3, known=3), **options) -> Health:
    return look_at_everything(project, found, machine, schema, **options)


def levels(health: Health, *wanted: Level) -> list[str]:
    return [finding.name for finding in health.findings if finding.level in wanted]


def test_where_all_is_well_nothing_is_in_the_way(tmp_path: Path) -> None:
    health = doctor(tmp_path, workspace(tmp_path), MadeUp())
    assert levels(health, Level.WARN, Level.FAIL) == []
    assert health.exit_code is Exit.DONE
    assert render_health(health, Style(width=80)).endswith("A promote can run here.")


@pytest.mark.parametrize(
    ("machine", "failing"),
    [
        (MadeUp(version="3.10.1"), ["python"]),
        (MadeUp(version="3.15.0"), ["python"]),
        (MadeUp(missing="mlflow"), ["mlflow"]),
        (MadeUp(place=Space(problem="read-only file system", free_bytes=10**12, network=False)), ["store"]),
    ],
)
def test_what_is_in_the_way_fails_and_says_how_to_mend_it(
    tmp_path: Path, machine: MadeUp, failing: list[str]
) -> None:
    health = doctor(tmp_path, workspace(tmp_path), machine)
    assert levels(health, Level.FAIL) == failing
    assert all(f.fix for f in health.findings if f.level is Level.FAIL)
    assert health.exit_code is Exit.ENVIRONMENT


def test_every_kept_environment_is_read_when_that_is_asked_for(tmp_path: Path) -> None:
    whole = StoredEnvironment(home=tmp_path / "whole", problem=None, proofs=(("record", 2),))
    changed = StoredEnvironment(home=tmp_path / "changed", problem="a.py changed", proofs=())
    machine = MadeUp(kept=(whole, changed))
    health = doctor(tmp_path, workspace(tmp_path), machine, environments=True)
    assert levels(health, Level.FAIL) == ["env changed"]
    (failing,) = (f for f in health.findings if f.level is Level.FAIL)
    assert failing.text == "a.py changed"
    assert f"rm -r {tmp_path / 'changed'}" in failing.fix
    assert "env whole" in levels(health, Level.OK)
    assert health.exit_code is Exit.ENVIRONMENT
    assert doctor(tmp_path, workspace(tmp_path), machine).exit_code is Exit.DONE


def test_what_could_be_better_only_warns(tmp_path: Path) -> None:
    machine = MadeUp(programs={"git": "", "uv": ""}, place=Space(problem="", free_bytes=10, network=True))
    health = doctor(tmp_path, workspace(tmp_path), machine)
    assert levels(health, Level.WARN) == ["uv", "git", "store", "disk"]
    assert health.exit_code is Exit.DONE


def test_the_strongest_level_that_holds_is_in_force(tmp_path: Path) -> None:
    weak = (*WELL[:3], replace(WELL[3], available=False, reason="bwrap is not installed"))
    health = doctor(tmp_path, workspace(tmp_path), MadeUp(held_levels=weak))
    (found,) = [f for f in health.findings if f.name == "in force"]
    assert (found.level, found.text) == (Level.OK, "landlock")
    assert levels(health, Level.WARN) == ["namespaces"]


def test_a_level_that_is_asked_for_and_does_not_hold_is_in_the_way(tmp_path: Path) -> None:
    weak = (*WELL[:3], replace(WELL[3], available=False, reason="bwrap is not installed"))
    wanting = workspace(tmp_path, run=RunConfig(isolation="namespaces"))
    assert levels(doctor(tmp_path, wanting, MadeUp(held_levels=weak)), Level.FAIL) == ["in force"]


def test_a_dataset_that_is_not_there_is_in_the_way(tmp_path: Path) -> None:
    dataset = DatasetConfig(name="a", prices=tmp_path / "p.csv", prices_uri="p.csv")
    health = doctor(tmp_path, workspace(tmp_path, datasets=(dataset,), defaults_data="a"), MadeUp())
    assert levels(health, Level.FAIL) == ["data.a"]
    (tmp_path / "p.csv").touch()
    health = doctor(tmp_path, workspace(tmp_path, datasets=(dataset,), defaults_data="a"), MadeUp())
    assert levels(health, Level.FAIL) == []


def test_a_registry_that_does_not_answer_is_in_the_way(tmp_path: Path) -> None:
    there = workspace(tmp_path, Server(uri="http://mlflow.example"))
    assert levels(doctor(tmp_path, there, MadeUp()), Level.FAIL) == []
    assert levels(doctor(tmp_path, there, MadeUp(silent="no answer")), Level.FAIL) == ["registry"]


def told(health: Health, name: str) -> tuple[Level, str, str]:
    ((level, text, fix),) = [(f.level, f.text, f.fix) for f in health.findings if f.name == name]
    return level, text, fix


def test_which_registry_it_is_and_who_named_it_is_told(tmp_path: Path) -> None:
    mine = Server(uri="http://mlflow.example", variable="MLFLOW_TRACKING_URI")
    by_me = told(doctor(tmp_path, workspace(tmp_path, mine), MadeUp()), "registry")
    assert by_me[1] == "http://mlflow.example answers (named by MLFLOW_TRACKING_URI of your environment)"
    by_file = told(
        doctor(tmp_path, workspace(tmp_path, Server(uri=mine.uri)), MadeUp(silent="none")), "registry"
    )
    assert by_file == (
        Level.FAIL,
        "http://mlflow.example: none",
        "start the server, or correct `[registry] uri` in nbcode.toml",
    )


@pytest.mark.parametrize(
    ("found", "level", "text"),
    [
        (0, Level.OK, "SQLite in the store · made by the first promote"),
        (2, Level.OK, "SQLite in the store · schema 2, which the next promote brings up to 3"),
        (3, Level.OK, "SQLite in the store · schema 3"),
        (4, Level.FAIL, "SQLite in the store: NBC-I03 the journal has schema 4, this nbcode has 3"),
    ],
)
def test_the_journal_and_its_schema_are_told(tmp_path: Path, found: int, level: Level, text: str) -> None:
    health = doctor(tmp_path, workspace(tmp_path), MadeUp(), lambda _: JournalSchema(found=found, known=3))
    said = told(health, "journal")
    assert said[0] is level
    assert said[1].startswith(text)
    assert bool(said[2]) is (level is Level.FAIL)


def test_a_journal_whose_server_is_away_is_in_the_way_and_is_shown_without_its_user(tmp_path: Path) -> None:
    def away(_: Workspace) -> JournalSchema:
        raise JournalError(
            Diagnostic(code="NBC-I29", message="cannot be used", cause="refused", fixes=("start it",))
        )

    server = Server(uri="postgresql://quant@db/n", variable="NBCODE_JOURNAL_URI")
    there = workspace(tmp_path, Server(uri="http://mlflow.example"), server)
    assert told(doctor(tmp_path, there, MadeUp(), away), "journal") == (
        Level.FAIL,
        "postgresql://***@db/n (named by NBCODE_JOURNAL_URI of your environment): NBC-I29 cannot be used: refused",
        "start it",
    )
    assert told(doctor(tmp_path, there, MadeUp()), "journal")[0] is Level.OK, "the control"


def test_a_shared_journal_beside_a_registry_of_the_store_is_in_the_way(tmp_path: Path) -> None:
    alone = workspace(tmp_path, journal=Server(uri="postgresql://db/n"))
    level, text, fix = told(doctor(tmp_path, alone, MadeUp()), "journal")
    assert (level, "NBC-C36" in text, "`[registry] uri` in nbcode.toml" in fix) == (Level.FAIL, True, True)


def test_every_problem_of_the_configuration_is_told(tmp_path: Path) -> None:
    problems = tuple(
        Diagnostic(code="NBC-C12", message=f"unknown key {n}", place=Place(path="nbcode.toml", line=n))
        for n in (1, 2)
    )
    health = doctor(tmp_path, problems, MadeUp())
    assert levels(health, Level.FAIL) == ["configuration", "configuration"]
    assert "NBC-C12 unknown key 2 · line 2" in render_health(health, Style(width=80))


def test_no_line_is_wider_than_the_terminal(tmp_path: Path) -> None:
    machine = MadeUp(
        programs={"git": ""}, place=Space(problem="", free_bytes=10, network=True), locks=("x " * 60,)
    )
    for width in (50, 64, 80):
        text = render_health(doctor(Path("p"), workspace(Path("p")), machine), Style(width=width))
        assert max(map(len, text.splitlines())) <= width


def test_this_machine_answers_every_question_and_leaves_nothing_behind(tmp_path: Path) -> None:
    health = doctor(tmp_path, workspace(tmp_path), this_machine())
    assert {f.area for f in health.findings} == {"machine", "sandbox", "project"}
    assert [f.level for f in health.findings if f.name == "process"] == [Level.OK]
    assert list(tmp_path.iterdir()) == []


def test_a_lock_counts_as_held_only_while_somebody_lives_who_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "locks" / "journal.lock"
    path.parent.mkdir()
    path.write_text(json.dumps({"pid": 7, "host": "h", "since": "2026-01-01T00:00:00Z"}))
    machine = this_machine()
    assert machine.held_locks(tmp_path) == ()
    code = "import fcntl,sys,time; f=open(sys.argv[1],'r+'); fcntl.flock(f, fcntl.LOCK_EX); print('up',flush=True); time.sleep(60)"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "up\n"
        assert machine.held_locks(tmp_path) == ("journal by process 7 on h since 2026-01-01T00:00:00Z",)
        holder.kill()
    with path.open("r+") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_server_that_is_not_there_is_an_answer_too() -> None:
    assert this_machine().registry("http://127.0.0.1:9").startswith("no answer")
    assert this_machine().registry("sqlite:///x.db") == ""


def test_in_json_it_is_one_object(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["doctor", "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert value["status"] == "done"
    assert {"python", "uv", "git", "namespaces", "store", "registry"} <= {
        f["name"] for f in value["findings"]
    }

"""The action, the GitLab job and the hook of docs/how-to/ci.md: their own commands, taken out of their files and run on a small repository."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from acceptance.project import ROOT
from fakes.patience import ENOUGH_S

ACTION = ROOT / "ci" / "github" / "action.yml"
GITLAB = ROOT / "ci" / "gitlab" / "nbcode.gitlab-ci.yml"
HOOKS = ROOT / ".pre-commit-hooks.yaml"
PAGE = ROOT / "docs" / "how-to" / "ci.md"
SEED = (ROOT / "examples" / "xsmom_v3" / "notebook.py").read_text()
BROKEN = SEED.replace("xsmom_v3", "broken").replace("ret_60, turn]", "ret_60, trun]")


@dataclass(frozen=True, kw_only=True)
class Ended:
    code: int
    out: str


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two folders of one repository: one whose notebook is sound, one whose notebook is not, with a space in its name."""
    top = tmp_path / "repository"
    for folder, text in (("good", SEED), ("not good", BROKEN)):
        (top / folder).mkdir(parents=True)
        (top / folder / "notebook.py").write_text(text)
        (top / folder / "module.py").write_text("x = 1\n")
    subprocess.run(["git", "init", "-q", str(top)], check=True)
    subprocess.run(["git", "add", "-A"], cwd=top, check=True)
    assert SEED.replace("xsmom_v3", "broken") != BROKEN
    return top


def shell(script: str, folder: Path, environment: dict[str, str]) -> Ended:
    """As GitHub's runner and GitLab's run a script: bash that ends at the first command that fails."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, "PATH": path, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=ENOUGH_S,
    )
    return Ended(code=done.returncode, out=done.stdout)


def action(folder: Path, **given: str) -> Ended:
    """Every step of the composite action, in their order, with the inputs ``given`` and the others by their defaults."""
    described = yaml.safe_load(ACTION.read_text())
    inputs = {name: one["default"] for name, one in described["inputs"].items()} | given
    assert inputs.keys() == described["inputs"].keys()

    def filled(text: str) -> str:
        return re.sub(r"\$\{\{ inputs\.(\w+) \}\}", lambda found: inputs[found[1]], text)

    said = ""
    for step in described["runs"]["steps"]:
        condition = re.fullmatch(r"inputs\.(\w+) != ''", step.get("if", "inputs.paths != ''"))
        assert condition is not None
        if not inputs[condition[1]]:
            continue
        environment = {name: filled(value) for name, value in step["env"].items()}
        ended = shell(
            step["run"], folder, environment | {"GITHUB_STEP_SUMMARY": str(folder.parent / "summary.md")}
        )
        said += ended.out
        if ended.code:
            return Ended(code=ended.code, out=said)
    return Ended(code=0, out=said)


def test_the_action_annotates_and_fails_where_something_stands_in_the_way(repository: Path) -> None:
    ended = action(repository, sarif="nbcode.sarif", junit="nbcode.xml")
    assert ended.code == 2
    (line,) = [one for one in ended.out.splitlines() if one.startswith("::error")]
    number = int(line.partition("line=")[2].partition(",")[0])
    assert line.startswith("::error file=not good/notebook.py,line=")
    assert "trun" in BROKEN.splitlines()[number - 1]
    summary = (repository.parent / "summary.md").read_text()
    assert summary.count("| error") == 1
    schema = json.loads((ROOT / "tests" / "golden" / "sarif-schema-2.1.0.json").read_text())
    log = json.loads((repository / "nbcode.sarif").read_text())
    jsonschema.validate(log, schema)
    assert [one["ruleId"] for one in log["runs"][0]["results"]] == ["NBC-D05"]
    assert "<failure" in (repository / "nbcode.xml").read_text()


def test_the_action_passes_what_is_sound(repository: Path) -> None:
    assert action(repository, paths="good") == Ended(code=0, out="")
    assert "nothing stops a promote" in (repository.parent / "summary.md").read_text()


def test_the_action_takes_several_paths_with_spaces_in_them(repository: Path) -> None:
    assert action(repository, paths="good\nnot good\n").code == 2
    assert action(repository, paths="good\ngood\n").code == 0


def test_no_input_of_the_action_is_a_command(repository: Path) -> None:
    for step in yaml.safe_load(ACTION.read_text())["runs"]["steps"]:
        assert "${{" not in step["run"]
    for text in ("$(touch pwned)", "`touch pwned`", "good; touch pwned", "--version", 'a" && touch pwned "'):
        assert action(repository, paths=text).code == 2
        assert not (repository / "pwned").exists()


def test_the_action_installs_what_it_is_told_and_fails_when_that_fails(repository: Path) -> None:
    (repository / "requirements.txt").write_text("")
    assert action(repository, paths="good", install="--quiet\n-r\nrequirements.txt\n").code == 0
    failed = action(repository, paths="good", install="-r\nno such file.txt")
    assert failed.code != 0
    assert "no such file.txt" in failed.out


def gitlab(folder: Path, **given: str) -> tuple[Ended, dict[str, Any]]:
    job = yaml.safe_load(GITLAB.read_text())["nbcode-check"]
    return shell(
        "\n".join([*job["before_script"], *job["script"]]), folder, {**job["variables"], **given}
    ), job


@pytest.mark.parametrize(("paths", "code", "found"), [(".", 2, 1), ("good", 0, 0)])
def test_the_job_of_gitlab_leaves_its_reports_however_it_ends(
    repository: Path, paths: str, code: int, found: int
) -> None:
    ended, job = gitlab(repository, NBCODE_PATHS=paths)
    assert ended.code == code
    assert job["artifacts"]["when"] == "always"
    reports = job["artifacts"]["reports"]
    issues = json.loads((repository / reports["codequality"]).read_text())
    assert [one["location"]["path"] for one in issues] == ["not good/notebook.py"] * found
    assert (repository / reports["junit"]).read_text().count("<failure") == found
    assert ("trun" in ended.out) == bool(found)  # the log is for people


def hook() -> dict[str, Any]:
    (one,) = yaml.safe_load(HOOKS.read_text())
    return one


def test_the_hook_stops_a_commit_of_what_could_not_be_promoted(repository: Path) -> None:
    """pre-commit runs `entry` with `args` at the top of the repository; whether the real one does is tried where it is installed."""
    entry = f"{hook()['entry']} {' '.join(hook()['args'])}"
    assert hook()["pass_filenames"] is False
    ended = shell(entry, repository, {})
    assert ended.code == 2
    assert "trun" in ended.out
    (repository / "not good" / "notebook.py").unlink()
    assert shell(entry, repository, {}).code == 0


def test_the_hook_runs_for_what_it_looks_at_and_nothing_else() -> None:
    files = re.compile(hook()["files"])
    assert all(files.search(path) for path in ("a.ipynb", "deep/b.py", "m.yaml", "deep/m.yml", "nbcode.toml"))
    assert not any(files.search(path) for path in ("README.md", "a.ipynb.txt", "my-nbcode.toml", "data.csv"))


def blocks() -> list[Any]:
    return [
        yaml.safe_load(text)
        for text in re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    ]


def test_the_page_uses_what_there_is() -> None:
    workflow, job, commit = blocks()
    (used,) = [s for s in workflow["jobs"]["check"]["steps"] if s["uses"].startswith("OWNER/nbcode/")]
    folder = used["uses"].removeprefix("OWNER/nbcode/").partition("@")[0]
    assert ROOT / folder / "action.yml" == ACTION
    assert used["with"].keys() <= yaml.safe_load(ACTION.read_text())["inputs"].keys()
    assert ROOT / job["include"][0]["file"] == GITLAB
    known = yaml.safe_load(GITLAB.read_text())["nbcode-check"]["variables"]
    assert job["nbcode-check"]["variables"].keys() <= known.keys()
    assert commit["repos"][0]["hooks"][0]["id"] == hook()["id"]


def test_every_command_of_the_page_runs(repository: Path) -> None:
    text = PAGE.read_text().partition("```\n")[2].partition("```")[0]
    commands = [line.partition(" #")[0].strip() for line in text.splitlines()]
    assert len(commands) == 6
    assert {shell(command, repository, {}).code for command in commands} == {2}


@pytest.mark.parametrize(
    ("file", "runs"),
    [
        ("n.ipynb", True),
        ("a/n.py", True),
        ("nbcode.toml", True),
        ("a/nbcode.toml", True),
        ("research/model.yaml", True),
        ("m.yml", True),
        ("a/prices.csv", False),
        ("other.toml", False),
    ],
)
def test_the_hook_runs_on_every_file_that_check_reads(file: str, runs: bool) -> None:
    assert bool(re.search(hook()["files"], file)) is runs

"""`nbcode init`."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from nbcode.cells import analyse
from nbcode.cli import main
from nbcode.commands.init import State, init
from nbcode.configuration import Config, open_workspace
from nbcode.notebook import read_notebook
from nbcode.primitives import Exit, NbcodeError

NOTEBOOK_NAME = "xsmom_v3.ipynb"
EXAMPLE = Path(__file__).parents[3] / "examples" / "xsmom_v3" / "notebook.ipynb"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def states(folder: Path) -> list[str]:
    return [str(item.state) for item in init(folder, cwd=Path.cwd(), install_kernel=None).items]


def test_it_writes_a_configuration_that_changes_nothing_and_a_notebook_without_findings(here: Path) -> None:
    assert states(here) == ["written", "written", "not wanted"]
    workspace = open_workspace(here)
    assert workspace.config == Config(path=here / "nbcode.toml")
    notebook = read_notebook(here / NOTEBOOK_NAME).notebook
    assert notebook is not None
    assert analyse(notebook).diagnostics == ()
    assert sorted(p.name for p in here.iterdir()) == ["nbcode.toml", NOTEBOOK_NAME]


def test_the_notebook_is_the_example_of_the_repository(here: Path) -> None:
    init(here, cwd=Path.cwd(), install_kernel=None)
    assert json.loads((here / NOTEBOOK_NAME).read_bytes()) == json.loads(EXAMPLE.read_bytes())


def test_a_second_time_nothing_is_written(here: Path) -> None:
    init(here, cwd=Path.cwd(), install_kernel=None)
    before = {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in here.iterdir()}
    assert states(here) == ["exists", "exists", "not wanted"]
    assert {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in here.iterdir()} == before


def test_what_is_there_is_never_overwritten_not_even_a_link_to_nowhere(here: Path) -> None:
    (here / "nbcode.toml").write_text("mine")
    (here / NOTEBOOK_NAME).symlink_to(here / "nowhere")
    assert states(here) == ["exists", "exists", "not wanted"]
    assert (here / "nbcode.toml").read_text() == "mine"
    assert not (here / "nowhere").exists()


def test_inside_a_project_no_second_configuration_is_written(here: Path) -> None:
    init(here, cwd=Path.cwd(), install_kernel=None)
    made = init(here / "deep" / "er", cwd=Path.cwd(), install_kernel=None)
    assert made.items[0].path == here / "nbcode.toml"
    assert made.items[0].state is State.EXISTS
    assert not (here / "deep" / "er" / "nbcode.toml").exists()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "NBC-E01"),
        ("hello\nworld,1\n", "no column holds dates"),
        ("date,symbol,close\nsoon,A,1\n", "not understood: 'soon'"),
    ],
)
@pytest.mark.parametrize("folder", [".", "new"])
def test_a_table_that_is_refused_leaves_nothing_behind(
    here: Path, text: str | None, why: str, folder: str
) -> None:
    if text is not None:
        (here / "p.csv").write_text(text)
    before = sorted(here.rglob("*"))
    with pytest.raises(NbcodeError, match=why):
        init(here / folder, cwd=here, install_kernel=None, data=Path("p.csv"))
    assert sorted(here.rglob("*")) == before
    (here / "p.csv").write_text("date,symbol,close\n2024-01-02,A,1\n2024-01-03,A,2\n")
    made = init(here / folder, cwd=here, install_kernel=None, data=Path("p.csv"))
    assert [str(item.state) for item in made.items] == ["written", "written", "not wanted"]
    assert "[data.p]" in (here / folder / "nbcode.toml").read_text()


def test_two_at_once_leave_one_whole_file_each(here: Path) -> None:
    threads = [
        threading.Thread(target=init, args=(here,), kwargs={"cwd": here, "install_kernel": None})
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(p.name for p in here.iterdir()) == ["nbcode.toml", NOTEBOOK_NAME]
    assert open_workspace(here).config == Config(path=here / "nbcode.toml")


def test_the_files_have_the_rights_that_the_user_wants(here: Path) -> None:
    code = (
        "import os; os.umask(0o027)\n"
        "from pathlib import Path; from nbcode.commands.init import init\n"
        "init(Path.cwd(), cwd=Path.cwd(), install_kernel=None)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=here)
    assert (here / "nbcode.toml").stat().st_mode & 0o777 == 0o640


def test_the_kernel_is_installed_only_when_wanted(here: Path) -> None:
    asked: list[bool] = []

    def install() -> tuple[Path, bool]:
        asked.append(True)
        return here / "kernel", len(asked) == 1

    assert init(here, cwd=Path.cwd(), install_kernel=None).items[2].state is State.NOT_WANTED
    assert asked == []
    assert init(here, cwd=Path.cwd(), install_kernel=install).items[2].state is State.WRITTEN
    assert init(here, cwd=Path.cwd(), install_kernel=install).items[2].state is State.EXISTS


def test_a_file_in_the_way_is_the_users_to_mend(here: Path) -> None:
    (here / "f").touch()
    with pytest.raises(NbcodeError, match="NBC-X05 not a folder") as caught:
        init(here / "f", cwd=Path.cwd(), install_kernel=None)
    assert caught.value.exit_code is Exit.USER
    with pytest.raises(NbcodeError, match="NBC-X05 not a folder"):
        init(here / "f" / "below", cwd=Path.cwd(), install_kernel=None)


def test_it_ends_with_three_commands_that_can_be_pasted(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", "research"]) == 0
    told = capsys.readouterr().out
    after = told[told.index("Next") :].splitlines()[1:]
    assert [line.split()[:2] for line in after] == [
        ["nbcode", "check"],
        ["nbcode", "promote"],
        ["jupyter", "lab"],
    ]
    assert all(f"research/{NOTEBOOK_NAME}" in line for line in after)


def test_without_a_terminal_nothing_is_asked(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert [item["state"] for item in value["items"]] == ["written", "written", "not wanted"]

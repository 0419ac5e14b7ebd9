"""What the shells offer after TAB."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nbcode.cli import completion

NBCODE = str(Path(sys.executable).parent / "nbcode")


def offered(folder: Path, **environment: str) -> str:
    done = subprocess.run(
        [NBCODE], cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_gets_a_script(tmp_path: Path, shell: str) -> None:
    assert f"complete_{shell}" in offered(tmp_path, _NBCODE_COMPLETE=f"source_{shell}")


def test_commands_options_and_words_are_offered(tmp_path: Path) -> None:
    def bash(words: str) -> list[str]:
        count = str(len(words.split(" ")) - 1)
        return offered(tmp_path, _NBCODE_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD=count).split()

    assert bash("nbcode pro") == ["promote"]
    assert bash("nbcode run x --iso") == ["--isolation"]
    assert bash("nbcode run x --isolation na") == ["namespaces"]
    assert "NBC-D04" in bash("nbcode explain NBC-D")


def test_codes_are_offered_in_any_case() -> None:
    assert "NBC-D04" in completion.codes("nbc-d")
    assert completion.codes("zzz") == []


def test_where_nothing_can_be_known_nothing_is_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert completion.model_names("x") == []
    (tmp_path / "nbcode.toml").write_text("broken")
    assert completion.model_names("x") == []

"""Every example that `nbcode init` writes is promoted as it is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from alpha_bench.describe import build_yaml, definition_digest
from nbcode.commands.gallery import EXAMPLES, example
from nbcode.primitives import NbcodeError

NBCODE = Path(sys.executable).with_name("nbcode")


def nbcode(folder: Path, *arguments: str) -> str:
    done = subprocess.run([NBCODE, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("name", [one.name for one in EXAMPLES])
def test_the_example_becomes_a_candidate(name: str, tmp_path: Path) -> None:
    nbcode(tmp_path, "init", "--no-kernel", "--example", name)
    notebook = example(name).notebook
    ended = json.loads(nbcode(tmp_path, "promote", "--json", notebook))
    assert (ended["status"], ended["alias"]) == ("done", "candidate")
    assert ended["metrics"]
    if name == "yaml":
        written = build_yaml((tmp_path / "model.yaml").read_text(encoding="utf-8"))
        assert definition_digest(written) == ended["definition_digest"]
    page = nbcode(tmp_path, "report", ended["model"]).splitlines()[0]
    assert f"<title>{ended['model']} version 1</title>" in (tmp_path / page).read_text(encoding="utf-8")


def test_without_a_name_the_examples_are_listed(tmp_path: Path) -> None:
    told = nbcode(tmp_path, "init", "--example")
    assert [line.split()[0] for line in told.splitlines()[: len(EXAMPLES)]] == [one.name for one in EXAMPLES]
    assert list(tmp_path.iterdir()) == []


def test_an_example_that_is_not_there_is_told_with_the_nearest() -> None:
    with pytest.raises(
        NbcodeError, match="NBC-X07 there is no example 'plain-pyton': did you mean plain-python"
    ):
        example("plain-pyton")

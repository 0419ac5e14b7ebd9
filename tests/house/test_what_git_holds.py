"""What the tree that git holds may have in it: text and folders, no link that means something on one machine only."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def links(repository: Path) -> list[str]:
    """Paths that git holds as symbolic links; a clone that set-up writes through one is broken from the start."""
    listed = subprocess.run(
        ["git", "ls-files", "--stage", "-z"], cwd=repository, check=True, capture_output=True, text=True
    ).stdout
    return [entry.partition("\t")[2] for entry in listed.split("\0") if entry.startswith("120000 ")]


def test_git_holds_no_symbolic_link() -> None:
    assert links(ROOT) == []


def test_control_a_link_is_seen(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".venv").symlink_to(tmp_path / "elsewhere")
    subprocess.run(["git", "add", "-A"], cwd=tmp_path, check=True)
    assert links(tmp_path) == [".venv"]

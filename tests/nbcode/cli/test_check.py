"""`nbcode check` on several notebooks, folders, and the configuration around them."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from nbcode.cli import main
from nbcode.cli.notebooks import notebooks_in
from nbcode.commands.check import check

Capture = pytest.CaptureFixture[str]
NBCODE = str(Path(sys.executable).parent / "nbcode")
GOOD = """\
# %% [meta]
# id: momentum
# kind: model
# horizon: 10d
# owner: ann
# %% [features]
r = features.ret(window=20)
# %% [model]
m = Ridge().fit(X=[r], y=fwd_ret_10d)
# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
"""
BAD = GOOD.replace("X=[r]", "X=[r, vol_adj]").replace("momentum", "unknown_name")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.py").write_text(GOOD)
    (tmp_path / "bad.py").write_text(BAD)
    return tmp_path


def test_no_notebook_is_said_to_be_ready_where_its_configuration_stands_in_the_way(
    here: Path, capsys: Capture
) -> None:
    (here / "nbcode.toml").write_text('[data.other]\nprices = "https://example.com/x.parquet"\n')
    assert main(["check", "good.py"]) == 2
    told = capsys.readouterr().out
    assert told.startswith("NBC-C33 `digest` is missing in [data.other]")
    assert "\ngood.py  3 promoted cells, nothing in it stands in the way; nbcode.toml does\n" in told


def test_a_notebook_without_findings_is_one_line_and_what_was_not_looked_at_another(
    here: Path, capsys: Capture
) -> None:
    assert main(["check", "good.py"]) == 0
    assert (
        capsys.readouterr().out
        == "✓ good.py  3 promoted cells, nothing stands in the way\n  not looked at: what the cells compute\n"
    )


def test_a_finding_shows_its_line_and_a_caret(here: Path, capsys: Capture) -> None:
    assert main(["check", "bad.py"]) == 2
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "NBC-D05 unknown name `vol_adj` · cell 3 [model] · line 2"
    assert lines[1] == "    2 │ m = Ridge().fit(X=[r, vol_adj], y=fwd_ret_10d)"
    assert lines[2] == "      │                       ^^^^^^^"
    assert lines[-1] == "bad.py  1 error"


def test_several_are_all_checked_and_the_worst_decides(here: Path, capsys: Capture) -> None:
    assert main(["check", "good.py", "bad.py", "nowhere.py"]) == 2
    told = capsys.readouterr().out
    assert "3 notebooks: 2 errors" in told
    (here / "link.py").symlink_to(here / "good.py")
    assert main(["check", "bad.py", "link.py"]) == 4


def test_json_has_every_diagnostic_with_its_path(here: Path, capsys: Capture) -> None:
    assert main(["check", "good.py", "bad.py", "--json"]) == 2
    value = json.loads(capsys.readouterr().out)
    assert [(n["path"], n["ok"]) for n in value["notebooks"]] == [("good.py", True), ("bad.py", False)]
    (found,) = value["diagnostics"]
    wanted = {"code": "NBC-D05", "severity": "error", "cell": 3, "line": 2, "column": 23, "path": "bad.py"}
    assert wanted.items() <= found.items()
    assert {"message", "fixes"} <= found.keys()
    assert main(["check", "bad.py", "--format", "json"]) == 2
    assert json.loads(capsys.readouterr().out)["diagnostics"] == value["diagnostics"]


def test_a_broken_configuration_stands_in_the_way_too(here: Path, capsys: Capture) -> None:
    (here / "nbcode.toml").write_text("[run]\nisolation = 'ful'\n")
    assert main(["check", "good.py", "bad.py"]) == 2
    told = capsys.readouterr().out
    assert told.count("NBC-C31") == 1
    assert "2 │ isolation = 'ful'" in told
    assert main(["check", "good.py", "--format", "github"]) == 2
    assert "line=2" in capsys.readouterr().out


def test_a_folder_means_its_tagged_notebooks(here: Path) -> None:
    (here / "plain.py").write_text("x = 1\n")
    for hidden in (".venv", "node_modules", ".ipynb_checkpoints"):
        (here / hidden).mkdir()
        (here / hidden / "good.py").write_text(GOOD)
    (here / "deep").mkdir()
    (here / "deep" / "a.ipynb").write_text("{}")
    assert [str(p) for p in notebooks_in([Path()])] == ["bad.py", "good.py", "deep/a.ipynb"]
    assert notebooks_in([Path("plain.py"), Path("plain.py")]) == (Path("plain.py"),)


def test_in_a_folder_an_untagged_notebook_is_exploration_and_alone_it_is_not(
    here: Path, capsys: Capture
) -> None:
    cell = {"cell_type": "code", "metadata": {}, "source": "1", "outputs": [], "execution_count": None}
    document = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    (here / "explore.ipynb").write_text(json.dumps(document))
    (here / "bad.py").unlink()
    assert main(["check", "."]) == 0
    assert "explore" not in capsys.readouterr().out
    assert main(["check", "explore.ipynb"]) == 2
    assert "NBC-B01" in capsys.readouterr().out


def test_a_folder_without_notebooks_says_so(here: Path, capsys: Capture) -> None:
    (here / "empty").mkdir()
    assert main(["check", "empty"]) == 0
    assert capsys.readouterr().out == "No tagged notebook here.\n"


def seen_on_a_terminal(folder: Path, *arguments: str, **environment: str) -> str:
    """What a command writes to a pseudo-terminal of 60 columns."""
    outer, inner = pty.openpty()
    variables = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "60", **environment}
    with subprocess.Popen(
        [NBCODE, *arguments], cwd=folder, env=variables, stdout=inner, stderr=inner
    ) as process:
        os.close(inner)
        seen = b""
        while True:
            try:
                block = os.read(outer, 65536)
            except OSError:
                break
            if not block:
                break
            seen += block
        process.wait()
    os.close(outer)
    return seen.decode()


def test_on_a_terminal_there_is_colour_and_it_fits(here: Path) -> None:
    seen = seen_on_a_terminal(here, "check", "bad.py")
    assert "\x1b[31;1mNBC-D05\x1b[0m" in seen
    plain = re.sub(r"\x1b\[[0-9;]*m", "", seen)
    assert max(len(line.rstrip("\r")) for line in plain.split("\n")) <= 60


def test_no_color_is_respected_on_a_terminal(here: Path) -> None:
    assert "\x1b" not in seen_on_a_terminal(here, "check", "bad.py", NO_COLOR="1")


MODULE = """# [meta]
# id: rev
# kind: model
# horizon: 5d
# owner: me
from alpha_bench import Ridge, features, fwd_ret, walk_forward

m = Ridge().fit(X=[features.ret(5)], y=fwd_ret(5))
model = walk_forward(m, folds=4, embargo="5d")
"""


def test_a_folder_has_its_models_in_modules_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("pkg").mkdir()
    for name, text in (("__init__", ""), ("rev", MODULE), ("plain", MODULE.replace("# [meta]", "# meta"))):
        Path("pkg", f"{name}.py").write_text(text)
    assert [str(p) for p in notebooks_in([Path()])] == ["pkg/rev.py:model"]


def test_a_label_of_another_horizon_is_told_of_a_model_in_yaml(tmp_path: Path) -> None:
    (tmp_path / "nbcode.toml").write_text("")
    path = tmp_path / "m.yaml"
    text = """meta:
  id: rev
  kind: model
  horizon: 5d
  owner: me
features:
  rev: ret(5)
label: fwd_ret_5d
model: Ridge(alpha=2.0)
evaluation: {folds: 12, embargo: 7d}
"""
    path.write_text(text)
    assert check(path).diagnostics == ()
    path.write_text(text.replace("horizon: 5d", "horizon: 7d"))
    (found,) = check(path).diagnostics
    assert (found.code, found.place.file_line if found.place else None) == ("NBC-D21", 8)


def test_a_key_that_a_model_in_yaml_lacks_is_no_comment(tmp_path: Path) -> None:
    (tmp_path / "nbcode.toml").write_text("")
    path = tmp_path / "m.yaml"
    path.write_text(
        "meta:\n  id: rev\n  kind: model\n  horizon: 5d\nfeatures:\n  r: ret(5)\nlabel: fwd_ret_5d\nmodel: Ridge()\nevaluation: {folds: 4}\n"
    )
    (found,) = [one for one in check(path).diagnostics if one.code == "NBC-C18"]
    (fix,) = found.fix_titles
    assert (fix.startswith("add owner: "), fix.endswith(" below meta:")) == (True, True)

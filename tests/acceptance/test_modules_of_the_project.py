"""A module beside the notebook is part of the build: what it means counts, how it is written does not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nbcode.commands.build import BuildResult
from nbcode.primitives import Severity, this_process
from nbcode.spec import decode
from nbcode.wiring import commands

pytestmark = pytest.mark.long

NOTEBOOK = """# %% [meta]
# id: with_helpers
# kind: model
# horizon: 10d
# owner: quant
# %% [setup]
from helpers import two_features
# %% [features]
xs = two_features(features)
# %% [model]
m = Ridge().fit(X=xs, y=fwd_ret_10d)
# %% [eval]
report = walk_forward(m, embargo="5d", folds="4")
"""
HELPERS = "def two_features(features):\n    return [features.ret(20), features.ret(window=60)]\n"


def build(folder: Path, helpers: str, notebook: str = NOTEBOOK) -> BuildResult:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "helpers.py").write_text(helpers)
    (folder / "n.py").write_text(notebook)
    return commands(this_process()).build(folder / "n.py")


def test_what_a_module_means_is_in_the_digest_and_its_layout_is_not(tmp_path: Path) -> None:
    built = build(tmp_path / "a", HELPERS)
    assert built.spec.definition.kind == "declarative"
    assert [(one.path, one.source) for one in built.spec.modules] == [("helpers.py", HELPERS)]
    assert decode(built.spec_bytes) == built.spec
    again = build(tmp_path / "b", "# helpers of ours\n" + HELPERS.replace("60)", "60 )"))
    assert again.spec_digest == built.spec_digest
    other = build(tmp_path / "c", HELPERS + "\n\ndef unused():\n    return 1\n")
    assert other.spec_digest != built.spec_digest
    assert other.definition_digest == built.definition_digest


def test_check_says_that_it_is_taken_along(tmp_path: Path) -> None:
    build(tmp_path, HELPERS)
    done = subprocess.run(
        [sys.executable, "-m", "nbcode", "check", "n.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "`helpers` is a module of the project: it is part of the spec" in done.stdout + done.stderr


def test_the_notebook_without_it_has_the_spec_of_ever(tmp_path: Path) -> None:
    plain = NOTEBOOK.replace("from helpers import two_features\n", "a = 1\n").replace(
        "two_features(features)", "[features.ret(20)]"
    )
    built = build(tmp_path, HELPERS, plain)
    assert built.spec.modules == ()
    assert b"module" not in built.spec_bytes
    assert not [d for d in built.diagnostics if d.severity is Severity.ERROR]

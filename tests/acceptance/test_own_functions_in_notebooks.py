"""``@feature`` in a [features] cell: checked, promoted by the installed command, the same definition in plain Python; a leak ends
the run."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from acceptance.project import nbcode

pytestmark = pytest.mark.long

FUNCTION = '''
import numpy as np
import pandas as pd

SCALE = 1e6

@feature(inputs=[features.ret(1), features.dollar_volume()], window=20)
def illiquidity(ret, dollars, *, window, power=1.0):
    """What a dollar of volume moves: Amihud's ratio."""
    daily = np.abs(ret) / dollars**power * SCALE
    return pd.DataFrame(daily).rolling(window).mean().to_numpy()
'''
MODEL = "m = Ridge().fit(X=[illiquidity, cs.rank(illiquidity(window=60))], y=fwd_ret_5d)"
NOTEBOOK = f"""# %% [meta]
# id: own_illiquidity
# kind: model
# horizon: 5d
# owner: team
# %% [features]
{FUNCTION}
# %% [model]
{MODEL}
# %% [eval]
report = walk_forward(m, embargo="5d", folds="4")
"""
IN_PYTHON = f"""
from alpha_bench import Ridge, cs, feature, features, walk_forward
from alpha_bench.describe import definition_digest
from alpha_bench.vocabulary.labels import fwd_ret
fwd_ret_5d = fwd_ret(5)
{FUNCTION}
{MODEL}
print(definition_digest(walk_forward(m, embargo="5d", folds="4")))
"""


@pytest.fixture(scope="module")
def promoted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    directory = tmp_path_factory.mktemp("own")
    (directory / "honest.py").write_text(NOTEBOOK)
    assert nbcode(directory, "check", "honest.py").code == 0
    ended = nbcode(directory, "promote", "honest.py", "--json")
    assert ended.code == 0, ended.said
    return ended.json


def test_a_notebook_with_an_own_function_becomes_a_candidate(promoted: dict[str, Any]) -> None:
    assert (promoted["status"], promoted["alias"]) == ("done", "candidate")
    assert promoted["metrics"]["n_dates"] > 500


def test_the_definition_is_the_one_that_plain_python_writes(promoted: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(IN_PYTHON)
    done = subprocess.run(
        [sys.executable, str(tmp_path / "model.py")], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == promoted["definition_digest"]


def test_the_saved_model_names_the_function_and_has_no_code(promoted: dict[str, Any]) -> None:
    files = {p.name: p for p in (Path(promoted["artifact"]) / "model").rglob("*") if p.is_file()}
    assert set(files) == {"model.json", "recipe.json"}
    text = files["model.json"].read_text()
    node = json.loads(text)["definition"]["features"][0]
    assert (node["op"], node["params"]["name"], node["params"]["window"]) == ("feature", "illiquidity", 20)
    assert "rolling" not in text


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("return np.roll(daily, -1, axis=0)", "looks ahead"),
        ("return daily - np.nanmean(daily, axis=0)", "looks ahead"),
        (
            "return pd.DataFrame(daily).rolling(window + 1).mean()",
            "needs more than its window of 20 sessions",
        ),
        ('return daily["x"]', "raised IndexError"),
    ],
)
def test_a_function_that_does_not_keep_its_word_ends_the_run_and_nothing_is_registered(
    line: str, told: str, tmp_path: Path
) -> None:
    wrong = NOTEBOOK.replace("return pd.DataFrame(daily).rolling(window).mean().to_numpy()", line)
    assert wrong != NOTEBOOK
    (tmp_path / "wrong.py").write_text(wrong)
    ended = nbcode(tmp_path, "promote", "wrong.py", "--json")
    found = [d for d in ended.json["diagnostics"] if d["severity"] == "error"]
    assert (ended.code, ended.json["status"], [d["code"] for d in found]) == (2, "failed", ["NBC-R49"])
    assert told in found[0]["message"]
    assert re.search(r"\(defined at line \d+ of <cell 2 \[features\]>\)", found[0]["message"])
    assert nbcode(tmp_path, "models", "--json").json["models"] == []

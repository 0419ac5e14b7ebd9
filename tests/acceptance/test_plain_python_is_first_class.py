"""A notebook of pandas and scikit-learn on a declared CSV is promoted with no line changed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from acceptance.project import ROOT, nbcode

pytestmark = pytest.mark.long

EXAMPLE = ROOT / "examples" / "plain_python"


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(
        shutil.copytree(
            EXAMPLE, tmp_path_factory.mktemp("plain") / "project", ignore=shutil.ignore_patterns(".nbcode")
        )
    )


@pytest.fixture(scope="module")
def promoted(directory: Path) -> dict[str, Any]:
    ended = nbcode(directory, "promote", "notebook.py", "--json")
    assert ended.code == 0, ended.said
    return ended.json


def test_its_own_figures_are_the_metrics(directory: Path, promoted: dict[str, Any]) -> None:
    names: dict[str, Any] = {
        "inputs": {"prices": pd.read_csv(directory / "prices.csv", parse_dates=["date"])}
    }
    exec(compile((directory / "notebook.py").read_text(), "notebook.py", "exec"), names)
    assert promoted["status"] == "done"
    for name, value in names["report"].items():
        assert promoted["metrics"][name] == pytest.approx(value, rel=1e-9), name


def test_the_candidate_predicts_in_a_process_that_never_ran_the_notebook(
    directory: Path, promoted: dict[str, Any]
) -> None:
    code = (
        "import mlflow, pandas as pd;"
        f"mlflow.set_tracking_uri('sqlite:///{directory}/.nbcode/registry/mlflow.db');"
        "m = mlflow.pyfunc.load_model('models:/plain_reversal@candidate');"
        "print(len(m.predict(pd.DataFrame({'reversal': [0.1, -0.1], 'volatility': [0.01, 0.02]}))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=directory, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] == "2"


def test_an_input_that_changed_is_another_spec(
    directory: Path, promoted: dict[str, Any], tmp_path: Path
) -> None:
    other = Path(shutil.copytree(directory, tmp_path / "other", ignore=shutil.ignore_patterns(".nbcode")))
    prices = other / "prices.csv"
    prices.write_text(prices.read_text().replace("2022-01-03,S00,", "2022-01-03,S00,1"))
    ended = nbcode(other, "build", "notebook.py", "--json")
    assert ended.code == 0, ended.said
    assert ended.json["spec_digest"] != promoted["spec_digest"]

"""A version where it is used: an environment made from its own requirements, no project and no nbcode in it, and the figures of the run."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from acceptance.project import ROOT, nbcode

UV = str(Path(sys.executable).parent / "uv")
ASKED = """
import importlib.util, json, sys
import mlflow, pandas as pd
assert importlib.util.find_spec("nbcode") is None
assert not {"papermill", "jupyter_client", "sqlalchemy"} & {name for name in sys.modules}
model = mlflow.pyfunc.load_model(sys.argv[1])
print(json.dumps([float(p).hex() for p in model.predict(pd.read_parquet(sys.argv[2]))]))
"""


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What MLflow has of the first version: the folder of its model."""
    project = tmp_path_factory.mktemp("project")
    shutil.copy(ROOT / "examples" / "xsmom_v3" / "notebook.ipynb", project)
    ended = nbcode(project, "promote", "notebook.ipynb", "--json")
    assert ended.code == 0, ended.err
    (model,) = (project / ".nbcode" / "registry" / "artifacts").glob("*/artifacts/model")
    return model


@pytest.fixture(scope="module")
def environment(version: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that was made by the version's own requirements."""
    place = tmp_path_factory.mktemp("alone") / "env"
    run(version, UV, "venv", "--quiet", "--python", sys.executable, str(place))
    python = place / "bin" / "python"
    run(version, UV, "pip", "install", "--quiet", "--python", str(python), "-r", "requirements.txt")
    return python


def run(directory: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def prices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample panel's last sessions, with what the features read of other tables."""
    from alpha_bench.panel.sample import PRICES, write_sample

    folder = tmp_path_factory.mktemp("prices")
    frame = pd.read_parquet(write_sample(folder))
    last = sorted(frame["date"].unique())[-90:]
    frame[frame["date"].isin(last)].reset_index(drop=True).to_parquet(folder / PRICES)
    return folder / PRICES


def test_predictions_are_those_of_the_model_to_the_bit_where_nothing_of_nbcode_is_installed(
    version: Path, environment: Path, prices: Path, tmp_path: Path
) -> None:
    import nbcode_runtime

    (artifact,) = (one for one in version.iterdir() if len(one.name) == 64)
    model: Any = nbcode_runtime.load(artifact)
    here = model.predict(pd.read_parquet(prices))
    there = json.loads(
        run(tmp_path, str(environment), "-W", "ignore", "-c", ASKED, str(version), str(prices))
    )
    assert there == [float(one).hex() for one in here]
    assert sum(one != "nan" for one in there) > 1000


def test_what_the_version_was_made_from_is_beside_it(version: Path) -> None:
    spec = json.loads((version / "spec.json").read_bytes())
    assert [cell["tag"] for cell in spec["cells"]] == ["features", "model", "eval"]
    assert {one["name"]: one["as_of"] for one in spec["inputs"]} == {"sample": None} | {
        one["name"]: one["as_of"] for one in spec["inputs"]
    }
    described = json.loads((version / "MLmodel").read_text())
    assert set(described["flavors"]["python_function"]["env"].values()) <= {
        one.name for one in version.iterdir()
    }


def test_without_its_own_wheels_it_cannot_be_loaded(version: Path, prices: Path, tmp_path: Path) -> None:
    """The control: MLflow and the libraries alone do not know what the version is."""
    code = "import sys; sys.modules['nbcode_runtime'] = None\n" + ASKED.split("assert", maxsplit=1)[0]
    code += "mlflow.pyfunc.load_model(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, str(version)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "nbcode_runtime" in done.stderr

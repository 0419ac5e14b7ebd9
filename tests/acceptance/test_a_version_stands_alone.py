"""A version where it is used: an environment made from its own requirements, no project and no nbcode in it, and the figures of the run;
and MLflow's own server of it, which makes its environment itself."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from acceptance.project import ROOT, nbcode
from fakes.mlflow_server import serving_by

pytestmark = pytest.mark.long

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
    assert ended.code == 0, ended.said
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


@pytest.fixture(scope="module")
def served(version: Path, environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """``mlflow models serve`` of the version with the environment manager that is MLflow's default, from an empty folder."""
    place = tmp_path_factory.mktemp("served")
    known = {"PATH": f"{_pyenv(place)}:{os.environ['PATH']}", "MLFLOW_ENV_ROOT": str(place / "environments")}
    bare = {name: text for name, text in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    with serving_by(
        lambda port: [str(environment.parent / "mlflow"), "models", "serve", "-m", str(version), "-p", port],
        place,
        environment=bare | known,
        asked="/ping",
    ) as uri:
        assert list((place / "environments").iterdir())
        yield uri


def _pyenv(place: Path) -> Path:
    """A folder with the program that MLflow asks for a Python: the real one where it has this version of Python, else one that gives the
    Python of these tests, since the real one would fetch and compile its own."""
    version, real = platform.python_version(), shutil.which("pyenv")
    if (
        real
        and version
        in subprocess.run(
            [real, "versions", "--bare"], capture_output=True, text=True, check=False
        ).stdout.split()
    ):
        return Path(real).parent
    (place / "bin").mkdir()
    home = place / "pyenv" / "versions" / version / "bin"
    home.mkdir(parents=True)
    (home / "python").symlink_to(sys.executable)
    (place / "bin" / "pyenv").write_text(f'#!/bin/sh\n[ "$1" = root ] && echo "{place}/pyenv"\nexit 0\n')
    (place / "bin" / "pyenv").chmod(0o755)
    return place / "bin"


def asked(uri: str, body: object) -> tuple[int, Any]:
    """Status and answer of a request to the server."""
    request = urllib.request.Request(
        uri + "/invocations", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer, parse_constant=no_json)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def no_json(word: str) -> float:
    raise ValueError(f"{word} is no JSON")


def bits(prediction: float | None) -> str:
    """JSON has no NaN: null stands for it."""
    return float("nan" if prediction is None else prediction).hex()


def test_mlflows_server_gives_the_same_bits(version: Path, served: str, prices: Path) -> None:
    import nbcode_runtime

    (artifact,) = (one for one in version.iterdir() if len(one.name) == 64)
    model: Any = nbcode_runtime.load(artifact)
    frame = pd.read_parquet(prices)[list(model.needs.columns)]
    here = model.predict(frame)
    columns = frame.assign(date=frame["date"].astype(str), symbol=frame["symbol"].astype(str)).to_dict("list")
    status, answer = asked(served, {"inputs": columns})
    assert status == 200
    assert [bits(one["prediction"]) for one in answer["predictions"]] == [float(one).hex() for one in here]
    assert any(one["prediction"] is None for one in answer["predictions"]), "the look-back has none"
    last = str(frame["date"].max())[:10]
    status, day = asked(served, {"inputs": columns, "params": {"as_of": last}})
    assert (status, {one["date"][:10] for one in day["predictions"]}) == (200, {last})
    wanted = model.predict(frame, as_of=last)
    served_day = {one["symbol"]: bits(one["prediction"]) for one in day["predictions"]}
    assert served_day == {
        s: float(p).hex() for s, p in zip(wanted["symbol"], wanted["prediction"], strict=True)
    }


def test_the_example_of_the_version_is_a_request_that_the_server_answers(version: Path, served: str) -> None:
    status, answer = asked(served, json.loads((version / "serving_input_example.json").read_text()))
    assert status == 200
    assert len(answer["predictions"]) == 6
    assert all(abs(one["prediction"]) < 1 for one in answer["predictions"])


def test_the_server_refuses_with_the_models_own_words(served: str) -> None:
    status, answer = asked(served, {"inputs": {"date": ["2024-01-02"], "symbol": ["A"], "close": [1.0]}})
    assert status == 400
    assert answer["message"].startswith("R36 the frame lacks shares_outstanding, volume. Fix: add")


def test_what_the_version_was_made_from_is_beside_it(version: Path) -> None:
    spec = json.loads((version / "spec.json").read_bytes())
    assert [cell["tag"] for cell in spec["cells"]] == ["features", "model", "eval"]
    assert {one["name"]: one["as_of"] for one in spec["inputs"]} == {"sample": None} | {
        one["name"]: one["as_of"] for one in spec["inputs"]
    }
    read = (version / "README.md").read_text()
    assert all(one["digest"] in read for one in spec["inputs"])
    assert "61 sessions" in read
    assert (version / "promoted.py").read_text().startswith("# %% [meta]\n# id: xsmom_v3\n")
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

"""A version as MLflow sees it: what it takes and gives is shown, an example answers, and no frame is refused that the model reads."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fakes.held_frames import FINDINGS, OWN
from fakes.kept_models import kept
from fakes.small_model import LOOKBACK
from nbcode.registry._staging import staged

TESTS = Path(__file__).parents[2]
ALL = {**FINDINGS, **OWN}
ASKED = """
import json, sys, tempfile, warnings
from dataclasses import replace
from pathlib import Path
warnings.simplefilter("ignore")
import mlflow
from fakes.held_frames import FINDINGS, OWN, outcome
model = mlflow.pyfunc.load_model(sys.argv[1])
found = {}
for name, held in {**FINDINGS, **OWN}.items():
    with tempfile.TemporaryDirectory() as folder:
        try:
            found[name] = outcome(held, Path(folder), model)
        except mlflow.MlflowException as error:
            found[name] = "by MLflow: " + str(error)[:200]
print(json.dumps(found))
"""
EXAMPLE = """
import json, sys
import mlflow
from mlflow.models.utils import _validate_serving_input
model = mlflow.pyfunc.load_model(sys.argv[1])
days = model.predict(model.input_example, params=model.metadata.load_input_example_params(sys.argv[1]))
served = _validate_serving_input(sys.argv[1], open(sys.argv[1] + "/serving_input_example.json").read())
print(json.dumps({"rows": days.astype(str).to_dict("list"), "same": bool(days.equals(served)), "names": list(served)}))
"""


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Any:
    directory = tmp_path_factory.mktemp("version")
    with staged(directory / "staging" / "key", kept(directory), "run") as files:
        yield files / "model"


def run(code: str, model: Path) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", code, str(model)],
        capture_output=True,
        text=True,
        check=False,
        cwd=TESTS,
        env={"PYTHONPATH": str(TESTS), "PATH": "/usr/bin:/bin", "HOME": str(model)},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_held_frame_is_right_or_refused_with_its_code_through_mlflow(version: Path) -> None:
    found = run(ASKED, version)
    assert len(found) >= 102
    assert {name: one for name, one in found.items() if one != (ALL[name].code or "equal")} == {}


def test_the_control_mlflow_alone_would_refuse_what_the_model_reads(version: Path, tmp_path: Path) -> None:
    described = json.loads((version / "MLmodel").read_text())
    described["is_signature_from_type_hint"] = False
    for entry in version.iterdir():
        (tmp_path / entry.name).symlink_to(entry)
    (tmp_path / "MLmodel").unlink()
    (tmp_path / "MLmodel").write_text(json.dumps(described))
    found = run(ASKED, tmp_path)
    refused = {name for name, one in found.items() if not ALL[name].code and one.startswith("by MLflow")}
    assert {
        "the plain frame",
        "wide frames",
        "polars",
        "an Arrow table",
        "whole numbers as volume",
    } <= refused


def test_the_signature_has_the_columns_that_the_model_reads(version: Path) -> None:
    described = json.loads((version / "MLmodel").read_text())
    inputs = json.loads(described["signature"]["inputs"])
    assert {one["name"]: one["type"] for one in inputs} == {
        "date": "string",
        "symbol": "string",
        "close": "double",
        "volume": "double",
    }
    assert [one["name"] for one in json.loads(described["signature"]["outputs"])] == [
        "date",
        "symbol",
        "prediction",
    ]
    assert described["metadata"]["nbcode.lookback_sessions"] == LOOKBACK


def test_the_example_answers_in_a_process_and_as_a_servers_request(version: Path) -> None:
    found = run(EXAMPLE, version)
    assert found["same"]
    assert found["names"] == ["date", "symbol", "prediction"]
    assert len(found["rows"]["symbol"]) == 6
    assert "nan" not in found["rows"]["prediction"]


def test_environments_of_other_wheels_are_others_to_mlflow(tmp_path: Path) -> None:
    """It keeps an environment by the text of python_env.yaml and of the requirements, in which a wheel has a name alone."""
    told = set()
    for content in (b"one", b"two"):
        wheel = tmp_path / content.decode() / "nbcode_runtime-0.1.0-py3-none-any.whl"
        wheel.parent.mkdir()
        wheel.write_bytes(content)
        wanted = replace(
            kept(wheel.parent), python="3.11.7", requirements=(f"wheels/{wheel.name}",), wheels=(wheel,)
        )
        with staged(wheel.parent / "staging" / "key", wanted, "run") as files:
            told.add((files / "model" / "python_env.yaml").read_text())
    assert len(told) == 2

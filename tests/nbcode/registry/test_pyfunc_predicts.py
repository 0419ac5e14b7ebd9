"""What MLflow hands over is predicted as the model itself predicts it: whatever holds the prices, on all days or on one."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest

from alpha_bench import InSampleWarning
from alpha_bench.describe import AlphaBenchError
from fakes.kept_models import kept
from fakes.small_model import NAMES, model, rows
from nbcode.registry._staging import staged
from nbcode_runtime.pyfunc import _Loaded

BY_MLFLOW = """
import json, sys, warnings
warnings.simplefilter("ignore")
import mlflow, numpy as np, pandas as pd, polars as pl, pyarrow as pa
from mlflow.pyfunc.scoring_server import infer_and_parse_data, predictions_to_json
import io
model = mlflow.pyfunc.load_model(sys.argv[1])
frame = pd.read_parquet(sys.argv[2])
wide = {n: frame.pivot(index="date", columns="symbol", values=n) for n in ("close", "volume")}
texts = frame.assign(date=frame["date"].dt.strftime("%Y-%m-%d"))
given = {
    "frame": frame,
    "New York": frame.assign(date=frame["date"].dt.tz_localize("America/New_York")),
    "whole numbers": frame.assign(date=frame["date"].dt.strftime("%Y%m%d").astype(int)),
    "real numbers": frame.assign(symbol=frame["symbol"].astype(float)),
    "levels": frame.set_index(["symbol", "date"]),
    "polars": pl.from_pandas(frame).lazy(),
    "Arrow": pa.Table.from_pandas(frame),
    "dict": texts.to_dict("list"),
    "arrays": {n: texts[n].to_numpy() for n in texts},
    "records": texts.to_dict("records"),
    "split": infer_and_parse_data({"dataframe_split": texts.to_dict("split")}),
    "dataframe_records": infer_and_parse_data({"dataframe_records": texts.to_dict("records")}),
}
told = {name: np.asarray(model.predict(data)).tobytes().hex() for name, data in given.items()}
day = model.predict(frame, params={"as_of": "2024-02-26"})
out = io.StringIO()
predictions_to_json(day, out)
print(json.dumps({"bits": told, "day": json.loads(out.getvalue()), "wide": model.predict(wide).to_numpy().tobytes().hex()}))
"""


@pytest.fixture(scope="module")
def by_mlflow(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a process that knows only MLflow is given."""
    directory = tmp_path_factory.mktemp("mlflow")
    rows().to_parquet(directory / "prices.parquet")
    with staged(directory / "staging" / "key", kept(directory), "run") as files:
        command = [sys.executable, "-c", BY_MLFLOW, str(files / "model"), str(directory / "prices.parquet")]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=directory)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_every_way_in_has_the_bits_of_the_model_itself(by_mlflow: dict[str, Any]) -> None:
    wanted = model().predict(rows()).to_numpy().tobytes().hex()
    assert len(by_mlflow["bits"]) == 12
    assert {name for name, bits in by_mlflow["bits"].items() if bits != wanted} == set()
    lines = np.frombuffer(bytes.fromhex(by_mlflow["wide"])).reshape(-1, NAMES)
    named = model().predict(rows()).table().pivot(index="date", columns="symbol", values="prediction")  # type: ignore[union-attr, operator]
    np.testing.assert_array_equal(lines, named.to_numpy())


def test_one_day_by_params_is_served_with_date_and_symbol(by_mlflow: dict[str, Any]) -> None:
    wanted = model().predict(rows(), as_of="2024-02-26")
    served = pd.DataFrame(by_mlflow["day"]["predictions"])
    assert list(served["symbol"]) == list(wanted["symbol"])
    assert set(pd.to_datetime(served["date"])) == {pd.Timestamp("2024-02-26")}
    np.testing.assert_array_equal(served["prediction"].to_numpy(dtype=float), wanted["prediction"])


def test_warnings_reach_whoever_asks_by_mlflow() -> None:
    with pytest.warns(InSampleWarning, match=r"^R68 "):
        _Loaded(model()).predict(rows(), {"as_of": "2024-02-20", "method": "predict"})


def test_a_model_that_knows_no_days_refuses_one() -> None:
    class Rows:
        def predict(self, data: object) -> object:
            return data

    assert _Loaded(Rows()).predict([1.0], {"as_of": ""}) == [1.0]
    with pytest.raises(AlphaBenchError, match=r"R36 as_of= asks for one day of a panel"):
        _Loaded(Rows()).predict([1.0], {"as_of": "2024-02-20"})

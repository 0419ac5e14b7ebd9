"""What MLflow hands over is predicted as the model itself predicts it: whatever holds the prices, on all days or on one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from alpha_bench import InSampleWarning, Panel, Ridge, data, features, fit_final, fwd_ret
from alpha_bench.describe import AlphaBenchError
from fakes.kept_models import kept
from fakes.small_model import NAMES, model, rows
from nbcode.registry._staging import staged
from nbcode_runtime import pyfunc
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


def test_a_request_of_columns_and_rows_is_the_frame_that_it_writes_out() -> None:
    texts = rows().assign(date=rows()["date"].dt.strftime("%Y-%m-%d"))
    written = {"columns": list(texts), "data": texts.to_numpy().tolist()}
    wanted: Any = _Loaded(model()).predict(rows())
    found: Any = _Loaded(model()).predict(written)
    assert found.to_numpy().tobytes() == wanted.to_numpy().tobytes()
    with pytest.raises(AlphaBenchError, match=r"R36 the rows under data do not have the 4 values"):
        _Loaded(model()).predict({**written, "data": [[1, 2]]})


REFUSED = """
import json, pickle, sys
import mlflow
from alpha_bench.describe import AlphaBenchError, DataError
from nbcode_runtime.answering import as_mlflow_tells
error = DataError("R36", "the frame lacks close", "add close", missing=["close"])
told = as_mlflow_tells(error)
assert isinstance(told, mlflow.MlflowException) and isinstance(told, DataError)
told.message = "Failed to predict data [1, 2, 3]"
again = pickle.loads(pickle.dumps(told))
print(json.dumps([told.get_http_status_code(), json.loads(told.serialize_as_json())["message"], told.code, str(again), type(again).__name__]))
"""


def test_mlflows_server_tells_a_refusal_with_its_own_words_and_without_the_request() -> None:
    done = subprocess.run([sys.executable, "-c", REFUSED], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    words = "R36 the frame lacks close. Fix: add close"
    assert json.loads(done.stdout) == [400, words, "R36", words, "DataError"]


def test_without_mlflow_a_refusal_is_what_it_was() -> None:
    code = "import sys\nfrom alpha_bench.describe import DataError\nfrom nbcode_runtime.answering import as_mlflow_tells\n"
    code += (
        "e = DataError('R36', 'a', 'b')\nassert as_mlflow_tells(e) is e\nassert 'mlflow' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("method", ["predict_proba", "fit", "__class__"])
def test_a_method_that_a_model_of_features_has_not_is_refused(method: str) -> None:
    loaded = _Loaded(model())
    with pytest.raises(AlphaBenchError, match=r"R36 .* has no method"):
        loaded.predict(rows(), params={"method": method})
    assert loaded.predict(rows(), params={"method": "predict"}) is not None


def test_what_is_missing_is_null_in_a_server_and_nan_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = _Loaded(model())
    plain = loaded.predict(rows())
    assert plain.dtype == float
    monkeypatch.setitem(sys.modules, "mlflow.pyfunc.scoring_server.app", object())
    served = loaded.predict(rows())
    assert served.name == plain.name == "prediction"
    assert [one is None for one in served] == list(plain.isna())
    assert [one for one in served if one is not None] == list(plain.dropna())
    assert "NaN" not in json.dumps(list(served))


def test_a_reference_is_given_by_whoever_loads_as_a_file_or_a_frame(tmp_path: Path) -> None:
    """Who asks for predictions cannot give one, and is told who can."""
    frame = rows()
    names = sorted(set(frame["symbol"].astype(str)))
    reference = pd.DataFrame({"symbol": names, "shares": range(1, len(names) + 1)})
    panel = Panel.of(frame, reference=reference)
    made = fit_final(Ridge().fit(X=[features.ret(3), data.shares * data.close], y=fwd_ret(2)), panel)
    with pytest.raises(AlphaBenchError, match=r"^R69 .*model_config=.*path_or_frame") as caught:
        _Loaded(made).predict(frame)
    assert "predict(..., reference" not in str(caught.value)
    reference.to_csv(tmp_path / "names.csv", index=False)
    wanted = np.asarray(made.predict(frame, reference=reference)).tobytes()
    for given in (reference, str(tmp_path / "names.csv")):
        assert np.asarray(_Loaded(made, given).predict(frame)).tobytes() == wanted


def test_what_loads_takes_a_frame_for_a_reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pyfunc, "load", lambda _path, _trust: model())
    frame = pd.DataFrame({"symbol": ["A"], "shares": [1.0]})
    for given, held in ((frame, frame), ("names.csv", "names.csv"), ("", None), (None, None)):
        assert pyfunc._load_pyfunc(str(tmp_path), {"reference": given})._reference is held

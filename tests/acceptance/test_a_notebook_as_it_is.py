"""A notebook that knows nothing of nbcode: tags and [meta] are added, no other line, and its figures are the plain interpreter's."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from acceptance.project import nbcode

pytestmark = pytest.mark.long

META = """# %% [meta]
# id: {id}
# kind: {kind}
# horizon: 5d
# owner: quant
# inputs:
#   prices: ../data/prices.csv
#   sectors: ../data/sectors.npy
{result}
"""
CELLS = """# %% [setup]
from pathlib import Path
import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
try:
    DATA = Path(__file__).parent / ".." / "data"
except NameError:
    DATA = Path("..") / "data"
# %% [features]
df = pd.read_csv(DATA / "prices.csv", parse_dates=["date"]).set_index(["date", "symbol"]).sort_index()
df["sector"] = np.tile(np.load("../data/sectors.npy"), len(df) // 3)
df["mom"] = df.groupby(level="symbol").close.pct_change(5)
df["y"] = df.groupby(level="symbol").close.shift(-5) / df.close - 1
df = df.dropna()
# %%
df.describe()
# %% [model]
def fit(frame, alpha):
    return Ridge(alpha=alpha).fit(frame[["mom", "sector"]], frame["y"])

train = df.loc[:"2020-03"]
models = {alpha: {"ridge": fit(train, alpha)} for alpha in (0.1, 1.0)}
# %% [eval]
test = df.loc["2020-04":]
def score(model, frame):
    return pd.Series(model.predict(frame[["mom", "sector"]]), frame.index).corr(frame["y"])

ics = pd.Series({alpha: score(kinds["ridge"], test) for alpha, kinds in models.items()})
positions = df["mom"].unstack("symbol").rank(axis=1) - 2
"""
MODEL = """# model: models[1.0]['ridge']
# report:
#   ic: ics[1.0]
#   best: ics.max()
#   again: score(models[0.1]["ridge"], test)
#   rows: len(test)"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("as_it_is")
    (root / "nbcode.toml").write_text("")
    (root / "data").mkdir()
    (root / "nb").mkdir()
    days = pd.bdate_range("2020-01-01", periods=120)
    rng = np.random.default_rng(7)
    prices = pd.DataFrame(
        {name: 100 * np.exp(rng.normal(0, 0.02, 120).cumsum()) for name in "ABC"}, index=days
    )
    prices.rename_axis("date").melt(var_name="symbol", value_name="close", ignore_index=False).to_csv(
        root / "data" / "prices.csv"
    )
    np.save(root / "data" / "sectors.npy", np.array([0.0, 1.0, 0.0]))
    return root


def notebook(root: Path, name: str, kind: str, result: str) -> str:
    (root / "nb" / f"{name}.py").write_text(META.format(id=name, kind=kind, result=result) + CELLS)
    return f"nb/{name}.py"


def plain(root: Path, expression: str) -> float:
    """What the cells give in a plain interpreter that works in the notebook's folder."""
    code = re.sub(r"(?m)^# %%.*$", "", CELLS) + f"\nprint(repr(float({expression})))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root / "nb", capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def loaded(root: Path, name: str, frame: str) -> str:
    """What the candidate predicts in a process that never saw the notebook."""
    code = (
        "import mlflow, pandas as pd;"
        f"mlflow.set_tracking_uri('sqlite:///{root}/.nbcode/registry/mlflow.db');"
        f"print([float(v) for v in mlflow.pyfunc.load_model('models:/{name}@candidate').predict({frame})])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "MLFLOW_ENABLE_TELEMETRY": "false"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


@pytest.fixture(scope="module")
def promoted(project: Path) -> dict[str, Any]:
    ended = nbcode(project, "promote", notebook(project, "as_it_is", "model", MODEL), "--json")
    assert ended.code == 0, ended.said
    return ended.json


def test_the_figures_that_meta_names_are_those_of_the_plain_interpreter(
    project: Path, promoted: dict[str, Any]
) -> None:
    for name, expression in {
        "ic": "ics[1.0]",
        "best": "ics.max()",
        "again": "score(models[0.1]['ridge'], test)",
        "rows": "len(test)",
    }.items():
        assert promoted["metrics"][name] == pytest.approx(plain(project, expression), rel=1e-10), name


def test_the_model_that_meta_names_predicts_elsewhere(project: Path, promoted: dict[str, Any]) -> None:
    assert promoted["status"] == "done"
    told = loaded(project, "as_it_is", "pd.DataFrame({'mom': [0.5], 'sector': [1.0]})")
    expected = plain(
        project, "models[1.0]['ridge'].predict(pd.DataFrame({'mom': [0.5], 'sector': [1.0]}))[0]"
    )
    assert told == str([expected])


def test_another_expression_is_another_spec_and_another_spelling_is_none(
    project: Path, promoted: dict[str, Any]
) -> None:
    def spec(result: str) -> Any:
        ended = nbcode(project, "build", notebook(project, "as_it_is", "model", result), "--json")
        assert ended.code == 0, ended.said
        return ended.json["spec_digest"]

    assert spec(MODEL.replace("['ridge']", '[ "ridge" ]')) == promoted["spec_digest"]
    assert spec(MODEL.replace("models[1.0]", "models[0.1]")) != promoted["spec_digest"]
    assert spec(MODEL.replace("ics.max()", "ics.min()")) != promoted["spec_digest"]


def test_a_signal_is_promoted_as_data_and_given_back_for_the_dates_that_it_has(project: Path) -> None:
    path = notebook(project, "positions", "signal", "# signal: positions\n# report:\n#   ic: ics[1.0]")
    ended = nbcode(project, "promote", path, "--json")
    assert ended.code == 0, ended.said
    assert ended.json["metrics"]["ic"] == pytest.approx(plain(project, "ics[1.0]"), rel=1e-10)
    frame = "pd.DataFrame({'date': ['2020-03-02', '2020-03-02', '1999-01-01'], 'symbol': ['B', 'Z', 'B']})"
    expected = plain(project, "positions.loc['2020-03-02', 'B']")
    assert loaded(project, "positions", frame) == str([expected, float("nan"), float("nan")])


@pytest.mark.parametrize(
    ("result", "code", "line", "message"),
    [
        (
            MODEL.replace("ics[1.0]", "ics[3.0]"),
            "NBC-H08",
            11,
            "`report.ic: ics[3.0]` in [meta] raised KeyError",
        ),
        (MODEL.replace("models[1.0]", "models[2.0]"), "NBC-D15", 9, "raised KeyError"),
        (MODEL.replace("ics.max()", "open('/etc/passwd').read()"), "NBC-E11", 12, "read /etc/passwd"),
        (
            MODEL.replace("ics.max()", "pd.read_csv('../nbcode.toml').size"),
            "NBC-E11",
            12,
            "read ../nbcode.toml",
        ),
    ],
)
def test_an_expression_that_fails_or_reaches_out_is_told_at_its_line_of_meta(
    project: Path, result: str, code: str, line: int, message: str
) -> None:
    ended = nbcode(project, "run", notebook(project, "wrong", "model", result), "--json")
    assert ended.code != 0
    (found,) = [d for d in ended.json["diagnostics"] if d["severity"] == "error"]
    assert (found["code"], found["cell"], found["line"]) == (code, 1, line)
    assert message in found["message"]


def test_the_cells_open_nothing_that_is_not_declared(project: Path) -> None:
    (project / "data" / "secret.csv").write_text("a\n1\n")
    path = notebook(project, "secret", "model", MODEL)
    text = (project / path).read_text()
    (project / path).write_text(
        text.replace("df = df.dropna()", "df = df.dropna()\nopen('../data/sec' + 'ret.csv')")
    )
    ended = nbcode(project, "check", path, "--json")
    assert [d["code"] for d in ended.json["diagnostics"] if d["severity"] == "error"] == ["NBC-D12"]
    (project / path).write_text(
        text.replace("df = df.dropna()", "df = df.dropna()\nopen(min(['../data/secret.csv']))")
    )
    ran = nbcode(project, "run", path, "--json")
    assert [d["code"] for d in ran.json["diagnostics"] if d["severity"] == "error"] == ["NBC-E11"]

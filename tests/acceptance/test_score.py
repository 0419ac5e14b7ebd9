"""`nbcode score`: a version's predictions of a session, from files of prices, as somebody has them who never saw the notebook."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import nbcode_runtime
from acceptance.project import NBCODE, ROOT, Ended, nbcode
from alpha_bench.panel.sample import write_sample

pytestmark = pytest.mark.long

CONFIG = """
[data.mine]
prices = "prices.parquet"
reference = "names.csv"
date = "day"
symbol = "ticker"
rename = { px = "close", qty = "volume" }
derive = { shares_outstanding = "cap / price" }
"""
SESSIONS = 600


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The seed notebook, promoted on tables with names of their own, whose shares are derived from a reference."""
    folder = tmp_path_factory.mktemp("project")
    sample = pd.read_parquet(write_sample(tmp_path_factory.mktemp("sample")))
    last = sorted(sample["date"].unique())[-SESSIONS:]
    kept = sample[sample["date"].isin(last)]
    names = {"date": "day", "symbol": "ticker", "close": "px", "volume": "qty"}
    kept.rename(columns=names)[[*names.values()]].to_parquet(folder / "prices.parquet", index=False)
    symbols = sorted(kept["symbol"].astype(str).unique())
    caps = np.random.default_rng(0).uniform(1e9, 9e10, len(symbols))
    pd.DataFrame({"ticker": symbols, "cap": caps, "price": 10.5}).to_csv(folder / "names.csv", index=False)
    (folder / "nbcode.toml").write_text(CONFIG)
    text = (ROOT / "examples" / "xsmom_v3" / "notebook.py").read_text()
    (folder / "notebook.py").write_text(text.replace('folds="12"', 'folds="3"'))
    ended = nbcode(folder, "promote", "notebook.py", "--json")
    assert ended.code == 0, ended.said
    return folder


@pytest.fixture
def here(project: Path, tmp_path: Path) -> Path:
    """An empty folder with the raw files: no project, no notebook, no store."""
    for name in ("prices.parquet", "names.csv"):
        shutil.copy(project / name, tmp_path)
    return tmp_path


def artifact(project: Path) -> Path:
    (found,) = (one for one in (project / ".nbcode" / "artifacts").iterdir() if len(one.name) == 64)
    return found


def days(project: Path) -> list[str]:
    return sorted({str(d)[:10] for d in pd.read_parquet(project / "prices.parquet")["day"].unique()})


def of_the_run(project: Path) -> pd.DataFrame:
    """The predictions of the run's own model on the run's own panel: sessions down and names across."""
    from alpha_bench.describe import read_panel

    panel = read_panel(
        project / "prices.parquet",
        project / "names.csv",
        {"shares_outstanding": "cap / price"},
        date="day",
        symbol="ticker",
        layout={"rename": {"px": "close", "qty": "volume"}},
    )
    model: Any = nbcode_runtime.load(artifact(project))
    found: pd.DataFrame = model.predict(panel)
    return found


def same(table: pd.DataFrame, wanted: pd.DataFrame, session: str) -> bool:
    row = wanted.loc[pd.Timestamp(session)]
    ours = np.array([row[s] for s in table["symbol"]])
    return bool(table["prediction"].to_numpy(dtype=float).tobytes() == ours.astype(float).tobytes())


def refused(ended: Ended, code: int, finding: str) -> dict[str, Any]:
    assert ended.code == code, ended.out + ended.err
    (found,) = ended.json["diagnostics"]
    assert found["code"] == finding
    assert found["fixes"]
    result: dict[str, Any] = found
    return result


def test_every_session_has_the_bits_of_the_run(project: Path, here: Path) -> None:
    wanted = of_the_run(project)
    model: Any = nbcode_runtime.load(artifact(project))
    seen = 0
    for session in days(project)[70::53]:
        scores = nbcode_runtime.score(model, here / "prices.parquet", here / "names.csv", as_of=session)
        table = pd.DataFrame({"symbol": scores.symbols, "prediction": scores.predictions})
        assert same(table, wanted, session)
        assert not same(
            table.assign(prediction=table["prediction"] * (1 + 1e-15)), wanted, session
        )  # the control
        seen += scores.predicted
    assert seen > 1000


@pytest.mark.parametrize("name", ["today.parquet", "today.csv", "today.arrow"])
def test_a_file_in_each_form_has_date_symbol_and_the_bits_of_the_prediction(
    name: str, project: Path, tmp_path: Path
) -> None:
    session = days(project)[-20]
    out = tmp_path / "scores" / name
    ended = nbcode(project, "score", "xsmom_v3", "--as-of", session, "-o", str(out), "--json")
    assert ended.code == 0, ended.said
    if name.endswith("csv"):
        table = pl.read_csv(out, schema_overrides={"symbol": pl.String}).to_pandas()
    elif name.endswith("arrow"):
        table = pa.ipc.open_file(out).read_all().to_pandas()
    else:
        table = pq.read_table(out).to_pandas()
    assert [*table.columns] == ["date", "symbol", "prediction"]
    assert {str(d) for d in table["date"]} == {session}
    assert same(table, of_the_run(project), session)
    record = ended.json
    assert record["session"] == record["as_of"] == session
    assert (record["model"], record["version"], record["alias"]) == ("xsmom_v3", 1, "candidate")
    assert record["artifact_digest"] == f"sha256:{artifact(project).name}"
    assert record["rows"] == len(table)
    assert record["predicted"] == int(table["prediction"].notna().sum())
    assert record["history"] == {"needed": 61, "sessions": SESSIONS - 19}
    assert record["data"]["last"] == days(project)[-1]
    assert record["in_sample"] is True


def test_the_same_question_gives_the_same_bytes_and_replaces_its_own_file(
    project: Path, tmp_path: Path
) -> None:
    for name in ("a.parquet", "a.csv", "a.arrow"):
        out = tmp_path / name
        first = nbcode(project, "score", "xsmom_v3", "-o", str(out), "--json")
        before = out.read_bytes()
        second = nbcode(project, "score", "xsmom_v3", "-o", str(out), "--json")
        assert (first.code, second.code) == (0, 0), second.out
        assert out.read_bytes() == before
        assert first.json["file_digest"] == second.json["file_digest"]
    told = json.loads(pq.read_schema(tmp_path / "a.parquet").metadata[b"nbcode.score"])
    assert told["model"] == "xsmom_v3"
    assert told["prices_digest"].startswith("sha256:")


def test_a_file_of_somebody_else_is_left_alone(project: Path, tmp_path: Path) -> None:
    pd.DataFrame({"x": [1]}).to_parquet(tmp_path / "mine.parquet")
    (tmp_path / "mine.csv").write_text("x\n1\n")
    for name in ("mine.parquet", "mine.csv"):
        before = (tmp_path / name).read_bytes()
        refused(nbcode(project, "score", "xsmom_v3", "-o", str(tmp_path / name), "--json"), 2, "NBC-X08")
        assert (tmp_path / name).read_bytes() == before


def test_late_data_is_exit_5_and_no_file(project: Path, tmp_path: Path) -> None:
    after = str((pd.Timestamp(days(project)[-1]) + pd.offsets.BDay(2)).date())
    out = tmp_path / "late.parquet"
    found = refused(
        nbcode(project, "score", "xsmom_v3", "--as-of", after, "-o", str(out), "--json"), 5, "NBC-R66"
    )
    assert f"--as-of {days(project)[-1]}" in found["fixes"][1]
    assert not out.exists()
    before = refused(nbcode(project, "score", "xsmom_v3", "--as-of", "1999-01-04", "--json"), 2, "NBC-R66")
    assert "begin on" in before["message"]


def test_too_little_history_is_an_answer(project: Path) -> None:
    early = days(project)[40]
    found = refused(nbcode(project, "score", "xsmom_v3", "--as-of", early, "--json"), 2, "NBC-R64")
    assert "needs 61 sessions for its first prediction, and the data has 41" in found["message"]


def test_too_few_names_are_exit_5(project: Path, tmp_path: Path) -> None:
    prices = pd.read_parquet(project / "prices.parquet")
    last = prices["day"] == prices["day"].max()
    prices[~last | (prices.groupby("day").cumcount() % 2 == 0)].to_parquet(tmp_path / "half.parquet")
    half = ("--data", str(tmp_path / "half.parquet"), "--reference", "names.csv", "--json")
    found = refused(nbcode(project, "score", "xsmom_v3", *half, "--least-coverage", "0.9"), 5, "NBC-R72")
    assert "no row on" in found["cause"]
    there = nbcode(project, "score", "xsmom_v3", *half, "--least-coverage", "0.4")
    assert there.code == 0
    assert 0.4 < there.json["coverage"] < 0.6
    assert len(there.json["absent"]) > 10


def test_an_artifact_alone_predicts_where_there_is_no_project(project: Path, here: Path) -> None:
    shutil.copytree(artifact(project), here / "model" / artifact(project).name)
    call = ("score", "--artifact", "model", "--data", "prices.parquet", "--json")
    refused(nbcode(here, *call), 2, "NBC-R69")
    ended = nbcode(here, *call, "--reference", "names.csv", "-o", "s.parquet")
    assert ended.code == 0, ended.said
    assert same(pq.read_table(here / "s.parquet").to_pandas(), of_the_run(project), days(project)[-1])
    assert (ended.json["model"], ended.json["version"]) == ("xsmom_v3", None)
    refused(nbcode(here, "score", "--artifact", "model", "--json"), 2, "NBC-E01")


def test_what_was_tampered_with_is_refused(project: Path, here: Path) -> None:
    copy = here / "model" / artifact(project).name
    shutil.copytree(artifact(project), copy)
    call = ("score", "--artifact", "model", "--data", "prices.parquet", "--reference", "names.csv", "--json")
    assert nbcode(here, *call).code == 0  # the control
    recipe = copy / "model" / "recipe.json"
    recipe.chmod(0o644)
    recipe.write_text(recipe.read_text().replace("cap / price", "price / cap"))
    found = refused(nbcode(here, *call), 4, "NBC-I06")
    assert "recipe.json has other bytes" in found["cause"]


def test_a_model_or_version_that_is_not_there_is_named_with_its_neighbours(project: Path, here: Path) -> None:
    found = refused(nbcode(project, "score", "xsmom_v4", "--json"), 2, "NBC-I19")
    assert "did you mean `xsmom_v3`" in found["message"]
    found = refused(nbcode(project, "score", "xsmom_v3@7", "--json"), 2, "NBC-I19")
    assert found["fixes"][0] == "xsmom_v3@1"
    refused(nbcode(here, "score", "xsmom_v3", "--json"), 2, "NBC-I19")
    assert not (here / ".nbcode").exists()
    for which in ("xsmom_v3@1", "xsmom_v3@candidate"):
        assert nbcode(project, "score", which, "--json").json["version"] == 1


def test_wrong_arguments_are_told(project: Path) -> None:
    for wrong in (
        ("score",),
        ("score", "xsmom_v3", "--as-of", "yesterday"),
        ("score", "xsmom_v3", "--least-coverage", "95"),
        ("score", "xsmom_v3", "--least-coverage", "most"),
        ("score", "xsmom_v3", "-o", "x.txt"),
        ("score", "xsmom_v3", "--artifact", "x"),
    ):
        refused(nbcode(project, *wrong, "--json"), 2, "NBC-X01")


def test_nothing_of_mlflow_is_imported_where_the_registry_is_embedded(project: Path) -> None:
    code = (
        "import sys; from nbcode.cli.frame import program; import atexit;"
        "atexit.register(lambda: print({n.partition('.')[0] for n in sys.modules} & {'mlflow', 'papermill', 'sklearn', 'IPython'}));"
        "sys.argv = ['nbcode', 'score', 'xsmom_v3']; program()"
    )
    done = subprocess.run(
        [str(Path(NBCODE).parent / "python"), "-c", code],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("set()"), done.stdout


def test_an_interrupt_leaves_nothing_half_done(project: Path, tmp_path: Path) -> None:
    out = tmp_path / "out" / "s.parquet"
    with subprocess.Popen(
        [NBCODE, "score", "xsmom_v3", "-o", str(out)],
        cwd=project,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "load" in line or "data" in line:
                break
        process.send_signal(signal.SIGINT)
        told = process.stderr.read()
    assert process.returncode == 5
    assert "NBC-X02 interrupted" in told
    assert not out.parent.exists() or not list(out.parent.iterdir())

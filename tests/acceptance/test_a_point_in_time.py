"""``as_of`` as a user meets it: build, run, the live kernel and cells that open files themselves read nothing later."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from acceptance.project import nbcode
from nbcode.kernel.live import LiveSession

pytestmark = pytest.mark.long

DAYS = pd.bdate_range("2023-01-02", periods=320)
AS_OF = DAYS[-40].date().isoformat()
META = "# %% [meta]\n# id: dated\n# kind: model\n# horizon: 5d\n# owner: me\n"
DECLARED = (
    "# %% [features]\nr = features.ret(window=5)\n# %% [model]\nm = Ridge().fit(X=[r], y=fwd_ret_5d)\n"
    '# %% [eval]\nreport = walk_forward(m, embargo="5d", folds="3")\n'
)
PLAIN = """# %% [setup]
import pandas as pd
from sklearn.linear_model import LinearRegression
# %% [features]
own = pd.read_csv("prices.csv", parse_dates=["date"])
named = inputs["own"]
# %% [model]
m = LinearRegression().fit(own[["close"]], own["volume"])
# %% [eval]
report = {"last": float(own["date"].max().strftime("%Y%m%d")), "rows": len(own), "named": len(named)}
"""


def write_market(folder: Path, days: int = len(DAYS)) -> Path:
    rng = np.random.default_rng(7)
    walks = np.cumprod(1 + rng.normal(0, 0.01, (len(DAYS), 30)), axis=0)
    volumes = rng.integers(100, 1000, walks.shape)
    table = pd.DataFrame(
        {
            "date": np.repeat(DAYS, 30),
            "symbol": [f"N{n:02}" for n in range(30)] * len(DAYS),
            "close": walks.ravel(),
            "volume": volumes.ravel(),
        }
    )
    table = table[table.date < DAYS[0] + (DAYS[days - 1] - DAYS[0]) + pd.Timedelta(days=1)]
    table.to_csv(folder / "prices.csv", index=False)
    (folder / "nbcode.toml").write_text('[data.market]\nprices = "prices.csv"\n')
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_market(tmp_path)


def test_the_spec_is_the_same_whatever_came_after_the_day(project: Path) -> None:
    (project / "n.py").write_text(META + DECLARED)
    asked = nbcode(project, "build", "n.py", "--as-of", AS_OF, "--json").json
    write_market(project, days=len(DAYS) - 39)  # the last session is that of the day
    early = nbcode(project, "build", "n.py", "--as-of", AS_OF, "--json").json
    (project / "n.py").write_text(META + f"# as_of: {AS_OF}\n" + DECLARED)
    written = nbcode(project, "build", "n.py", "--json").json
    assert asked["meta"]["as_of"] == AS_OF
    assert [one["as_of"] for one in asked["inputs"]] == [AS_OF]
    assert asked["spec_digest"] == early["spec_digest"] == written["spec_digest"]
    later = nbcode(project, "build", "n.py", "--as-of", DAYS[-41].date().isoformat(), "--json").json
    assert later["spec_digest"] != asked["spec_digest"]
    assert later["definition_digest"] == asked["definition_digest"]


def test_cells_that_open_a_declared_file_find_the_rows_up_to_the_day(project: Path) -> None:
    (project / "n.py").write_text(META + "# inputs: {own: prices.csv}\n" + PLAIN)
    whole = nbcode(project, "run", "n.py", "--json").json["metrics"]
    cut = nbcode(project, "run", "n.py", "--as-of", AS_OF, "--json").json["metrics"]
    assert whole == {"last": float(f"{DAYS[-1]:%Y%m%d}"), "rows": len(DAYS) * 30, "named": len(DAYS) * 30}
    rows = (len(DAYS) - 39) * 30
    assert cut == {"last": float(AS_OF.replace("-", "")), "rows": rows, "named": rows}


def test_the_evaluation_ends_with_the_day(project: Path) -> None:
    (project / "n.py").write_text(META + DECLARED)
    done = nbcode(project, "run", "n.py", "--as-of", AS_OF, "--json")
    assert done.code == 0, done.said
    predictions = pd.read_parquet(Path(done.json["out"]) / "predictions.parquet")
    assert str(predictions["date"].max()) == AS_OF


def test_the_live_kernel_reads_what_the_clean_run_does(project: Path) -> None:
    live = LiveSession(namespace={}, folder=project, notebook=None)
    source = META + f"# as_of: {AS_OF}\n# inputs: {{own: prices.csv}}\n"
    assert live.before_cell(source) == ()
    inputs = live.namespace["inputs"]
    assert str(pd.to_datetime(inputs["own"]["date"]).max().date()) == AS_OF  # type: ignore[index]
    live.close()


@pytest.mark.parametrize("day", ["2024-02-30", "20240628", "soon"])
def test_what_is_no_day_is_refused(project: Path, day: str) -> None:
    (project / "n.py").write_text(META + DECLARED)
    ended = nbcode(project, "build", "n.py", "--as-of", day)
    assert (ended.code, "is no day" in ended.err) == (2, True)
    (project / "n.py").write_text(META + f"# as_of: {day}\n" + DECLARED)
    ended = nbcode(project, "check", "n.py")
    assert ended.code == 2
    assert "NBC-C" in ended.out + ended.err

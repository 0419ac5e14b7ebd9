"""From a registry's address, the input files and nothing else a version is made again, to the byte, in a folder that knows no project."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from acceptance.project import NBCODE, Ended, nbcode
from acceptance.test_the_framework_path import MODULE, YAML

pytestmark = pytest.mark.long

DECLARATIVE = """\
# %% [meta]
# id: declared
# kind: model
# horizon: 5d
# owner: me
# %% [features]
short = features.ret(window=20)
# %%
print("what is explored is no part of it")
# %% [model]
m = Ridge(alpha=1.0).fit(X=[short, features.turnover(20)], y=fwd_ret_5d)
# %% [eval]
report = walk_forward(m, embargo="5d", folds="4")
"""
CELLS = (
    (None, "import this"),
    (
        "meta",
        "# id: plain\n# kind: model\n# horizon: 5d\n# owner: me\n# inputs:\n#   prices: ../data/prices.csv\n#   stress: stress.csv\n# report: {'ic': ic}",
    ),
    (
        "setup",
        """\
import warnings
import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge as R
from tools import past
def checked(table):
    if table.close.round(4).ne(table.close).any():
        raise ValueError("a price has more than four digits")  # on another future, which the report tells
    return table""",
    ),
    (None, "1 + 1"),
    (
        "features",
        """\
prices = checked(pd.read_csv('../data/prices.csv')).merge(pd.read_csv('stress.csv'), on='date')
close = prices.sort_values(['symbol', 'date']).groupby('symbol').close
prices['r'] = close.transform(lambda c: past(c, 5))
prices['y'] = close.transform(lambda c: c.shift(-5) / c - 1)
frame = prices.dropna()
warnings.warn('a warning of a cell')
frame.head(2)""",
    ),
    (None, "frame.describe()"),
    (
        "model",
        """\
train, test = frame[frame.date < '2022-06-01'], frame[frame.date > '2022-07-01']
m = R().fit(train[['r', 'stress']], train['y'])
print('fitted', m)""",
    ),
    (
        "eval",
        "ic = float(np.corrcoef(m.predict(test[['r', 'stress']]), test['y'])[0, 1])\nprint(ic)",
    ),
)
NBCODE_TOML = """\
[data.px]
prices = "data/prices.csv"
reference = "data/names.csv"
derive = { shares_outstanding = "market_cap_usd / price_usd" }
"""
FORMS = {
    "declared.py": "declared",
    "research/plain.ipynb": "plain",
    "model.yaml": "in_yaml",
    "pkg.momentum:model": "in_module",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every form of a model, promoted on data of its own: version 1 of each, and of the notebook a refit."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("data", "research", "pkg"):
        (folder / name).mkdir()
    write_data(folder)
    (folder / "nbcode.toml").write_text(NBCODE_TOML)
    (folder / "declared.py").write_text(DECLARATIVE)
    (folder / "model.yaml").write_text(YAML.replace("a_model", "in_yaml"))
    (folder / "pkg" / "__init__.py").write_text("")
    (folder / "pkg" / "windows.py").write_text("SHORT = 20\n")
    (folder / "pkg" / "momentum.py").write_text(MODULE.replace("a_model", "in_module"))
    (folder / "research" / "tools.py").write_text("def past(c, n):\n    return c.pct_change(n)\n")
    (folder / "research" / "plain.ipynb").write_text(json.dumps(as_ipynb()))
    for name in FORMS:
        arguments = ("--as-of", "2023-06-30") if name == "declared.py" else ()
        assert nbcode(folder, "promote", name, *arguments, "--json").code == 0, name
    assert nbcode(folder, "refit", "declared", "--as-of", "2023-07-31", "--json").code == 0
    return folder


def write_data(folder: Path) -> None:
    """Thirty names on as many sessions as a model with four folds needs, a table of the names, a figure a day."""
    generator = np.random.default_rng(5)
    days = np.arange(np.datetime64("2021-01-04"), np.datetime64("2023-09-01"))
    days = days[np.is_busday(days)]
    names = [f"N{number:02d}" for number in range(30)]
    closes = 50 * np.exp(np.cumsum(generator.normal(0, 0.02, (len(days), 30)), axis=0))
    volumes = generator.integers(1_000, 90_000, (len(days), 30))
    rows = [
        f"{day},{name},{closes[d, n]:.4f},{volumes[d, n]}"
        for d, day in enumerate(days)
        for n, name in enumerate(names)
    ]
    write(folder / "data" / "prices.csv", "date,symbol,close,volume", rows)
    write(
        folder / "data" / "names.csv",
        "symbol,sector,price_usd,market_cap_usd",
        [
            f"{name},S{number % 4},{20 + number},{4_000_000 + 10_000 * number}"
            for number, name in enumerate(names)
        ],
    )
    write(folder / "research" / "stress.csv", "date,stress", [f"{day},{d % 7}" for d, day in enumerate(days)])


def write(path: Path, head: str, rows: list[str]) -> None:
    path.write_text("\n".join([head, *rows]) + "\n")


def as_ipynb() -> dict[str, Any]:
    cells = [
        {
            "cell_type": "code",
            "id": f"c{number}",
            "metadata": {"tags": [tag]} if tag else {},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for number, (tag, source) in enumerate(CELLS)
    ]
    metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


@pytest.fixture
def elsewhere(project: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A folder without a project, and one with the data under other names: the project's own are away as long."""
    fresh, data = tmp_path / "fresh", tmp_path / "archive"
    fresh.mkdir()
    data.mkdir()
    for number, path in enumerate(
        [project / "data" / "prices.csv", project / "data" / "names.csv", project / "research" / "stress.csv"]
    ):
        shutil.copy(path, data / f"{number}{path.suffix}")
    return fresh, data


def address_of(project: Path) -> str:
    return f"sqlite:///{project / '.nbcode' / 'registry' / 'mlflow.db'}"


def rebuilt(fresh: Path, project: Path, model: str, version: int, *arguments: str) -> Ended:
    address = address_of(project)
    return nbcode(fresh, "rebuild", model, str(version), "--registry", address, "--json", *arguments)


def registered(project: Path, model: str, version: int) -> str:
    shown = nbcode(project, "show", model, "--version", str(version), "--json").json
    digest: str = shown["versions"][0]["artifact_digest"]
    return digest


@pytest.mark.parametrize(
    ("model", "version"), [("declared", 1), ("declared", 2), ("plain", 1), ("in_yaml", 1), ("in_module", 1)]
)
def test_each_form_comes_out_again_from_the_registry_and_a_folder_of_data(
    project: Path, elsewhere: tuple[Path, Path], model: str, version: int
) -> None:
    fresh, data = elsewhere
    ended = rebuilt(fresh, project, model, version, "--input", str(data), "--check")
    assert (ended.code, ended.json["status"], ended.json["differing"]) == (0, "equal", []), ended.err
    assert ended.json["rebuilt_digest"] == registered(project, model, version)
    assert list(fresh.iterdir()) == []


def test_what_is_kept_is_an_artifact_that_predicts(project: Path, elsewhere: tuple[Path, Path]) -> None:
    fresh, data = elsewhere
    ended = rebuilt(fresh, project, "in_yaml", 1, "--input", str(data))
    assert (ended.code, ended.json["folder"]) == (0, "in_yaml-1"), ended.err
    assert (fresh / "in_yaml-1" / "sources" / "model.yaml").read_text() == (
        project / "model.yaml"
    ).read_text()
    scored = nbcode(
        fresh,
        *("score", "--artifact", "in_yaml-1", "--data", str(data / "0.csv")),
        *("--reference", str(data / "1.csv"), "-o", "scores.csv"),
    )
    assert scored.code == 0, scored.said
    again = rebuilt(fresh, project, "in_yaml", 1, "--input", str(data))
    assert (again.code, [one["code"] for one in again.json["diagnostics"]]) == (2, ["NBC-X08"])


def test_in_the_project_nothing_need_be_named_and_nothing_is_written(project: Path) -> None:
    def state() -> dict[str, str]:
        promotions = nbcode(project, "status", "--json").json["promotions"]
        return {one["key"]: one["updated_at"] for one in promotions}

    before, files = state(), sorted(p.name for p in project.iterdir())
    trials = (project / ".nbcode" / "trials.jsonl").read_bytes()
    ended = nbcode(project, "rebuild", "declared", "2", "--check", "--json")
    assert (ended.code, ended.json["status"]) == (0, "equal"), ended.err
    assert (state(), sorted(p.name for p in project.iterdir())) == (before, files)
    assert (project / ".nbcode" / "trials.jsonl").read_bytes() == trials


def test_an_interrupt_in_a_cell_leaves_nothing(
    project: Path, elsewhere: tuple[Path, Path], tmp_path: Path
) -> None:
    fresh, data = elsewhere
    (tmp_path / "temporary").mkdir()

    def left() -> set[str]:
        """But for the user's own folder there, which every command may make."""
        return {path.name for path in (tmp_path / "temporary").iterdir()} - {f"nbcode-{os.getuid()}"}

    command = [
        NBCODE,
        "rebuild",
        "plain",
        "1",
        "--input",
        str(data),
        "-o",
        "look",
        "--registry",
        address_of(project),
    ]
    with subprocess.Popen(
        command,
        cwd=fresh,
        env={**os.environ, "TMPDIR": str(tmp_path / "temporary")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert any("[features]" in line for line in process.stderr)
        assert len(left()) == 1  # the control: there is something to leave
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate()
    assert (process.returncode, "NBC-X02" in told) == (5, True)
    assert left() == set()
    assert list(fresh.iterdir()) == []


@pytest.mark.parametrize("number", [0, 1, 2])
def test_control_one_byte_of_an_input_and_it_is_not_found(
    project: Path, elsewhere: tuple[Path, Path], number: int
) -> None:
    fresh, data = elsewhere
    path = data / f"{number}.csv"
    content = path.read_bytes()
    changed = content.replace(b"0", b"1", 1) if number else content.replace(b".1", b".2", 1)
    assert changed != content
    path.write_bytes(changed)
    model = "plain" if number == 2 else "in_yaml"
    ended = rebuilt(fresh, project, model, 1, "--input", str(data), "--check")
    assert (ended.code, [one["code"] for one in ended.json["diagnostics"]]) == (2, ["NBC-X09"])


def test_control_a_cell_that_takes_the_clock_comes_out_otherwise(tmp_path: Path) -> None:
    """What R1 does not hold for is told, with both artifacts to look at."""
    notebook = "\n".join(f"# %% [{tag}]\n{source}" for tag, source in CELLS if tag).replace("../data/", "")
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "data").mkdir()
    (folder / "research").mkdir()
    write_data(folder)
    for name in ("data/prices.csv", "research/stress.csv"):
        shutil.move(folder / name, folder / Path(name).name)
    (folder / "tools.py").write_text("def past(c, n):\n    return c.pct_change(n)\n")
    clock = notebook.replace("print(ic)", "import time\nprint(time.perf_counter_ns())")
    (folder / "n.py").write_text(clock)
    promoted = nbcode(folder, "promote", "n.py", "--json")
    assert promoted.code == 0, promoted.said
    ended = nbcode(folder, "rebuild", "plain", "1", "--check", "-o", "look", "--json")
    assert (ended.code, ended.json["status"]) == (3, "different"), ended.err
    assert [one["path"] for one in ended.json["differing"]] == ["executed.ipynb"]
    assert sorted(p.name for p in (folder / "look").iterdir()) == ["rebuilt", "registered", "sources"]

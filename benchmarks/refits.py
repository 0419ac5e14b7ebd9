"""``make refits``: a quarter of daily refits on the real panel, with days whose data are wrong, and what they add to the store.

One model is promoted as of the last session of 2015 and fitted anew on each of the next 60 sessions, as a nightly job would. Whatever a rule says
of a refit is asked of every one, and the program ends with 1 where it does not hold:

- versions are 1.1 to 1.60 of one line, and the candidate moves from each to the next;
- a day whose closes are a hundred times too large, and one on which a block of names is missing, is stopped with exit code 4, and nothing
  is registered; the same day with the right data is registered then;
- a day that is not there yet ends with exit code 5; a day that was fitted already is no second version;
- where the candidate was set back to another model by hand, a refit is registered and leaves it there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd

ROOT = Path(__file__).parents[1]
PANEL = ROOT / ".." / "shared" / "data" / "sp500_daily_2013_2018.parquet"
NBCODE = str(Path(sys.executable).with_name("nbcode"))
FIRST, COUNT = "2015-12-31", 60
NOTEBOOK = """# %% [meta]
# id: daily
# kind: model
# horizon: 5d
# owner: team-equities
# %% [features]
ret_20 = features.ret(window={window})
ret_60 = features.ret(window=60)
# %% [model]
m = Ridge().fit(X=[ret_20, ret_60], y=fwd_ret_5d)
# %% [eval]
report = walk_forward(m, embargo="5d", folds="4")
"""


class Project:
    """A quant's folder, with prices that grow by a session a day."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self.whole = pd.read_parquet(PANEL)
        self.days = sorted(str(day)[:10] for day in self.whole["date"].unique())
        self.whole = self.whole.assign(day=self.whole["date"].astype(str).str[:10])
        (folder / "nbcode.toml").write_text('[data.sp500]\nprices = "prices.parquet"\n')
        self.write_notebook(20)

    def write_notebook(self, window: int) -> None:
        (self.folder / "daily.py").write_text(NOTEBOOK.format(window=window))

    def market(self, day: str, wrong: str = "") -> None:
        """The prices as they are on the evening of ``day``; ``wrong`` says what is amiss with its session."""
        table = self.whole[self.whole["day"] <= day].copy()
        today = table["day"] == day
        if wrong == "close x 100":
            table.loc[today, "close"] *= 100
        elif wrong == "a block of names is missing":
            names = sorted(table["symbol"].unique())[:150]
            table.loc[today & table["symbol"].isin(names), ["open", "high", "low", "close"]] = float("nan")
        table.drop(columns="day").to_parquet(self.folder / "prices.parquet", index=False)

    def nbcode(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        """Exit code and object of a command."""
        done = subprocess.run(
            [NBCODE, *arguments, "--json"], cwd=self.folder, capture_output=True, text=True, check=False
        )
        return done.returncode, json.loads(done.stdout)

    def store_bytes(self) -> int:
        """What the store takes on the disk, a file of several names once."""
        found = {}
        for path in (self.folder / ".nbcode").rglob("*"):
            if path.is_file():
                stat = path.stat()
                found[stat.st_ino] = stat.st_blocks * 512
        return sum(found.values())


def codes(value: dict[str, Any]) -> list[str]:
    """The codes of its errors."""
    return [one["code"] for one in value["diagnostics"] if one["severity"] == "error"]


def expect(holds: bool, what: str) -> None:  # noqa: FBT001 - reads as a sentence
    """End with 1 where it does not hold."""
    if not holds:
        print(f"FAILED: {what}")
        sys.exit(1)


def main() -> None:
    """Print a line a day, and the growth of the store."""
    count = int(sys.argv[2]) if len(sys.argv) > 2 else COUNT
    project = Project(Path(sys.argv[1]))
    at = project.days.index(FIRST)
    project.market(FIRST)
    code, first = project.nbcode("promote", "daily.py")
    expect(code == 0 and first["version"] == 1, f"the first promote: {first}")
    sizes = [project.store_bytes()]
    print(f"version 1 as of {FIRST}, store {sizes[0] / 1e6:.1f} MB", flush=True)
    wrong = {count // 3: "close x 100", 2 * count // 3: "a block of names is missing"}
    version = 1
    for k in range(1, count + 1):
        day = project.days[at + k]
        if k in wrong:
            stopped(project, day, wrong[k])
        if k == 2:
            late(project, day)
        project.market(day)
        began = time.monotonic()
        code, found = project.nbcode("refit", "daily", "--as-of", day)
        expect(code == 0, f"{day}: {found.get('diagnostics')}")
        version += 1
        told = (found["version"], found["line"], found["alias"])
        expect(told == (version, f"1.{k}", "candidate"), f"{day}: {told}")
        sizes.append(project.store_bytes())
        note = next(one["message"] for one in found["diagnostics"] if one["code"] == "NBC-I41")
        told_of = note.partition(": ")[2].partition(": ")[2]
        grown = (sizes[-1] - sizes[-2]) / 1e6
        print(
            f"{day}  1.{k:<3} {time.monotonic() - began:5.1f} s  store +{grown:4.1f} MB  {told_of}",
            flush=True,
        )
    code, again = project.nbcode("refit", "daily", "--as-of", day)
    expect(
        (again["status"], again["version"]) == ("exists", version),
        "a day that was fitted is no second version",
    )
    alias_rules(project, version, project.days[at + count + 1])
    grown = (sizes[-1] - sizes[0]) / count / 1e6
    print(
        f"{count} refits: 1.1 to 1.{count}; the store grew by {grown:.2f} MB a refit, to {sizes[-1] / 1e6:.0f} MB"
    )


def stopped(project: Project, day: str, wrong: str) -> None:
    """A day with wrong data is stopped, and nothing is registered."""
    _, before = project.nbcode("show", "daily")
    project.market(day, wrong)
    code, found = project.nbcode("refit", "daily", "--as-of", day)
    _, after = project.nbcode("show", "daily")
    expect((code, {*codes(found)}) == (4, {"NBC-I38"}), f"{day} with {wrong}: exit {code}, {codes(found)}")
    expect(len(before["versions"]) == len(after["versions"]), f"{day} with {wrong} was registered")
    said = found["diagnostics"][0]["message"]
    print(f"{day}  {wrong}: exit 4, {said}", flush=True)


def late(project: Project, day: str) -> None:
    """The data of the day are not there yet."""
    code, found = project.nbcode("refit", "daily", "--as-of", day)
    expect((code, codes(found)) == (5, ["NBC-H38"]), f"late data: exit {code}, {codes(found)}")
    print(f"{day}  not there yet: exit 5", flush=True)


def alias_rules(project: Project, version: int, day: str) -> None:
    """A changed model begins a line of its own; where the candidate is another model's, a refit leaves it."""
    project.write_notebook(10)
    code, changed = project.nbcode("promote", "daily.py")
    told = (code, changed["version"], changed["line"], changed["alias"])
    expect(told == (0, version + 1, "", "candidate"), f"a changed model: {told}")
    project.market(day)
    set_back(project.folder, version)
    code, refit = project.nbcode("refit", "daily", "--as-of", day)
    told = (code, refit["version"], refit["line"], refit["alias"])
    expect(told == (0, version + 2, f"{version + 1}.1", None), f"a refit beside another candidate: {told}")
    print(f"{day}  {refit['line']} is registered, the candidate stays version {version}", flush=True)


def set_back(folder: Path, version: int) -> None:
    """What a person does in MLflow: the candidate is an earlier version again."""
    database = (folder / ".nbcode" / "registry" / "mlflow.db").resolve()
    program = (
        "import mlflow, sys\n"
        f"client = mlflow.MlflowClient('sqlite:///{database}', 'sqlite:///{database}')\n"
        f"client.set_registered_model_alias('daily', 'candidate', '{version}')\n"
    )
    subprocess.run(
        [sys.executable, "-c", program], check=True, cwd=folder, env=os.environ, capture_output=True
    )


if __name__ == "__main__":
    main()

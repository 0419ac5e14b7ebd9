"""``nbcode refit`` as a nightly job meets it: the same model on newer data, registered as n.k, and stopped where the data are wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from acceptance.project import Ended, nbcode

pytestmark = pytest.mark.long

DAYS = pd.bdate_range("2023-01-02", periods=320)
FIRST = 299  # a Friday
SUNDAY = "2024-03-03"
NOTEBOOK = """# %% [meta]
# id: daily
# kind: model
# horizon: 5d
# owner: me
# %% [features]
r = features.ret(window={window})
# %% [model]
m = Ridge().fit(X=[r], y=fwd_ret_5d)
# %% [eval]
report = walk_forward(m, embargo="5d", folds="3")
"""


def day(number: int) -> str:
    return DAYS[number].date().isoformat()


@dataclass(kw_only=True)
class Nightly:
    """A project whose prices grow by a session a night, and what each command said."""

    folder: Path
    ended: dict[str, Ended] = field(default_factory=dict)

    def market(self, last: int, *, wrong: bool = False, prefix: str = "N") -> None:
        rng = np.random.default_rng(7)
        walks = np.cumprod(1 + rng.normal(0, 0.01, (len(DAYS), 30)), axis=0)
        if wrong:
            walks[last] *= 100
        table = pd.DataFrame(walks, index=DAYS, columns=[f"{prefix}{n:02}" for n in range(30)])
        long = table.iloc[: last + 1].rename_axis(index="date", columns="symbol").stack().rename("close")
        long.reset_index().to_csv(self.folder / "prices.csv", index=False)

    def write(self, window: int) -> None:
        (self.folder / "n.py").write_text(NOTEBOOK.format(window=window))

    def say(self, name: str, *arguments: str) -> None:
        self.ended[name] = nbcode(self.folder, *arguments, "--json")

    def __getitem__(self, name: str) -> dict[str, Any]:
        return self.ended[name].json

    def told(self, name: str) -> tuple[int, Any, Any, Any]:
        """Exit code, version, line, alias."""
        said = self[name]
        return self.ended[name].code, said["version"], said["line"], said["alias"]

    def codes(self, name: str) -> set[str]:
        return {one["code"] for one in self[name]["diagnostics"]}

    def tags(self, version: int) -> dict[str, Any]:
        return self.ask(
            f"v = c.get_model_version('daily', '{version}'); out = {{**v.tags, 'page': v.description}}"
        )

    def ask(self, line: str) -> Any:
        database = (self.folder / ".nbcode" / "registry" / "mlflow.db").resolve()
        program = (
            "import json, mlflow\n"
            f"c = mlflow.MlflowClient('sqlite:///{database}', 'sqlite:///{database}')\n"
            f"out = None\n{line}\nprint(json.dumps(out))"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], check=True, capture_output=True, text=True, env=os.environ
        )
        return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def nightly(tmp_path_factory: pytest.TempPathFactory) -> Nightly:
    folder = tmp_path_factory.mktemp("nightly")
    (folder / "nbcode.toml").write_text('[data.market]\nprices = "prices.csv"\n')
    one = Nightly(folder=folder)
    one.write(5)
    one.market(FIRST)
    one.say("none", "refit", "daily", "--as-of", day(FIRST))
    one.say("first", "promote", "n.py", "--as-of", day(FIRST))
    one.say("late", "refit", "daily", "--as-of", day(FIRST + 1))
    one.market(FIRST + 3)  # more is there than is asked for
    one.say("1.1", "refit", "daily", "--as-of", day(FIRST + 1))
    one.say("again", "refit", "daily", "--as-of", day(FIRST + 1))
    (folder / "n.py").write_text("what is in the working tree does not matter: (")
    one.say("1.2", "refit", "daily", "--as-of", day(FIRST + 2))
    one.say("old job", "refit", "daily", "--as-of", day(FIRST + 1))
    one.say("older", "refit", "daily", "--as-of", day(FIRST - 1))
    one.market(FIRST + 2, wrong=True)
    one.say("delivered again", "refit", "daily", "--as-of", day(FIRST + 2))
    one.market(FIRST + 3, prefix="n")
    one.say("renamed", "refit", "daily", "--as-of", day(FIRST + 3))
    one.market(FIRST + 3)
    one.write(5)
    one.say("by hand", "promote", "n.py", "--as-of", day(FIRST + 3))
    one.market(FIRST + 4, wrong=True)
    one.say("wrong", "refit", "daily", "--as-of", day(FIRST + 4))
    one.market(FIRST + 4)
    one.write(10)
    one.say("changed", "promote", "n.py")
    one.ask("c.set_registered_model_alias('daily', 'candidate', '4')")
    one.market(FIRST + 5)
    one.say("beside", "refit", "daily", "--as-of", day(FIRST + 5))
    one.say("sunday", "refit", "daily", "--as-of", SUNDAY)
    one.say("show", "show", "daily")
    return one


def test_a_refit_is_a_version_of_the_line_and_takes_the_candidate(nightly: Nightly) -> None:
    assert nightly.told("first") == (0, 1, "", "candidate")
    assert nightly.told("1.1") == (0, 2, "1.1", "candidate")
    assert nightly["1.1"]["definition_digest"] == nightly["first"]["definition_digest"]
    assert "NBC-I41" in nightly.codes("1.1")
    assert "NBC-I41" not in nightly.codes("first")


def test_the_same_day_again_is_no_second_version(nightly: Nightly) -> None:
    assert (nightly["again"]["status"], nightly["again"]["version"]) == ("exists", 2)


def test_an_old_job_that_runs_again_gives_its_fit_and_moves_nothing(nightly: Nightly) -> None:
    assert (nightly["old job"]["status"], nightly.told("old job")) == ("exists", (0, 2, "1.1", None))


def test_a_day_before_the_last_fit_is_refused(nightly: Nightly) -> None:
    assert (nightly.ended["older"].code, nightly.codes("older")) == (2, {"NBC-I51"})


def test_a_day_without_a_new_row_is_the_last_fit(nightly: Nightly) -> None:
    assert (nightly["sunday"]["status"], nightly["sunday"]["version"]) == ("exists", 6)
    assert nightly.codes("sunday") == {"NBC-I50"}
    assert len(nightly["show"]["versions"]) == 6


@pytest.mark.parametrize("what", ["delivered again", "renamed"])
def test_what_cannot_be_held_to_the_limits_is_stopped_as_what_is_beyond_them(
    nightly: Nightly, what: str
) -> None:
    assert (nightly.ended[what].code, nightly.codes(what) & {"NBC-I38"}) == (4, {"NBC-I38"})
    assert nightly[what]["version"] is None
    assert nightly.told("by hand")[1] == 4  # nothing was registered in between


def test_what_is_fitted_is_the_registered_model_not_the_working_tree(nightly: Nightly) -> None:
    assert nightly.told("1.2") == (0, 3, "1.2", "candidate")


def test_an_unchanged_notebook_that_is_promoted_by_hand_is_a_refit_too(nightly: Nightly) -> None:
    assert nightly.told("by hand") == (0, 4, "1.3", "candidate")
    assert "NBC-I41" in nightly.codes("by hand")


def test_the_registry_tells_a_refit_from_a_changed_model(nightly: Nightly) -> None:
    assert nightly.tags(2)["nbcode.line"] == "1.1"
    assert "refit 1 of version 1" in nightly.tags(2)["page"]
    assert "nbcode.line" not in nightly.tags(1)
    assert "nbcode.line" not in nightly.tags(5)


def test_a_day_with_wrong_data_is_stopped_for_safety(nightly: Nightly) -> None:
    assert nightly.ended["wrong"].code == 4
    assert nightly.codes("wrong") >= {"NBC-I38"}
    assert nightly["wrong"]["version"] is None
    assert nightly["changed"]["version"] == 5  # nothing was registered in between


def test_data_that_are_late_are_asked_for_again(nightly: Nightly) -> None:
    assert nightly.ended["late"].code == 5
    assert nightly.codes("late") >= {"NBC-H38"}


def test_a_model_without_a_version_has_no_refit(nightly: Nightly) -> None:
    assert nightly.ended["none"].code == 2
    assert nightly.codes("none") == {"NBC-I19"}


def test_a_changed_model_begins_a_line_of_its_own(nightly: Nightly) -> None:
    assert nightly.told("changed") == (0, 5, "", "candidate")


def test_a_refit_never_moves_the_candidate_to_another_model(nightly: Nightly) -> None:
    assert nightly.told("beside") == (0, 6, "5.1", None)
    assert "NBC-I21" in nightly.codes("beside")
    assert nightly.ask("out = int(c.get_model_version_by_alias('daily', 'candidate').version)") == 4

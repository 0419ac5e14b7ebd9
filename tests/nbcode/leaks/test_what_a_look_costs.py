"""Cells run again only where there is something to learn from it, and figures are drawn once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fakes.leak_runs import cells_of, looked
from nbcode.leaks.futures.again import Again
from nbcode.leaks.futures.undrawn import undrawn
from nbcode.leaks.lineage.calls import Argument, Lineage, Role, Rows
from nbcode.leaks.lineage.changes import Change, Future
from nbcode.leaks.tables.forward import begins_at_its_row
from nbcode.leaks.tables.keys import Keys

DAYS = pd.bdate_range("2020-01-01", periods=120)
NAMES = [f"S{n}" for n in range(6)]
CLOSE = pd.DataFrame(
    np.exp(np.random.default_rng(3).normal(0, 0.02, (120, 6)).cumsum(axis=0)), index=DAYS, columns=NAMES
)
LONG = CLOSE.stack().rename("close").rename_axis(["date", "symbol"]).reset_index()

BEGINS = {
    "a forward return": CLOSE.shift(-5) / CLOSE - 1,
    "a shorter one": CLOSE.shift(-1) / CLOSE - 1,
    "bought a session later": CLOSE.shift(-6) / CLOSE.shift(-1) - 1,
    "its logarithm": np.log(CLOSE.shift(-5) / CLOSE),
    "its sign": (CLOSE.shift(-5) > CLOSE).astype(float).where(CLOSE.shift(-5).notna()),
    "a change that was shifted": CLOSE.pct_change(5).shift(-5),
}
NOT_KNOWN = {
    "from before its row": CLOSE.shift(-3) / CLOSE.shift(2) - 1,
    "further than the horizon": CLOSE.shift(-8) / CLOSE - 1,
    "less the market": (CLOSE.shift(-5) / CLOSE - 1).sub((CLOSE.shift(-5) / CLOSE - 1).mean(axis=1), axis=0),
    "no return": CLOSE.shift(-5),
    "the past": CLOSE.pct_change(5),
    "one value": CLOSE * 0,
    "a tenth of it from before": (CLOSE.shift(-5) / CLOSE - 1).where(
        (np.arange(120)[:, None] % 10 > 0) & np.ones((1, 6), dtype=bool), CLOSE.shift(-3) / CLOSE.shift(2) - 1
    ),
}


def known(label: pd.DataFrame, table: pd.DataFrame = LONG) -> bool:
    """Whether labels of some rows, in an order of their own, are seen to begin at their row of ``table``."""
    rows = label.stack().sample(frac=0.8, random_state=1)
    lineage = Lineage(sessions=list(DAYS.to_numpy())[::-1], names=NAMES)
    sessions = len(DAYS) - 1 - DAYS.get_indexer(rows.index.get_level_values(0))
    codes = np.array([NAMES.index(name) for name in rows.index.get_level_values(1)])
    y = Argument(
        role=Role.Y,
        text="y",
        rows=Rows(sessions=sessions.astype(np.int32), names=codes.astype(np.int32)),
        size=len(rows),
        numbers=rows.to_numpy()[:, None],
    )
    keys = Keys(dates=table["date"].to_numpy(), names=table["symbol"].to_numpy())
    return begins_at_its_row(y, lineage, [(table, keys)], 5)


@pytest.mark.parametrize("label", BEGINS)
def test_a_label_that_is_a_return_of_the_inputs_from_its_row_on_is_known_as_one(label: str) -> None:
    assert known(BEGINS[label])
    assert known(BEGINS[label], LONG.sample(frac=1.0, random_state=2))
    of_others = LONG.assign(symbol=LONG["symbol"].map(dict(zip(NAMES, NAMES[1:] + NAMES[:1], strict=True))))
    assert not known(BEGINS[label], of_others)
    assert not known(BEGINS[label], pd.concat([LONG, LONG]))  # a row twice: which of them is not known


@pytest.mark.parametrize("label", NOT_KNOWN)
def test_any_other_label_is_not(label: str) -> None:
    assert not known(NOT_KNOWN[label])


NOTEBOOK = """# %% [meta]
# id: cost
# %% [features]
import pandas as pd
from sklearn.linear_model import Ridge
prices = inputs["prices"]
close = prices.pivot(index="date", columns="symbol", values="close")
table = pd.DataFrame({"x": close.pct_change(5).stack(), "y": (LABEL).stack()}).dropna()
# %% [model]
m = Ridge().fit(table[["x"]], table["y"])
"""
CHANGES = (Change.MOVED, Change.MOVED, Change.MOVED)


@pytest.mark.parametrize(
    ("label", "more", "told"),
    [
        ("close.shift(-5) / close - 1", (), []),
        ("(close.shift(-5) / close).sub((close.shift(-5) / close).mean(axis=1), axis=0)", (Change.PAST,), []),
        ("close.shift(-3) / close.shift(2) - 1", (Change.PAST, Change.FLAT, Change.PAST_FLAT), ["NBC-E32"]),
    ],
    ids=["known by its values", "any other", "one that begins before its row"],
)
def test_another_past_is_looked_at_only_for_a_label_that_is_not_known_by_its_values(
    label: str, more: tuple[Change, ...], told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Change] = []
    calls = Again.calls

    def counted(self: Again, future: Future, **how: Any) -> object:
        made.append(future.change)
        return calls(self, future, **how)

    monkeypatch.setattr(Again, "calls", counted)
    found = looked(cells_of(NOTEBOOK.replace("LABEL", label)), {"prices": LONG}, horizon=5)
    assert tuple(made) == (*CHANGES, *more)
    assert [one.code for one in found.diagnostics] == told


def test_a_figure_is_saved_by_the_run_and_not_by_its_looks(tmp_path: Path) -> None:
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib.figure import Figure

    figure = Figure()
    figure.subplots().plot([1, 2])
    with undrawn():
        figure.tight_layout()
        figure.savefig(tmp_path / "one.png")
    assert not (tmp_path / "one.png").exists()
    figure.savefig(tmp_path / "one.png")
    assert (tmp_path / "one.png").exists()


def test_figures_of_a_look_are_not_open_after_it_and_those_of_the_run_are() -> None:
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    of_the_run = plt.figure()
    open_before = plt.get_fignums()
    with undrawn():
        figure, axes = plt.subplots()
        axes.plot([1, 2])
        assert plt.get_fignums() == [*open_before, figure.number]
    assert plt.get_fignums() == open_before
    plt.close(of_the_run)

"""Whose rows an array has is found once where a loop makes one after another, and keys that tables share are read once: what is saved is
counted, and each saving has a control in which it must not be made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fakes.leak_runs import cells_of, looked, recorded
from nbcode.leaks.futures import labels
from nbcode.leaks.lineage.calls import Lineage, Role
from nbcode.leaks.recording import travel
from nbcode.leaks.recording.frames import Scope
from nbcode.leaks.recording.travel import Travel
from nbcode.leaks.tables import keys as keys_of_tables
from nbcode.leaks.tables.keys import Levels, explicit_keys, level_keys

DAYS = pd.bdate_range("2020-01-01", periods=40, name="date")
NAMES = [f"S{n:02d}" for n in range(12)]
DRAW = np.random.default_rng(7)
CLOSE = pd.DataFrame(
    np.exp(DRAW.normal(0, 0.02, (40, 12)).cumsum(axis=0)), index=DAYS, columns=pd.Index(NAMES, name="symbol")
)
LONG = CLOSE.stack().rename("close").reset_index()

LOOP = """# %% [meta]
# id: loop
# %% [features]
import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
close = inputs["prices"].pivot(index="date", columns="symbol", values="close")
table = pd.DataFrame({"x": close.pct_change(3).stack(), "y": (close.shift(-2) / close - 1).stack()}).dropna()
days = [day for _, day in table.groupby(level="date")]
# %% [model]
for n, b in enumerate(days):
    X, y = np.column_stack([np.ones(len(b)), b["x"].to_numpy()]), b["y"].to_numpy()
    THEN
    Ridge().fit(X, y)
"""
TURNS = len(DAYS) - 5


def counted(monkeypatch: pytest.MonkeyPatch, holder: Any, name: str) -> list[Any]:
    """The first arguments, after the object, of every call of a function from now on."""
    seen: list[Any] = []
    before: Callable[..., Any] = getattr(holder, name)

    def counting(*args: Any, **keywords: Any) -> Any:
        seen.append(args)
        return before(*args, **keywords)

    monkeypatch.setattr(holder, name, counting)
    return seen


@pytest.mark.parametrize(
    ("then", "looked_for"),
    [
        ("", 1),
        ("a, b = b, days[n - 1]", 1),
        ("b = days[n - 1]", TURNS),
        ("a, c, b = (b, 0, None) if n % 2 else (0, b, None)", TURNS),
    ],
    ids=["its name", "another name", "a name of another table", "a name and another in turn"],
)
def test_the_table_of_an_array_is_looked_for_by_the_name_that_it_had(
    then: str, looked_for: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = counted(monkeypatch, Travel, "_looked_for")
    _, recorder = recorded(cells_of(LOOP.replace("THEN", then)), {"prices": LONG})
    assert len(recorder.lineage.calls) == TURNS
    assert len(seen) == looked_for
    _each_of_its_day(recorder.lineage)


def _each_of_its_day(lineage: Lineage) -> None:
    found = []
    for call in lineage.calls:
        rows = call.rows_of(Role.X)
        assert rows is not None
        assert rows.names is not None
        assert len(set(rows.names.tolist())) == len(NAMES)
        found.append(np.unique(lineage.dates[rows.sessions]).tolist())
    assert found == [[day] for day in DAYS[3:-2].to_numpy().astype("datetime64[ns]").tolist()]


def test_levels_that_parts_of_a_table_share_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    table = CLOSE.stack().to_frame("close")
    other = CLOSE.set_axis(DAYS + pd.Timedelta(days=1)).rename_axis("date").stack().to_frame("close")
    levels = Levels()
    with monkeypatch.context() as patched:
        seen = counted(patched, keys_of_tables, "dates_of")
        for _, part in table.groupby(level="date"):
            assert level_keys(part, levels) is not None
        assert len(seen) == 1
        assert level_keys(other, levels) is not None
        assert len(seen) == 2
    for one in (*(part for _, part in table.groupby(level="date")), other, table.swaplevel()):
        _are_its_own(one, levels)


def _are_its_own(table: pd.DataFrame, levels: Levels) -> None:
    """Keys that ``levels`` helps to read are those of a table with levels of its own."""
    words = level_keys(table, levels)
    fresh = level_keys(table, Levels())
    assert words is not None
    assert fresh is not None
    for one, other in zip(words, fresh, strict=True):
        assert one[0].tolist() == other[0].tolist()
        assert one[1].tolist() == other[1].tolist()


def test_levels_that_are_gone_are_not_taken_for_others() -> None:
    """An object that is made where one was has its number."""
    levels = Levels()
    for shift in range(100):
        table = CLOSE.set_axis(DAYS + pd.Timedelta(days=shift)).rename_axis("date").stack().to_frame("close")
        _are_its_own(table, levels)


def test_series_and_frames_of_one_index_have_its_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = counted(monkeypatch, travel, "explicit_keys")
    followed = Travel(Lineage())
    rows = followed.rows_of(CLOSE, Scope)
    assert rows is not None
    held = [CLOSE["S03"], CLOSE[["S01", "S02"]], CLOSE.assign(const=1.0)]
    assert all(followed.rows_of(one, Scope) is rows for one in held)
    assert len(seen) == 1


@pytest.mark.parametrize(
    "table",
    [
        CLOSE.assign(date=DAYS[::-1]),
        CLOSE["S03"].rename_axis("symbol"),
        CLOSE.rename(columns={"S03": "symbol"}),
        CLOSE.set_axis(DAYS[::-1]),
    ],
    ids=["another date", "no date", "names", "another index"],
)
def test_what_says_more_than_the_index_is_read_by_itself(table: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = counted(monkeypatch, travel, "explicit_keys")
    followed = Travel(Lineage())
    followed.rows_of(CLOSE, Scope)
    rows, keys = followed.rows_of(table, Scope), explicit_keys(table)
    assert any(one is table for one, *_ in seen)
    assert keys is None or (rows is not None and (rows.names is None) == (keys.names is None))


SAME_LABELS = """# %% [meta]
# id: labels
# %% [features]
import pandas as pd
from sklearn.linear_model import Ridge
close = inputs["prices"].pivot(index="date", columns="symbol", values="close")
table = pd.DataFrame({"x": close.pct_change(3).stack(), "y": (close.shift(-2) / close - 1).stack()}).dropna()
# %% [model]
for alpha in (1.0, 2.0, 3.0):
    m = Ridge(alpha=alpha).fit(table[["x"]], LABEL)
"""


@pytest.mark.parametrize(("label", "asked"), [("table['y']", 1), ("table['y'] * alpha", 3)])
def test_labels_are_asked_once_whether_they_begin_at_their_row(
    label: str, asked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = counted(monkeypatch, labels, "begins_at_its_row")
    looked(cells_of(SAME_LABELS.replace("LABEL", label)), {"prices": LONG}, horizon=2)
    assert len(seen) == asked

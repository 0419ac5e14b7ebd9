"""On which rows plain Python cells trained and tested: known where a call names them, else said to be unknown."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nbcode.results.plain_page import plain_page
from nbcode.results.rows import rows_used

DAYS = pd.bdate_range("2024-01-01", periods=10)
FRAME = pd.DataFrame({"a": np.arange(10.0)}, index=DAYS)
PANEL = pd.DataFrame(
    {"a": np.arange(20.0)}, index=pd.MultiIndex.from_product([["A", "B"], DAYS], names=["symbol", "date"])
)


def used(source: str, **names: object) -> list[tuple[str, int | None, str | None, str | None]]:
    return [(u.use, u.rows, u.first, u.last) for u in rows_used(names, [source])]


def test_rows_and_dates_of_what_a_call_selects() -> None:
    source = "m.fit(X.iloc[:6], y)\np = m.predict(X.iloc[6:])\ns = m.score(X=panel, y=y)"
    assert used(source, X=FRAME, panel=PANEL, y=1) == [
        ("trained", 6, "2024-01-01", "2024-01-08"),
        ("tested", 4, "2024-01-09", "2024-01-12"),
        ("tested", 20, "2024-01-01", "2024-01-12"),
    ]


def test_arrays_have_rows_and_no_dates_and_a_column_of_dates_counts() -> None:
    named = FRAME.rename_axis("date").reset_index()
    assert used("m.fit(A, y)\nm.predict(B)", A=np.zeros((7, 2)), B=named) == [
        ("trained", 7, None, None),
        ("tested", 10, "2024-01-01", "2024-01-12"),
    ]


def test_folds_are_of_all_rows() -> None:
    assert used("cross_val_score(m, X, y, cv=3)", X=FRAME) == [("tested", 10, "2024-01-01", "2024-01-12")]


def test_what_is_not_at_hand_any_more_is_unknown_and_nothing_is_called_again() -> None:
    called: list[int] = []
    source = "def f(t):\n    m.fit(t, y)\nm.predict(make())\nm.fit(missing[1])"
    assert [u[:2] for u in used(source, make=lambda: called.append(1))] == [
        ("trained", None),
        ("tested", None),
        ("trained", None),
    ]
    assert called == []


def page(**rows: object) -> str:
    found = [one.to_json() for source in rows.values() for one in rows_used({"X": FRAME}, [str(source)])]
    return plain_page({"figures": {"ic": 0.1}, "rows": found})


def test_the_page_says_the_rows_or_that_they_are_not_known() -> None:
    assert "&lt;b&gt;" in page(a="m.fit(X['<b>':], y)")
    assert "Not known: the cells call no fit" in page()
    plain = page(a="m.fit(X, y)")
    assert "2024-01-01 to 2024-01-12" in plain
    assert "Trained on 10 rows, 2024-01-01 to 2024-01-12." in plain
    assert "Tested: no call is known." in plain

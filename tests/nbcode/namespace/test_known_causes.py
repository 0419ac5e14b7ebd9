"""An error of a library is told with what its message leaves out, and without what it has too much of."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Lasso

from nbcode.namespace import diagnostic_of
from nbcode.primitives import Diagnostic

TABLE = pd.DataFrame({"mom": [1.0, 2.0], "rev": [1.0, np.nan], "y": [1.0, 2.0]})


def told(call: Callable[[], object]) -> Diagnostic:
    with pytest.raises((KeyError, ValueError), match=r".") as raised:
        call()
    return diagnostic_of(raised.value, {})


@pytest.mark.parametrize(
    "call",
    [
        lambda: TABLE["revs"],
        lambda: TABLE[["mom", "revs"]],
        lambda: TABLE.loc[:, "revs"],
        lambda: TABLE.groupby("revs"),
        lambda: TABLE.sort_values("revs"),
        lambda: TABLE.set_index("revs"),
    ],
    ids=["one", "many", "loc", "groupby", "sort_values", "set_index"],
)
def test_a_column_that_is_not_there_is_told_with_those_that_are_and_the_nearest(call) -> None:
    found = told(call)
    assert (found.code, found.message) == ("NBC-H01", "the cell raised KeyError")
    assert found.cause == "'revs' is no column of the table, which has mom, rev, y"
    assert found.fix_titles == ("write 'rev'",)


def test_where_none_is_near_none_is_offered() -> None:
    assert told(lambda: TABLE["sharpe_ratio"]).fix_titles == (
        "write one of them, or compute it in a tagged cell above",
    )


@pytest.mark.parametrize(
    "call",
    [
        lambda: {}["revs"],
        lambda: TABLE.loc["revs"],
        lambda: TABLE.loc[["revs"]],
        lambda: TABLE.drop("revs"),
        lambda: TABLE.apply(lambda row: row["revs"], axis=1),
        lambda: TABLE.apply(lambda row: {}["revs"], axis=1),
        lambda: TABLE.mom["revs"],
    ],
    ids=["dict", "row", "rows", "drop", "of a row", "dict within", "series"],
)
def test_a_key_that_is_no_column_is_left_as_it_is(call) -> None:
    found = told(call)
    assert "is no column" not in (found.cause or "")
    assert "revs" in (found.cause or "")


def test_a_nan_that_a_model_does_not_take_is_two_sentences() -> None:
    found = told(lambda: Lasso().fit(TABLE[["mom", "rev"]], TABLE.y))
    assert found.cause == "Input X contains NaN. Lasso does not accept missing values"
    assert len(found.fixes) == 1
    other = told(lambda: Lasso().fit(TABLE[["mom"]][:1], TABLE.y))
    assert "inconsistent numbers of samples" in (other.cause or "")  # the control

"""Keys that the levels of an index have are those that they have at full length."""

import numpy as np
import pandas as pd
import pytest

from nbcode.leaks.tables.keys import Levels, explicit_keys, level_keys

DAYS = pd.bdate_range("2020-01-01", periods=50, name="date")
NAMES = pd.Index(list("CABDE"), name="symbol")
TABLE = pd.DataFrame(
    np.random.default_rng(1).random((250, 2)),
    index=pd.MultiIndex.from_product([DAYS, NAMES]),
    columns=["x", "y"],
)


@pytest.mark.parametrize(
    "table",
    [
        TABLE,
        TABLE["x"],
        TABLE.iloc[41:93],
        TABLE.swaplevel().sort_index(),
        TABLE.sample(frac=0.3, random_state=1),
        TABLE.tz_localize("UTC", level="date"),
        TABLE.set_index(TABLE.index.remove_unused_levels().set_levels(NAMES.astype("category"), level=1)),
    ],
    ids=["frame", "series", "part", "by name", "sample", "zone", "category"],
)
def test_dates_and_names_are_the_same(table: pd.DataFrame) -> None:
    keys, words = explicit_keys(table), level_keys(table, Levels())
    assert keys is not None
    assert keys.names is not None
    assert keys.stamps is None
    assert words is not None
    (days, at), (names, of) = words
    assert np.array_equal(days[at], keys.dates)
    assert np.array_equal(names[of], keys.names)
    assert np.array_equal(days, np.unique(keys.dates))
    assert np.array_equal(names, np.unique(keys.names))


@pytest.mark.parametrize(
    "table",
    [
        TABLE.reset_index(),
        TABLE.iloc[:0],
        TABLE.assign(filed=pd.Timestamp("2020-01-01")),
        TABLE.assign(name="a"),
        TABLE.rename_axis(["date", "group"]),
        TABLE.rename_axis(["symbol", "symbol"]),
        TABLE.set_index(pd.MultiIndex.from_arrays([[None, *DAYS[:1]] * 125, list(NAMES) * 50], names=["date", "symbol"])),
    ],
    ids=["columns", "empty", "another date", "another name", "no name", "two names", "no date"],
)  # fmt: skip
def test_what_says_more_is_read_at_full_length(table: pd.DataFrame) -> None:
    assert level_keys(table, Levels()) is None

"""The real S&P panel of ../shared/data, for tests that need one; they are skipped, and counted, where it is not there."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

DATA = Path(__file__).parents[3] / "shared" / "data"
PRICES = DATA / "sp500_daily_2013_2018.parquet"
REFERENCE = DATA / "sp500_reference_2018_02_08.csv"
DERIVE = {"shares_outstanding": "market_cap_usd / price_usd"}
SEED = DATA.parent / "examples" / "xsmom_v3.py"

needs_sp500 = pytest.mark.skipif(not PRICES.exists(), reason="the S&P panel is not beside the checkout")


@cache
def panel():
    from alpha_bench.describe import read_panel

    return read_panel(PRICES, REFERENCE, DERIVE)

# ruff: noqa: ARG002 - zipline calls compute with today and the assets
"""The twenty features by zipline-reloaded's pipeline, from frames in memory. Usage: features_zipline.py SESSIONS ASSETS.

Run in an environment of its own (``make bench-peers``). Prints the milliseconds of ``run_pipeline`` alone: neither the asset
database nor the frames are counted. Its columns come as one long frame, for every asset and session from the longest look-back on.
"""

from __future__ import annotations

import sys
import time
import warnings

import numpy as np
import pandas as pd

warnings.simplefilter("ignore")

from exchange_calendars import get_calendar  # noqa: E402
from sqlalchemy import create_engine  # noqa: E402
from zipline.assets import AssetDBWriter, AssetFinder  # noqa: E402
from zipline.pipeline import CustomFactor, Pipeline, SimplePipelineEngine  # noqa: E402
from zipline.pipeline.data import Column, DataSet  # noqa: E402
from zipline.pipeline.domain import US_EQUITIES  # noqa: E402
from zipline.pipeline.factors import Returns, SimpleMovingAverage  # noqa: E402
from zipline.pipeline.loaders.frame import DataFrameLoader  # noqa: E402

LONGEST = 127


class Daily(DataSet):
    close = Column(float)
    volume = Column(float)


class Deviation(CustomFactor):
    def compute(self, today, assets, out, x):
        out[:] = x.std(axis=0, ddof=1)


class Score(CustomFactor):
    def compute(self, today, assets, out, x):
        out[:] = (x[-1] - x.mean(axis=0)) / x.std(axis=0, ddof=1)


class Mean(CustomFactor):
    def compute(self, today, assets, out, x):
        out[:] = x.mean(axis=0)


class Greatest(CustomFactor):
    def compute(self, today, assets, out, x):
        out[:] = x.max(axis=0)


class Least(CustomFactor):
    def compute(self, today, assets, out, x):
        out[:] = x.min(axis=0)


class Momentum(CustomFactor):
    window_length = LONGEST

    def compute(self, today, assets, out, x):
        out[:] = x[-22] / x[0] - 1


class DollarVolume(CustomFactor):
    window_length = 20

    def compute(self, today, assets, out, close, volume):
        out[:] = (close * volume).mean(axis=0)


class Illiquidity(CustomFactor):
    window_length = 21

    def compute(self, today, assets, out, close, volume):
        out[:] = (np.abs(close[1:] / close[:-1] - 1) / (close[1:] * volume[1:])).mean(axis=0)


def pipeline() -> Pipeline:
    close, volume = Daily.close, Daily.volume

    def ret(days):
        return Returns(inputs=[close], window_length=days + 1)

    ret_1, ret_5, ret_20, ret_60 = ret(1), ret(5), ret(20), ret(60)
    for factor in (ret_1, ret_5, ret_20, ret_60):
        factor.window_safe = True
    vol_20 = Deviation(inputs=[ret_1], window_length=20)
    vol_60 = Deviation(inputs=[ret_1], window_length=60)
    surge = volume.latest / Mean(inputs=[volume], window_length=20)
    return Pipeline(
        {
            "ret_5": ret_5,
            "ret_20": ret_20,
            "ret_60": ret_60,
            "mom": Momentum(inputs=[close]),
            "vol_20": vol_20,
            "vol_60": vol_60,
            "close_z": Score(inputs=[close], window_length=20),
            "volume_z": Score(inputs=[volume], window_length=60),
            "trend": close.latest / SimpleMovingAverage(inputs=[close], window_length=50) - 1,
            "from_high": close.latest / Greatest(inputs=[close], window_length=126),
            "low_share": Least(inputs=[close], window_length=60) / close.latest,
            "dollars": DollarVolume(inputs=[close, volume]),
            "surge": surge,
            "rank_ret": ret_20.rank(),
            "rank_vol": vol_20.rank(),
            "z_ret": ret_60.zscore(),
            "z_surge": surge.zscore(),
            "rank_sharpe": (ret_60 / vol_60).rank(),
            "excess": ret_5.demean(),
            "illiquidity": Illiquidity(inputs=[close, volume]),
        },
        domain=US_EQUITIES,
    )


def main(sessions: int, assets: int) -> None:
    calendar = get_calendar("XNYS", start="2008-01-02", end="2019-12-31")
    days = calendar.sessions[:sessions]
    equities = pd.DataFrame(
        {
            "symbol": [f"A{n:05d}" for n in range(assets)],
            "start_date": days[0],
            "end_date": days[-1] + pd.Timedelta(days=30),
            "exchange": "NYSE",
        },
        index=range(assets),
    )
    exchanges = pd.DataFrame([{"exchange": "NYSE", "canonical_name": "NYSE", "country_code": "US"}])
    database = create_engine("sqlite://")
    AssetDBWriter(database).write(equities=equities, exchanges=exchanges)
    rng = np.random.default_rng(0)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.02, (sessions, assets)), axis=0))
    volume = rng.lognormal(10, 1, (sessions, assets))
    loaders = {
        column.unspecialize(): DataFrameLoader(column, pd.DataFrame(x, index=days, columns=range(assets)))
        for column, x in ((Daily.close, close), (Daily.volume, volume))
    }
    engine = SimplePipelineEngine(lambda column: loaders[column.unspecialize()], AssetFinder(database))
    wanted = pipeline()
    start = time.perf_counter()
    result = engine.run_pipeline(wanted, days[LONGEST], days[-1])
    seconds = time.perf_counter() - start
    print(f"{seconds * 1e3:9.1f} ms   (once; {len(result):,} rows, from the longest look-back on)")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

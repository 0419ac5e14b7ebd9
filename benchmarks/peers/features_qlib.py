"""The twenty features by qlib: its expressions for the time series, pandas by date on its frame for the cross-sections.

Usage: features_qlib.py SESSIONS ASSETS, in an environment of its own (``make bench-peers``). Prints the milliseconds of asking for
the features; writing its binary files and its initialisation are not counted, and its caches are off.
"""

from __future__ import annotations

import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

warnings.simplefilter("ignore")

RET = "($close/Ref($close,1)-1)"
SERIES = {
    "ret_5": "$close/Ref($close,5)-1",
    "ret_20": "$close/Ref($close,20)-1",
    "ret_60": "$close/Ref($close,60)-1",
    "mom": "Ref($close,21)/Ref($close,126)-1",
    "vol_20": f"Std({RET},20)",
    "vol_60": f"Std({RET},60)",
    "close_z": "($close-Mean($close,20))/Std($close,20)",
    "volume_z": "($volume-Mean($volume,60))/Std($volume,60)",
    "trend": "$close/Mean($close,50)-1",
    "from_high": "$close/Max($close,126)",
    "low_share": "Min($close,60)/$close",
    "dollars": "Mean($close*$volume,20)",
    "surge": "$volume/Mean($volume,20)",
    "illiquidity": f"Mean(Abs({RET})/($close*$volume),20)",
}


def write(directory: Path, sessions: int, assets: int) -> tuple[str, str]:
    """qlib's own layout: a calendar, a list of instruments, and a file of 32-bit numbers an instrument and field."""
    days = pd.bdate_range("2008-01-02", periods=sessions).strftime("%Y-%m-%d")
    names = [f"a{n:05d}" for n in range(assets)]
    for folder in ("calendars", "instruments", "features"):
        (directory / folder).mkdir(parents=True)
    (directory / "calendars" / "day.txt").write_text("\n".join(days) + "\n")
    (directory / "instruments" / "all.txt").write_text(
        "".join(f"{name.upper()}\t{days[0]}\t{days[-1]}\n" for name in names)
    )
    rng = np.random.default_rng(0)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.02, (sessions, assets)), axis=0))
    volume = rng.lognormal(10, 1, (sessions, assets))
    for n, name in enumerate(names):
        (directory / "features" / name).mkdir()
        for field, values in (("close", close), ("volume", volume)):
            column = np.concatenate([[0.0], values[:, n]]).astype("<f4")
            column.tofile(directory / "features" / name / f"{field}.day.bin")
    return days[0], days[-1]


def main(sessions: int, assets: int) -> None:
    import qlib
    from qlib.data import D

    with tempfile.TemporaryDirectory() as directory:
        first, last = write(Path(directory), sessions, assets)
        qlib.init(
            provider_uri=directory, expression_cache=None, dataset_cache=None, kernels=2, logging_level=40
        )
        start = time.perf_counter()
        frame = D.features(
            D.instruments("all"), list(SERIES.values()), start_time=first, end_time=last, freq="day"
        )
        frame.columns = list(SERIES)
        series_s = time.perf_counter() - start
        days = frame.index.get_level_values("datetime")

        def rank(x: pd.Series) -> pd.Series:
            return x.groupby(days).rank(pct=True)

        def centred(x: pd.Series) -> pd.Series:
            return x - x.groupby(days).transform("mean")

        frame["rank_ret"] = rank(frame["ret_20"])
        frame["rank_vol"] = rank(frame["vol_20"])
        frame["z_ret"] = centred(frame["ret_60"]) / frame["ret_60"].groupby(days).transform("std")
        frame["z_surge"] = centred(frame["surge"]) / frame["surge"].groupby(days).transform("std")
        frame["rank_sharpe"] = rank(frame["ret_60"] / frame["vol_60"])
        frame["excess"] = centred(frame["ret_5"])
        seconds = time.perf_counter() - start
        print(
            f"{seconds * 1e3:9.1f} ms   (once, float32; time series {series_s * 1e3:.0f} ms; {len(frame):,} rows)"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

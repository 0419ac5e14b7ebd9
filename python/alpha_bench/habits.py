"""What people write by habit of pandas and scikit-learn, and what it is called here."""

from __future__ import annotations

import sys

HABITS = {
    "rolling": "ts.mean(x, 20), ts.std(x, 20), ts.sum(x, 20), ... are the rolling operators",
    "shift": "x.lag(1) is yesterday's value; there is no way to read tomorrow's",
    "pct_change": "features.ret(20, x) is the return over 20 sessions",
    "diff": "x.delta(1) is the change since yesterday",
    "rank": "cs.rank(x) ranks the assets of each session",
    "mean": "ts.mean(x, 20) over time, or cs.demean(x) across assets",
    "std": "ts.std(x, 20) over time, or cs.zscore(x) across assets",
    "values": "x.to_frame().to_numpy() has the numbers",
    "fillna": "missing values stay missing; a model leaves out the rows",
    "bfill": "filling backward reads the future",
    "ffill": "missing values stay missing; a model leaves out the rows",
}
"""Methods of a pandas series that expressions do not have, and the way to say it."""


def way_to_values() -> str:
    """What to do where numbers were asked of an expression; inside scikit-learn's own ``fit`` another thing is meant."""
    frame = sys._getframe(1)  # noqa: SLF001 - the only way to know who asked
    while frame.f_back is not None:
        frame = frame.f_back
        if str(frame.f_globals.get("__name__")).startswith("sklearn."):
            return (
                "scikit-learn's own fit takes numbers: Ridge, Lasso, ElasticNet and OLS are here without an import, "
                "any other is written estimator(HistGradientBoostingRegressor()).fit(X=[...], y=fwd_ret_10d)"
            )
    return "x.to_frame() has the values"

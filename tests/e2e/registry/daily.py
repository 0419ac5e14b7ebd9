"""A small model and its market, which a clean run is done with soon: 30 names, 300 sessions and more, one feature."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from acceptance.project import trusted
from e2e.registry.servers import Server

DAYS = pd.bdate_range("2023-01-02", periods=310)
FIRST = 300
MODEL = "daily"
NOTEBOOK = """# %% [meta]
# id: daily
# kind: model
# horizon: 5d
# owner: me
# %% [features]
r = features.ret(window=5)
# %% [model]
m = Ridge().fit(X=[r], y=fwd_ret_5d)
# %% [eval]
report = walk_forward(m, embargo="5d", folds="3")
"""


def day(number: int) -> str:
    return DAYS[number].date().isoformat()


def market(folder: Path, last: int = FIRST) -> None:
    """Write ``prices.csv``, up to session ``last``."""
    walks = np.cumprod(1 + np.random.default_rng(7).normal(0, 0.01, (len(DAYS), 30)), axis=0)
    table = pd.DataFrame(walks, index=DAYS, columns=[f"N{n:02}" for n in range(30)]).iloc[: last + 1]
    long = table.rename_axis(index="date", columns="symbol").stack().rename("close")
    long.reset_index().to_csv(folder / "prices.csv", index=False)


def project(folder: Path, server: Server) -> Path:
    """Somebody's own folder with the notebook and the market, whose registry is ``server``."""
    folder.mkdir()
    market(folder)
    (folder / "n.py").write_text(NOTEBOOK)
    config = f'[registry]\nuri = "{server.uri}"\n[data.market]\nprices = "prices.csv"\n'
    (folder / "nbcode.toml").write_text(config)
    return trusted(folder)

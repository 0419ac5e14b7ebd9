"""A project whose inputs are pinned as they were on a day."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from nbcode.configuration import Config, DatasetConfig, TableLayout, Workspace
from nbcode.inputs import PinnedInput, Pinning, Role, pin_inputs
from nbcode.notebook import Meta
from nbcode.primitives import Diagnostic, errors_of

META = Meta(id="xsmom_v3", kind="model", horizon="10d", horizon_sessions=10, owner="team")
DAYS = [day.date() for day in pd.bdate_range("2024-01-01", periods=40)]
AS_OF = DAYS[20].isoformat()


def frame(days: int, names: tuple[str, ...] = ("A", "B", "C")) -> pd.DataFrame:
    rows = [(day, name, n + len(name)) for n, day in enumerate(DAYS[:days]) for name in names]
    return pd.DataFrame(rows, columns=["date", "symbol", "close"]).astype({"close": float})


class Project:
    """A project whose prices are in ``prices.parquet`` or ``prices.csv``."""

    def __init__(self, root: Path, layout: TableLayout | None = None, date: str = "date") -> None:
        self.root, self.layout, self.date = root, layout, date
        self.calendar = ""

    def pin(self, prices: str, *inputs: tuple[str, str], as_of: str | None = AS_OF) -> Pinning:
        dataset = DatasetConfig(
            name="prices",
            prices=self.root / prices,
            prices_uri=prices,
            date_column=self.date,
            layout=self.layout,
            calendar=self.calendar,
        )
        config = Config(datasets=(dataset,), defaults_data="prices", path=self.root / "nbcode.toml")
        workspace = Workspace(root=self.root, store=self.root / ".nbcode", config=config)
        meta = Meta(**{**{f: getattr(META, f) for f in META.__slots__}, "inputs": inputs, "as_of": as_of})
        return pin_inputs(workspace, meta, tables=())

    def prices(self, name: str) -> PinnedInput:
        found = self.pin(name)
        assert errors_of(found.diagnostics) == ()
        return next(one for one in found.inputs if one.role is Role.PRICES)

    def refused(self, *inputs: tuple[str, str]) -> Diagnostic:
        (found,) = errors_of(self.pin("prices.csv", *inputs).diagnostics)
        return found

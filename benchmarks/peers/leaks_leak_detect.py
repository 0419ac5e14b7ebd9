"""What leak-detect says of the function that makes the features, made.json of each folder below FOLDER.

Usage: leaks_leak_detect.py FOLDER DATA, in an environment of its own (``make leak-peers``); DATA holds the inputs as CSV. It asks for a function from
one table to one table with a row for each of its rows. So the cells that make the features are that function: their ``dropna``
drops nothing, and rows are put back into the order of dates. Only missing values are tried (its complex numbers need an older numpy).
Prints JSON: folder -> columns that leak, null where it could not look.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import tempfile
import warnings
from pathlib import Path

import pandas as pd
from leak_detect.base import detect_vertical_leakage


def said(folder: Path, data: Path) -> list[str] | None:
    made = json.loads((folder / "made.json").read_text())
    table = pd.read_csv(data / f"{made['inputs'][0]}.csv")
    keys = [k for k in ("date", "symbol") if k in table]
    if not made["columns"] or "date" not in keys or table.duplicated(keys).any():
        return None
    table = table.sort_values(keys).reset_index(drop=True)
    numbers = list(table.select_dtypes("number"))
    with tempfile.TemporaryDirectory() as work, contextlib.redirect_stdout(io.StringIO()) as words:
        for one in data.glob("*.csv"):
            (Path(work) / one.name).symlink_to(one)
        os.chdir(work)

        def create(given: pd.DataFrame) -> pd.DataFrame:
            return features(given, made, keys)

        try:
            leaks = detect_vertical_leakage(create, table, numbers, made["columns"], only_nan=True)
        except Exception:
            return None
    if "aren't reliable" in words.getvalue():
        return None
    return ["vertical leakage"] if leaks else []


def features(given: pd.DataFrame, made: dict, keys: list[str]) -> pd.DataFrame:
    """The table that the cells make of ``given``, a row for each of its rows."""
    path, dropna = Path(f"{made['inputs'][0]}.csv"), pd.DataFrame.dropna
    path.unlink()
    given.to_csv(path, index=False)
    names: dict[str, object] = {"inputs": {n: pd.read_csv(f"{n}.csv") for n in made["inputs"]}}
    pd.DataFrame.dropna = lambda frame, *_, **__: frame
    try:
        exec(made["makes"], names)
    finally:
        pd.DataFrame.dropna = dropna
    wanted = {*keys, *made["columns"]}
    frames = [f for f in names.values() if isinstance(f, pd.DataFrame) and wanted <= set(f.columns)]
    whole = max(frames, key=len)[[*keys, *made["columns"]]]
    whole = whole.assign(date=pd.to_datetime(whole["date"]))
    order = given[keys].assign(date=pd.to_datetime(given["date"]))
    return order.merge(whole, on=keys, how="left")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    given = Path(sys.argv[1]).resolve()
    print(json.dumps({one.name: said(one, Path(sys.argv[2]).resolve()) for one in sorted(given.iterdir())}))

"""What leaklint says of train.csv and test.csv of each folder below FOLDER, with its defaults; of dates where they are there.

Usage: leaks_leaklint.py FOLDER, in an environment of its own (``make leak-peers``). Prints JSON: folder -> detectors, null where it had nothing
to look at. A finding counts from "medium" on, as in its ``report.clean``.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import pandas as pd
from leaklint import detect_leakage


def said(folder: Path) -> list[str] | None:
    if not (folder / "train.csv").exists():
        return None
    train = pd.read_csv(folder / "train.csv")
    test = pd.read_csv(folder / "test.csv") if (folder / "test.csv").exists() else None
    X = [c for c in train if c not in {"y", "time"}]
    given = {}
    if test is not None:
        given = {"X_test": test[X], "y_test": test.get("y")}
        if "time" in train and "time" in test:
            given |= {"time_train": pd.to_datetime(train["time"]), "time_test": pd.to_datetime(test["time"])}
    try:
        report = detect_leakage(train[X], train["y"], **given)
    except Exception as error:
        return [] if isinstance(error, ImportError) else None
    return sorted({f.detector for f in report.findings if f.severity in {"high", "medium"}})


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(json.dumps({one.name: said(one) for one in sorted(Path(sys.argv[1]).iterdir())}))

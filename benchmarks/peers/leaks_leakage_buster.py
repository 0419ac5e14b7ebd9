"""What leakage-buster says of train.csv of each folder below FOLDER, with its defaults.

Usage: leaks_leakage_buster.py FOLDER, in an environment of its own (``make leak-peers``). Prints JSON: folder -> names of risks, null where it
had nothing to look at. A risk counts from "medium" on.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import warnings
from pathlib import Path

import pandas as pd
from leakage_buster.api import audit


def said(folder: Path) -> list[str] | None:
    if not (folder / "train.csv").exists():
        return None
    train = pd.read_csv(folder / "train.csv")
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            result = audit(train, "y", time_col="time" if "time" in train else None)
    except Exception:
        return None
    return sorted({str(r.get("name")) for r in result.risks if r.get("severity") in {"high", "medium"}})


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(json.dumps({one.name: said(one) for one in sorted(Path(sys.argv[1]).iterdir())}))

"""What the peers are given of a notebook: the rows that it last learnt from and last predicted, with label and date where those
can be followed, and what makes its table of features. The peers look at tables; none reads or runs a notebook."""

from __future__ import annotations

import contextlib
import io
import json
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pandas as pd

from fakes.leak_runs import cells_of
from leak_pairs.judging import at_work
from leak_pairs.pairs import PARTS, Pair, Part

_LEARNS = {"fit": ("X", "y"), "partial_fit": ("X", "y")}
_NATIVE = {"Dataset": ("data", "label"), "DMatrix": ("data", "label"), "OLS": ("exog", "endog")}
_PREDICTS = {"predict": ("X", "data", "exog"), "predict_proba": ("X",), "staged_predict": ("X",)}
_WRAPPERS = {"wrapper", "inner", "inner_f"}
_DATES = ("date", "day", "month")


@dataclass
class Calls:
    """The last arguments of calls that cells made."""

    train: tuple[Any, Any] | None = None
    test: Any = None
    _files: frozenset[str] = field(default_factory=frozenset)

    def see(self, frame: FrameType, event: str, _argument: object) -> None:
        if event != "call":
            return
        name, there = frame.f_code.co_name, frame.f_locals
        if name not in _LEARNS and name not in _PREDICTS and name != "__init__":
            return
        if not self._of_a_cell(frame):
            return
        pair = _LEARNS.get(name) or _NATIVE.get(type(there.get("self")).__name__)
        if name in _PREDICTS:
            given = next((there[n] for n in _PREDICTS[name] if there.get(n) is not None), None)
            self.test = given if isinstance(given, pd.DataFrame | np.ndarray) else self.test
            return
        if pair is None or not all(_is_table(there.get(n)) for n in pair):
            return
        if name in _LEARNS or self.train is None:
            self.train = (there[pair[0]], there[pair[1]])

    def _of_a_cell(self, frame: FrameType) -> bool:
        """Called by a cell, or by a wrapper that a cell called."""
        one = frame.f_back
        while one is not None and one.f_code.co_name in _WRAPPERS:
            one = one.f_back
        return one is not None and one.f_code.co_filename in self._files


def _is_table(value: object) -> bool:
    return isinstance(value, pd.DataFrame | pd.Series | np.ndarray)


@contextlib.contextmanager
def _seen(files: frozenset[str]) -> Iterator[Calls]:
    calls, before = Calls(_files=files), sys.getprofile()
    sys.setprofile(calls.see)
    try:
        yield calls
    finally:
        sys.setprofile(before)


def hand_all_over(pairs: Iterable[Pair], folder: Path) -> None:
    """A folder NAME.PART for each part of each pair, below ``folder``."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        for pair in pairs:
            for part in PARTS:
                hand_over(pair, part, folder / f"{pair.name}.{part}")


def hand_over(pair: Pair, part: Part, folder: Path) -> None:
    """Write ``train.csv``, ``test.csv`` (columns of X, ``y``, ``time``) and ``made.json``; what cannot be followed is left out."""
    cells = cells_of(pair.text(part))
    with at_work():
        namespace: dict[str, Any] = {"__name__": "__main__"}
        namespace["inputs"] = {name: pd.read_csv(f"{name}.csv") for name in pair.inputs()}
        with _seen(frozenset(cell.file for cell in cells)) as calls:
            for cell in cells:
                exec(compile(cell.source, cell.file, "exec"), namespace)
    folder.mkdir(parents=True)
    columns: list[str] = []
    if calls.train is not None:
        train = _rows(*calls.train, namespace)
        columns = [c for c in train if c not in {"y", "time"}]
        train.to_csv(folder / "train.csv", index=False)
        label = getattr(calls.train[1], "name", None)
        if calls.test is not None and np.shape(calls.test)[-1] == len(columns):
            _rows(calls.test, label, namespace).to_csv(folder / "test.csv", index=False)
    makes = "\n".join(cell.source for cell in cells if cell.tag in {"setup", "features"})
    (folder / "made.json").write_text(
        json.dumps({"makes": makes, "columns": columns, "inputs": pair.inputs()})
    )


def _rows(X: Any, y: Any, namespace: Mapping[str, Any]) -> pd.DataFrame:
    """``y`` is the label, or its name where it is to be looked up in the frame that the rows are of."""
    table = pd.DataFrame(X)
    table.columns = [str(c) for c in table.columns]
    home = _home(table, namespace)
    if _is_table(y):
        table = table.assign(y=np.asarray(y).ravel())
    elif home is not None and y in home:
        table = table.assign(y=home.loc[table.index, y])
    date = next((d for d in _DATES if home is not None and d in home), None)
    return table if date is None or home is None else table.assign(time=home.loc[table.index, date])


def _home(table: pd.DataFrame, namespace: Mapping[str, Any]) -> pd.DataFrame | None:
    """The frame of the notebook, with a column of dates, that the rows are of."""
    frames = [f for f in namespace.values() if isinstance(f, pd.DataFrame) and set(_DATES) & set(f.columns)]
    return next((f for f in frames if _holds(f, table)), None)


def _holds(frame: pd.DataFrame, table: pd.DataFrame) -> bool:
    columns = list(table.columns)
    if not frame.index.is_unique or not set(columns) <= set(frame.columns):
        return False
    if not table.index.isin(frame.index).all():
        return False
    return np.array_equal(frame.loc[table.index, columns].to_numpy(), table.to_numpy())

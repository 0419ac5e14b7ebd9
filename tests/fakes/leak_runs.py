"""Cells of plain Python, run as a clean run runs them: recorded, and looked at when they have ended."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from alpha_bench.describe import Session
from nbcode.leaks import Look, Recorder
from nbcode.leaks.futures.again import reseed
from nbcode.leaks.probe import find_leaks
from nbcode.namespace import Code, cell_file
from nbcode.notebook import parse_notebook

PROMOTED = frozenset({"setup", "features", "model", "eval"})


def cells_of(source: str) -> tuple[Code, ...]:
    """The promoted cells of a percent notebook."""
    reading = parse_notebook(source.encode(), "notebook.py")
    assert reading.notebook is not None, reading
    return tuple(
        Code(tag=c.tag, index=c.index, file=cell_file(c.index, c.tag), source=c.source)
        for c in reading.notebook.cells
        if c.tag in PROMOTED
    )


def begin(namespace: dict[str, object], inputs: Mapping[str, pd.DataFrame], _panel: object = None) -> None:
    """Give the cells the platform's names, and their inputs."""
    namespace.update(Session(panel=None, inputs={}, paths={}).names())
    namespace["inputs"] = {name: frame.copy() for name, frame in inputs.items()}


def recorded(
    cells: Sequence[Code],
    inputs: Mapping[str, pd.DataFrame],
    *,
    record: bool = True,
    signal: str = "",
    complete: bool = True,
) -> tuple[dict[str, Any], Recorder]:
    """What the cells leave, and what recorded them; it has nothing where nothing is recorded. ``complete``: nothing may be lost."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    begin(namespace, inputs)
    recorder = Recorder(cells, asked={"report": "report"} | ({"signal": signal} if signal else {}))
    reseed()
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        with recorder if record else contextlib.nullcontext():
            for cell in cells:
                exec(compile(cell.source, cell.file, "exec"), namespace)
            recorder.ends(namespace, namespace.get("report"))
    assert not (complete and recorder.lineage.lost), recorder.lineage.lost
    return namespace, recorder


def looked(
    cells: Sequence[Code],
    inputs: Mapping[str, pd.DataFrame],
    *,
    horizon: int = 10,
    record: bool = True,
    signal: str = "",
    start: Callable[..., None] = begin,
    **more: Any,
) -> Look:
    """What the end of a clean run of ``cells`` comes to; with the recorder off where ``record`` says so."""
    _, recorder = recorded(cells, inputs, record=record, signal=signal)
    return find_leaks(cells, inputs, start, recorder=recorder, horizon=horizon, signal=signal, **more)

"""What is told of a notebook: by reading it (`nbcode check`) and at the end of a clean run, both in this process."""

from __future__ import annotations

import contextlib
import io
import linecache
import re
import sys
import types
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import lightgbm  # noqa: F401 - libraries are there before the first run, so that each run finds them in the same state
import pandas as pd
import sklearn.model_selection  # noqa: F401
import statsmodels.api  # noqa: F401
import xgboost  # noqa: F401

import alpha_bench as ab
from alpha_bench.reporting.foresight import look_ahead
from fakes.leak_runs import begin, cells_of, recorded
from leak_pairs.files import FILES, write
from leak_pairs.pairs import OWN, Pair, Part
from nbcode.cells import analyse
from nbcode.leaks import Built, JudgedBefore, Look, Obstacle, Recorder, not_looked_at
from nbcode.leaks.judged.definition_look import look_at_definition
from nbcode.leaks.probe import find_leaks
from nbcode.leaks.recording.judged_before import heard
from nbcode.namespace import Code
from nbcode.notebook import parse_notebook
from nbcode.primitives import Verdict
from nbcode.results import Found, defined

READ = {"D20", "D29", "D30", "D31", "E18"}
"""Codes of `nbcode check` that speak of a leak. At the end of a run each finding does; of alpha_bench each refusal, since a twin
differs in the leak alone."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """The codes that were told of one part; its figure, None where it was refused before there was one; and why no clean run's look
    was made, where it was not."""

    codes: tuple[str, ...]
    figure: float | None
    not_looked_at: str = ""


@cache
def judged(pair: Pair, part: Part) -> Judged:
    with at_work() as folder, warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        return _own(pair, part, folder) if pair.language == OWN else _plain(pair, part)


@cache
def figure(pair: Pair, part: Part) -> float | None:
    """What the notebook reports, with nothing looked at."""
    if pair.language == OWN:
        return judged(pair, part).figure
    with at_work(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        inputs = {name: pd.read_csv(f"{name}.csv") for name in pair.inputs()}
        namespace, _ = recorded(cells_of(pair.text(part)), inputs, record=False)
        return _first(namespace)


def _first(namespace: Mapping[str, Any]) -> float:
    return float(next(iter(namespace["report"].values())))


@contextlib.contextmanager
def at_work() -> Iterator[Path]:
    """A folder with every file, as the working directory."""
    with TemporaryDirectory() as folder, contextlib.chdir(folder):
        for name in FILES:
            Path(f"{name}.csv").symlink_to(_made(name))
        yield Path(folder)


@cache
def _folder() -> TemporaryDirectory[str]:
    return TemporaryDirectory()


@cache
def _made(name: str) -> Path:
    folder = Path(_folder().name)
    write(folder, name)
    return folder / f"{name}.csv"


def _read(text: str) -> set[str]:
    notebook = parse_notebook(text.encode(), "notebook.py").notebook
    assert notebook is not None
    return {d.code.removeprefix("NBC-") for d in analyse(notebook).diagnostics} & READ


def _begin(namespace: dict[str, Any], frames: Mapping[str, pd.DataFrame], _panel: object = None) -> None:
    """Puts the inputs where cells find them: by name, and by path."""
    begin(namespace, frames)
    for name, frame in frames.items():
        Path(f"{name}.csv").unlink()
        frame.to_csv(f"{name}.csv", index=False)


def _plain(pair: Pair, part: Part) -> Judged:
    text = pair.text(part)
    cells, inputs = cells_of(text), {name: pd.read_csv(f"{name}.csv") for name in pair.inputs()}
    namespace, recorder = recorded(cells, inputs, signal=pair.signal())
    look = _looked(pair, cells, inputs, recorder)
    found = {d.code.removeprefix("NBC-") for d in look.diagnostics if look.ahead.verdict is Verdict.FOUND}
    return Judged(
        codes=tuple(sorted(_read(text) | found)),
        figure=_first(namespace),
        not_looked_at=look.ahead.because if look.ahead.verdict is Verdict.NOT_LOOKED_AT else "",
    )


def _looked(
    pair: Pair, cells: tuple[Code, ...], inputs: Mapping[str, pd.DataFrame], recorder: Recorder
) -> Look:
    """The look at the end of a clean run; where the probe itself raises there is none, as there."""
    try:
        return find_leaks(
            cells, inputs, _begin, recorder=recorder, horizon=pair.horizon(), signal=pair.signal()
        )
    except Exception as error:
        return not_looked_at(Obstacle(cause=f"the leak probe raised {type(error).__name__}", fix=""))


def _own(pair: Pair, part: Part, folder: Path) -> Judged:
    """Run as a module of its own, so that constants are followed as they are in a file."""
    name, reference = pair.panel(part)
    panel = ab.use(ab.Panel.of(f"{name}.csv", reference=None if reference is None else f"{reference}.csv"))
    file = folder / f"{pair.name}_{part}.py"
    file.write_text(pair.text(part))
    module = types.ModuleType(file.stem)
    module.__file__ = str(file)
    sys.modules[file.stem] = module
    codes: tuple[str, ...] = ()
    not_looked = ""
    try:
        with heard() as judged:
            exec(compile(file.read_text(), str(file), "exec"), module.__dict__)
        look = _looked_at_own(pair.text(part), file, module, judged, panel)
        not_looked = look.ahead.because if look.ahead.verdict is Verdict.NOT_LOOKED_AT else ""
        found = [d.code.removeprefix("NBC-") for d in look.diagnostics if look.ahead.verdict is Verdict.FOUND]
        codes = tuple(sorted({*found, *_of_the_report(module)}))
    except ab.AlphaBenchError as error:
        codes = (error.code,)
    finally:
        del sys.modules[file.stem]
        linecache.clearcache()
    return Judged(codes=codes, figure=_figure(pair, module), not_looked_at=not_looked)


def _looked_at_own(
    text: str, file: Path, module: types.ModuleType, judged: JudgedBefore, panel: ab.Panel
) -> Look:
    """The look at the definition at the end of a clean run; what the text opens are its declared inputs."""
    inputs = {name: pd.read_csv(f"{name}.csv") for name in re.findall(r'"(\w+)\.csv"', text)}
    cells = (Code(tag="features", index=1, file=str(file), source=file.read_text()),)

    def begin(namespace: dict[str, Any], frames: Mapping[str, pd.DataFrame], panel: ab.Panel) -> None:
        namespace["__name__"] = module.__name__
        _begin(namespace, frames)
        ab.use(panel)

    def read(namespace: Mapping[str, Any]) -> Mapping[str, Any] | None:
        return defined(Found(model=namespace["m"], report=namespace["report"])).plain

    plain = read(module.__dict__)
    assert plain is not None
    built = Built(plain=plain, read=read, judged=judged)
    return look_at_definition(cells, inputs, begin, panel, recorder=Recorder(cells), built=built)


def _of_the_report(module: types.ModuleType) -> list[str]:
    """E42 where the report's own verdict is that something of the future was found."""
    return ["E42"] if look_ahead(module.report.report)["verdict"] == "found" else []


def _figure(pair: Pair, module: types.ModuleType) -> float | None:
    """Of a custom feature, which is refused before it has one: the size of its own IC, without alpha_bench's checks."""
    if hasattr(module, "f"):
        wide = FILES["wide_market"]().pivot(index="date", columns="symbol")
        close = wide["close"]
        arrays = {
            "beta_of_all_sessions": (close.pct_change().to_numpy(),),
            "share_of_all_turnover": (close.to_numpy(), wide["volume"].to_numpy()),
        }.get(pair.name, (close.to_numpy(),))
        values = pd.DataFrame(module.f(*arrays), close.index, close.columns)
        return float(abs(values.corrwith(close.shift(-10) / close - 1, axis=1, method="spearman").mean()))
    if not hasattr(module, "report"):
        return None
    return float(module.report.figures["deflated_sharpe" if "trials" in pair.whole else "ic_mean"])

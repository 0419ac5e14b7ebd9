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

import pandas as pd

import alpha_bench as ab
from fakes.leak_runs import recorded
from leak_pairs.files import FILES, write
from leak_pairs.pairs import OWN, Pair, Part
from nbcode.cells import analyse
from nbcode.leaks import Look, Obstacle, Recorder, not_looked_at
from nbcode.leaks.probe import find_leaks
from nbcode.namespace import Code, cell_file
from nbcode.notebook import parse_notebook
from nbcode.primitives import Verdict

LEAK_CODES = {"D20", "D29", "D30", "D31", "E18", "E23", "E24", *(f"E{number}" for number in range(26, 33))}
"""Codes of nbcode that speak of a leak; of alpha_bench every refusal is one, since each twin differs in the leak alone."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """The codes that were told of one part; its figure, None where it was refused before there was one; and why no clean run's look
    was made, where it was not."""

    codes: tuple[str, ...]
    figure: float | None
    not_looked_at: str = ""


@cache
def judged(pair: Pair, part: Part) -> Judged:
    with _at_work() as folder, warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        return _own(pair, part, folder) if pair.language == OWN else _plain(pair, part)


@contextlib.contextmanager
def _at_work() -> Iterator[Path]:
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


def cells_of(text: str) -> tuple[Code, ...]:
    reading = parse_notebook(text.encode(), "notebook.py")
    assert reading.notebook is not None, reading
    return tuple(
        Code(tag=c.tag, index=c.index, file=cell_file(c.index, c.tag), source=c.source)
        for c in reading.notebook.cells
        if c.tag in {"setup", "features", "model", "eval"}
    )


def _read(text: str) -> set[str]:
    notebook = parse_notebook(text.encode(), "notebook.py").notebook
    assert notebook is not None
    return {d.code.removeprefix("NBC-") for d in analyse(notebook).diagnostics} & LEAK_CODES


def _begin(namespace: dict[str, Any], frames: Mapping[str, pd.DataFrame], _panel: object = None) -> None:
    """Puts the inputs where cells find them: by name, and by path."""
    namespace["inputs"] = {name: frame.copy() for name, frame in frames.items()}
    for name, frame in frames.items():
        Path(f"{name}.csv").unlink()
        frame.to_csv(f"{name}.csv", index=False)


def _plain(pair: Pair, part: Part) -> Judged:
    text = pair.text(part)
    cells, inputs = cells_of(text), {name: pd.read_csv(f"{name}.csv") for name in pair.inputs()}
    namespace, recorder = recorded(cells, inputs)
    figure = next(iter(namespace["report"].values()))
    look = _looked(cells, inputs, recorder, _horizon(text))
    found = {d.code.removeprefix("NBC-") for d in look.diagnostics if look.ahead.verdict is Verdict.FOUND}
    return Judged(
        codes=tuple(sorted((_read(text) | found) & LEAK_CODES)),
        figure=float(figure),
        not_looked_at=look.ahead.because if look.ahead.verdict is Verdict.NOT_LOOKED_AT else "",
    )


def _horizon(text: str) -> int:
    found = re.search(r"^# horizon: (\d+)d$", text, re.MULTILINE)
    assert found is not None
    return int(found[1])


def _looked(
    cells: tuple[Code, ...], inputs: Mapping[str, pd.DataFrame], recorder: Recorder, horizon: int
) -> Look:
    """The look at the end of a clean run; what the probe itself raises is no look, as it is there."""
    try:
        return find_leaks(cells, inputs, _begin, recorder=recorder, horizon=horizon)
    except Exception as error:
        return not_looked_at(Obstacle(cause=f"the leak probe raised {type(error).__name__}", fix=""))


def _own(pair: Pair, part: Part, folder: Path) -> Judged:
    """Run as a module of its own, so that constants are followed as they are in a file."""
    name, reference = pair.panel(part)
    ab.use(ab.Panel.of(f"{name}.csv", reference=None if reference is None else f"{reference}.csv"))
    file = folder / f"{pair.name}_{part}.py"
    file.write_text(pair.text(part))
    module = types.ModuleType(file.stem)
    module.__file__ = str(file)
    sys.modules[file.stem] = module
    codes: tuple[str, ...] = ()
    try:
        exec(compile(file.read_text(), str(file), "exec"), module.__dict__)
    except ab.AlphaBenchError as error:
        codes = (error.code,)
    finally:
        del sys.modules[file.stem]
        linecache.clearcache()
    return Judged(codes=codes, figure=_figure(pair, module))


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

"""The example notebooks that `nbcode init` can write, each with the files that it reads."""

from __future__ import annotations

import csv
import io
import json
import math
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from nbcode.primitives import Diagnostic, NbcodeError, dataclass, nearest

_FOLDER = Path(__file__).parent / "gallery"
_DATASET = "own_prices"
_SESSIONS, _ASSETS = 320, 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """A notebook by name. ``files`` makes what stands beside it: name -> bytes. ``data`` is that of them which is looked at as by
    ``nbcode init --data FILE``."""

    name: str
    about: str
    notebook: str
    files: Mapping[str, Callable[[], bytes]]
    data: str | None = None

    def text(self, dataset: str = _DATASET) -> bytes:
        """The notebook as .ipynb."""
        if self.name == "momentum":
            return (Path(__file__).parent / "starter_notebook.json").read_bytes()
        source = (_FOLDER / f"{self.name}.txt").read_text(encoding="utf-8")
        return ipynb_of(source.replace("DATASET", dataset))


def example(name: str) -> Example:
    """The example of that name. Raises ``NbcodeError`` (NBC-X07) with the nearest and the list."""
    for one in EXAMPLES:
        if one.name == name:
            return one
    near = nearest(name, [one.name for one in EXAMPLES])
    raise NbcodeError(
        [
            Diagnostic(
                code="NBC-X07",
                message=f"there is no example {name!r}" + (f": did you mean {near}?" if near else ""),
                cause="there are " + ", ".join(one.name for one in EXAMPLES),
                fixes=("`nbcode init --example` alone says what each is",),
            )
        ]
    )


def ipynb_of(source: str) -> bytes:
    """A notebook in percent format as .ipynb: a tagged cell keeps its marker as its first line."""
    cells: list[dict[str, object]] = []
    for number, part in enumerate(f"\n{source}".split("\n# %%")[1:]):
        head, _, body = part.partition("\n")
        common = {"id": f"cell-{number}", "metadata": {}}
        if head.strip() == "[markdown]":
            text = "\n".join(line.removeprefix("#").removeprefix(" ") for line in body.strip().split("\n"))
            cells.append({"cell_type": "markdown", **common, "source": _lines(text)})
            continue
        marker = f"# %%{head}\n" if head.strip() else ""
        code = {"cell_type": "code", "execution_count": None, **common, "outputs": []}
        cells.append({**code, "source": _lines(marker + body.strip())})
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _walks() -> tuple[list[date], dict[str, list[float]]]:
    """Made-up closes: geometric random walks, the same each time."""
    chance = random.Random(20)  # noqa: S311 - made-up prices
    days = [date(2022, 1, 3) + timedelta(days=n) for n in range(2 * _SESSIONS)]
    sessions = [day for day in days if day.weekday() < 5][:_SESSIONS]
    closes = {}
    for n in range(_ASSETS):
        price, walk = 20.0 + 5 * n, []
        for _ in sessions:
            price *= math.exp(chance.gauss(0.0002, 0.02))
            walk.append(round(price, 2))
        closes[f"ASSET{n:02d}"] = walk
    return sessions, closes


def _long_csv() -> bytes:
    sessions, closes = _walks()
    rows = [[day.isoformat(), name, closes[name][n]] for n, day in enumerate(sessions) for name in closes]
    return _csv([["date", "symbol", "close"], *rows], ",")


def _wide_csv() -> bytes:
    """As a spreadsheet of central Europe exports it: a column an asset, semicolons, decimal commas, day before month."""
    sessions, closes = _walks()
    rows = [
        [f"{day:%d.%m.%Y}", *(f"{walk[n]:.2f}".replace(".", ",") for walk in closes.values())]
        for n, day in enumerate(sessions)
    ]
    return _csv([["Date", *closes], *rows], ";")


def _csv(rows: Sequence[Sequence[object]], delimiter: str) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


EXAMPLES: tuple[Example, ...] = (
    Example(name="momentum", about="momentum and turnover, ridge", notebook="xsmom_v3.ipynb", files={}),
    Example(
        name="factors", about="four classical factors, ranked", notebook="classical_factors.ipynb", files={}
    ),
    Example(
        name="alphas", about="four of the 101 formulaic alphas", notebook="formulaic_alphas.ipynb", files={}
    ),
    Example(
        name="plain-python",
        about="pandas and scikit-learn cells on a declared file",
        notebook="plain_reversal.ipynb",
        files={"plain_python_prices.csv": _long_csv},
    ),
    Example(
        name="own-data",
        about="a table of your own: wide, semicolons, decimal commas, by nbcode.toml",
        notebook="own_data.ipynb",
        files={f"{_DATASET}.csv": _wide_csv},
        data=f"{_DATASET}.csv",
    ),
    Example(
        name="yaml",
        about="a notebook and the same model as YAML",
        notebook="from_yaml.ipynb",
        files={"model.yaml": (_FOLDER / "model.yaml.txt").read_bytes},
    ),
)

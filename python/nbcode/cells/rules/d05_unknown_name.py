"""A tagged cell reads a name that no cell assigns.

Why: it is a typo, or it lives only in the kernel's memory: made by a cell that was since deleted or rewritten, or by
something typed in a console. A clean run would not have it. A read whose ``except NameError`` or ``"x" in globals()`` expects that the
name is missing is left alone; under a handler of every exception it is a note.

Bad::

    # %% [features]
    ret_20 = feature.ret(window=20)

Good::

    # %% [features]
    ret_20 = features.ret(window=20)
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from alpha_bench.describe import habit_of
from alpha_bench.names import PLATFORM_NAMES, VOCABULARY, is_label_name
from nbcode.cells.context import Context
from nbcode.cells.facts import CellFacts
from nbcode.cells.flow import Unresolved
from nbcode.cells.ipython import COMMANDS
from nbcode.cells.rules.edits import rewritten
from nbcode.notebook.editing import replaced
from nbcode.primitives import Diagnostic, Fix, nearest

CODE = "D05"
TITLE = "name defined nowhere"

_CLOSED = frozenset({"features", "ts", "cs"})
"""The namespaces that offer the same names whatever the data are."""
_SPEAKS_OF_IT = frozenset({"features", "ts", "cs", "data", "group", "labels"})
_HISTORY = re.compile(r"_{1,3}|_i{1,3}|_i?\d+|In|Out|_oh|_ih|_dh")
_USUAL_IMPORTS = {
    "np": "import numpy as np",
    "pd": "import pandas as pd",
    "pl": "import polars as pl",
    "plt": "import matplotlib.pyplot as plt",
    "sns": "import seaborn as sns",
    "sk": "import sklearn as sk",
    "sklearn": "import sklearn",
    "scipy": "import scipy",
    "sm": "import statsmodels.api as sm",
    "lgb": "import lightgbm as lgb",
    "xgb": "import xgboost as xgb",
    "numpy": "import numpy",
    "pandas": "import pandas",
    "os": "import os",
    "sys": "import sys",
    "math": "import math",
    "re": "import re",
    "json": "import json",
    "time": "import time",
    "random": "import random",
    "datetime": "import datetime",
    "itertools": "import itertools",
    "functools": "import functools",
    "Path": "from pathlib import Path",
    "partial": "from functools import partial",
    "defaultdict": "from collections import defaultdict",
    "Counter": "from collections import Counter",
    "make_pipeline": "from sklearn.pipeline import make_pipeline",
    "Pipeline": "from sklearn.pipeline import Pipeline",
    "StandardScaler": "from sklearn.preprocessing import StandardScaler",
}


def check(context: Context) -> Iterator[Diagnostic]:
    """One finding for each such name in each tagged cell, at its first reading."""
    bound = {name for facts in context.tagged for name in facts.binds}
    known = PLATFORM_NAMES | bound
    yield from _not_in_the_vocabulary(context, bound)
    labels = [f"fwd_ret_{context.meta.horizon}"] if context.meta else ["fwd_ret_10d"]
    if _star(context.tagged) is not None:
        return  # the star has its own finding, and any name may come from it
    star = _star(context.untagged)
    setup = tuple(f for f in context.of_tag("setup") if f.tree is not None)
    for missing in context.flow.unresolved:
        if missing.kind == "nowhere":
            yield _diagnostic(context, missing, known, labels, star, setup)


def _not_in_the_vocabulary(context: Context, bound: set[str]) -> Iterator[Diagnostic]:
    """`features.retn` and its like, each once a cell; namespaces that a cell made its own are its own."""
    spaces = _CLOSED - bound
    for facts in context.tagged:
        reported: set[str] = set()
        for node in facts.all_of(ast.Attribute):
            if not isinstance(node.value, ast.Name) or not facts.is_module_level(node.value):
                continue
            space, name = node.value.id, f"{node.value.id}.{node.attr}"
            if (
                space in spaces
                and node.attr not in VOCABULARY[space]
                and node.attr[:1] != "_"
                and name not in reported
            ):
                reported.add(name)
                meant = nearest(node.attr, VOCABULARY[space])
                place = facts.place_of(node)
                yield Diagnostic(
                    code="NBC-D05",
                    message=f"unknown name `{name}`"
                    + (f": did you mean `{space}.{meant}`?" if meant else ""),
                    cause=f"`{space}` has {', '.join(VOCABULARY[space])}",
                    fixes=(
                        rewritten(f"write {space}.{meant}", place, f"{space}.{meant}")
                        if meant
                        else "write one of them",
                    ),
                    place=place,
                )


def _star(cells: tuple[CellFacts, ...]) -> str | None:
    """The first star import of the cells, with its cell."""
    for facts in cells:
        for found in facts.imports:
            if found.name == "*":
                return f"`from {found.module} import *` in cell {facts.cell.index}"
    return None


def _diagnostic(  # noqa: PLR0917  # what is missing, then all that a way out is taken from
    context: Context,
    missing: Unresolved,
    known: frozenset[str],
    labels: list[str],
    star: str | None,
    setup: tuple[CellFacts, ...],
) -> Diagnostic:
    name, place = missing.name, missing.facts.place_at(missing.event)
    cause = "no cell of the notebook assigns it; a cell that did was deleted or rewritten, or it is a typo"
    fixes: tuple[Fix | str, ...] = ("assign it in a tagged cell", "declare it under inputs: in [meta]")
    message = f"unknown name `{name}`"
    meant = _meant(name, known, labels)
    if (origin := _origin(context, missing, star, setup)) is not None:
        cause, fixes = origin
    elif qualified := [f"{space}.{name}" for space, names in VOCABULARY.items() if name in names]:
        message += f": did you mean `{qualified[0]}`?"
        fixes = tuple(rewritten(f"write {one}", place, one) for one in qualified)
        cause = f"it lives in {' and in '.join(f'`{one.partition(chr(46))[0]}`' for one in qualified)}"
    elif meant is not None:
        message += f": did you mean `{meant}`?"
        fixes = (rewritten(f"write {meant}", place, meant), *fixes)
    elif (ours := _of_another_library(context, name)) is not None:
        cause = f"no cell assigns it; what other libraries call so is written {ours} here"
        fixes = (f"write {ours}",)
    if missing.caught:
        cause = f"the run goes on in the handler: {cause}"
    return Diagnostic(
        code="NBC-D05", message=message, cause=cause, fixes=fixes, severity=missing.severity, place=place
    )


def _of_another_library(context: Context, name: str) -> str | None:
    """What a word of qlib, zipline or WorldQuant is here; nothing in a notebook that reads none of the platform's names."""
    return habit_of("a word", name) if context.flow.provided_reads & _SPEAKS_OF_IT else None


def _origin(
    context: Context, missing: Unresolved, star: str | None, setup: tuple[CellFacts, ...]
) -> tuple[str, tuple[Fix | str, ...]] | None:
    """Cause and ways out for a name of which it is known where it comes from."""
    name = missing.name
    if context.meta and name in {one for one, _ in context.meta.inputs}:
        place = missing.facts.place_at(missing.event)
        fix = rewritten(f'write inputs["{name}"]', place, f'inputs["{name}"]')
        return "it is a declared input, which is read through `inputs`", (fix,)
    if _HISTORY.fullmatch(name):
        cause = "it is the live kernel's history, which a clean run does not have"
        return cause, ("assign the value to a name",)
    if name in _USUAL_IMPORTS:
        return "no cell imports it", (_imported(_USUAL_IMPORTS[name], missing, setup),)
    if name in COMMANDS:
        cause = f"no cell assigns it; IPython takes a line that begins with `{name}` for a command, which is no part of a spec"
        return cause, ("move it out of the tagged cell",)
    if any(facts.parsed.captured == name for facts in context.tagged):
        cause = "`%%capture` keeps in it what was printed, and the run does not capture"
        return cause, ("take the lines that read it out of the tagged cells",)
    if name == "__file__":
        cause = "a cell has no file, neither in a kernel nor in the run: both work in the notebook's folder"
        place = missing.facts.place_at(missing.event)
        quoted = rewritten('write "__file__" in quotes: its folder is the notebook\'s', place, '"__file__"')
        return cause, (quoted, "take the folder from os.getcwd() or Path.cwd()")
    if star is not None:
        cause = f"no tagged cell assigns it; it may come from {star}, which is not tagged"
        return cause, ("import it by name in a [setup] cell",)
    return None


def _imported(line: str, missing: Unresolved, setup: tuple[CellFacts, ...]) -> Fix:
    """The import as the last line of the first [setup] cell, where there is one above the reader."""
    title = f"write `{line}` in a [setup] cell"
    if not setup or setup[0].cell.index >= missing.facts.cell.index:
        return Fix(title=title)
    lines = setup[0].lines
    end = replaced(setup[0].cell.index, len(lines), len(lines[-1]) + 1, "", f"\n{line}")
    return Fix(title=title, edits=(end,))


def _meant(name: str, known: frozenset[str], labels: list[str]) -> str | None:
    label = re.fullmatch(r"fwd_?rets?_?0*([1-9]\d*)[dD]?", name, re.IGNORECASE)
    if label is not None and is_label_name(f"fwd_ret_{label[1]}d"):
        return f"fwd_ret_{label[1]}d"
    by_case = {word.lower(): word for word in known}
    if name.lower() in by_case:
        return by_case[name.lower()]
    found = nearest(name, [*by_case, *labels])
    return by_case.get(found, found) if found is not None else None

"""A tagged cell imports a module that the environment's lock does not hold.

Why: the clean run has what the lock names and nothing else, so the import would fail there; or it would bring whatever
version happens to be installed. An import inside ``try: ... except ImportError`` is left alone. Modules in the notebook's
own folder are D09.

Bad::

    import talib

Good::

    # pyproject.toml: dependencies = ["ta-lib"], then `uv lock`
    import talib
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from difflib import SequenceMatcher

from nbcode.cells.context import Context, finding
from nbcode.cells.facts import CellFacts
from nbcode.cells.source_facts import Import
from nbcode.notebook.editing import replaced
from nbcode.primitives import Diagnostic, Fix, Severity, TextEdit, nearest

CODE = "D08"
TITLE = "import not in the lock"

_ALWAYS = frozenset(sys.stdlib_module_names) | {
    "alpha_bench",
    "nbcode",
    "__future__",
    "__main__",
    "distutils",
    "imp",
    "asyncore",
}
_A_SLIP = 0.8
PACKAGES = {
    "talib": "TA-Lib",
    "cv2": "opencv-python",
    "PIL": "pillow",
    "yaml": "pyyaml",
    "bs4": "beautifulsoup4",
    "zipline": "zipline-reloaded",
    "alphalens": "alphalens-reloaded",
    "pyfolio": "pyfolio-reloaded",
    "empyrical": "empyrical-reloaded",
    "qlib": "pyqlib",
    "sklearn": "scikit-learn",
    "skimage": "scikit-image",
    "umap": "umap-learn",
    "dateutil": "python-dateutil",
}
_INSTEAD = {
    "polars": "pandas, which is here",
    "talib": "features, ts and cs, which are here without an import",
}


def check(context: Context) -> Iterator[Diagnostic]:
    """One finding a module; none where the lock is not known, but for a bar that no run can show."""
    yield from _widgets(context)
    if context.locked is None:
        return
    reported: set[str] = set()
    for facts in context.tagged:
        for found in facts.imports:
            module = found.module.split(".")[0]
            if (
                found.relative
                or found.guarded
                or module in reported
                or module in _ALWAYS
                or module in context.beside
            ):
                continue
            if module not in context.locked:
                reported.add(module)
                meant = _meant(module, context.locked)
                yield finding(
                    CODE,
                    f"module `{module}` is not installed here"
                    + (f": did you mean `{meant}`?" if meant else ""),
                    facts.place_of(found.node),
                    cause="the clean run has what is installed or locked here and nothing else",
                    fixes=_fixes(facts, found, meant),
                )


def _widgets(context: Context) -> Iterator[Diagnostic]:
    """``tqdm.notebook`` shows widgets, which take ipywidgets; no cell imports that, so the run does not have it."""
    for facts in context.tagged:
        for found in facts.imports:
            if found.module != "tqdm.notebook" or found.guarded:
                continue
            line = facts.lines[found.node.lineno - 1]
            edits: tuple[TextEdit, ...] = ()
            if line.count(found.module) == 1:
                column = line.index(found.module) + 1
                edits = (replaced(facts.cell.index, found.node.lineno, column, found.module, "tqdm.auto"),)
            yield finding(
                CODE,
                "`tqdm.notebook` needs ipywidgets, which the run does not have",
                facts.place_of(found.node),
                cause="the run has what cells import; `tqdm.auto` shows what there is: widgets here, text there",
                fixes=(Fix(title="write tqdm.auto", edits=edits),),
                severity=Severity.WARNING,
            )


def _meant(module: str, locked: frozenset[str]) -> str | None:
    """A module that differs by a slip of the finger; what merely looks alike is another package."""
    near = nearest(module, locked)
    return near if near and SequenceMatcher(None, module.lower(), near).ratio() >= _A_SLIP else None


def _fixes(facts: CellFacts, found: Import, meant: str | None) -> tuple[Fix | str, ...]:
    module = found.module.split(".")[0]
    if meant is not None:
        return (_written(facts, found, module, meant), "remove the import")
    package = PACKAGES.get(module, module)
    ways = (f"install it: pip install {package}, or uv add {package} where there is a uv.lock",)
    return (*ways, f"use {_INSTEAD[module]}") if module in _INSTEAD else (*ways, "remove the import")


def _written(facts: CellFacts, found: Import, module: str, meant: str) -> Fix:
    """The module's name corrected where it stands alone: ``import panda`` also gives its name to the lines below."""
    title = f"write {meant}"
    renamed = isinstance(found.node, ast.ImportFrom) or found.local != module
    line = facts.lines[found.node.lineno - 1]
    if not renamed or len(re.findall(rf"\b{module}\b", line)) != 1:
        return Fix(title=title)
    column = line.index(module) + 1
    return Fix(title=title, edits=(replaced(facts.cell.index, found.node.lineno, column, module, meant),))

"""The notebooks whose digests are held to the laws: those of ``tests/notebooks`` and ``examples``, and one with docstrings."""

from __future__ import annotations

import copy
from functools import cache

import jupytext
import nbformat
from nbformat import NotebookNode

from notebooks.table import HERE, OWN, SHARED

EXAMPLES = HERE.parents[1] / "examples"
DOCUMENTED = '''# %% [meta]
# id: documented
# kind: model
# horizon: 5d
# owner: quant
# data: us
# gates: {rank_ic: ">= 0.01", hit_rate: "> 0.5"}
# description: docstrings of every layout
# %% [setup]
"""What this cell is for.

    Further in.
"""
from __future__ import annotations

import pandas as pd


def scaled(series: pd.Series, *others: float, by: float = 2.5, skip: int = 1, **more: object) -> pd.Series:
    """A series, scaled.

    Args:
        series: what is scaled.
            One value a session.
        by: the factor.
    """
    total = series.sum() if skip else None
    return series / total * by


class Window(dict):
    """Twenty sessions.

    And no more.
    """

    size: int = 20

    @property
    def half(self) -> int:
        """Half of it."""
        return self.size // 2
# %% [features]
raw = [scaled(series, by=1.5) for name, series in inputs_of.items() if name != "VIX"] if (inputs_of := {}) else []
text = f"{len(raw)!r:>10} of {Window().half:03d} {{x}}"
x = features.ret(20)
counts = {"a": 1, "b": [1, 2, 3], "c": (4, 5)}
try:
    first = counts["b"][0:2]
except (KeyError, TypeError) as error:
    raise ValueError("no such count") from error
finally:
    done = True
while counts and not done:
    for key in [*counts]:
        if key == "a":
            continue
        counts[key] *= -1
    if len(counts) < 2 and done is not None or "z" in counts:
        break
assert done, "it is done"
del first
# %%
x.describe()
# %% [markdown]
# ## A heading
# %% [model]
m = Ridge().fit(X=[x], y=fwd_ret_5d)
# %% [eval]
report = walk_forward(m, embargo="5d", folds="12")
'''


@cache
def _corpus() -> dict[str, NotebookNode]:
    found = {one.name: _percent(f"# %% [meta]\n{one.meta}{one.source.read_text()}") for one in SHARED + OWN}
    found["plain_python"] = _percent((EXAMPLES / "plain_python" / "notebook.py").read_text())
    found["xsmom_v3"] = _percent((EXAMPLES / "xsmom_v3" / "notebook.py").read_text())
    found["documented"] = _percent(DOCUMENTED)
    return found


NAMES = (*(one.name for one in SHARED + OWN), "plain_python", "xsmom_v3", "documented")


def notebook(name: str) -> NotebookNode:
    """A notebook as an ``.ipynb`` whose cells bear their tags in ``metadata.tags``. A copy: it may be edited."""
    return copy.deepcopy(_corpus()[name])


@cache
def original(name: str) -> bytes:
    """The bytes of a notebook that nobody has edited."""
    return written(_corpus()[name])


def written(document: NotebookNode) -> bytes:
    """The document as Jupyter writes it."""
    return f"{nbformat.v4.writes(document)}\n".encode()


def tagged(document: NotebookNode) -> list[NotebookNode]:
    """The tagged code cells, ``[meta]`` apart, in document order."""
    return [cell for cell in document.cells if tag_of(cell) not in (None, "meta")]


def tag_of(cell: NotebookNode) -> str | None:
    """The tag of a cell of the corpus."""
    tags = cell.metadata.get("tags", [])
    return tags[0] if tags and cell.cell_type == "code" else None


def _percent(text: str) -> NotebookNode:
    document = jupytext.reads(text, fmt="py:percent")
    for cell in document.cells:
        if title := cell.metadata.pop("title", None):
            cell.metadata["tags"] = [title.strip("[]")]
    return _settled(document)


def _settled(document: NotebookNode) -> NotebookNode:
    """The document of nbformat 4.5, of the usual kernel, with ids that are the same each time."""
    document.nbformat, document.nbformat_minor = 4, 5
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    document.metadata = nbformat.from_dict({"kernelspec": kernel, "language_info": {"name": "python"}})
    for number, cell in enumerate(document.cells):
        cell["id"] = f"cell-{number}"
    return document

"""Edits of what is left behind: cells without a tag, added, moved and taken out."""

from __future__ import annotations

from collections.abc import Callable

import nbformat
from nbformat import NotebookNode

from digest_laws.corpus import written
from digest_laws.files import File, FileEdit

EXPLORATORY = {
    "a plot": "import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nplt.show()",
    "a look at a frame": "_frame = __import__('pandas').DataFrame({'a': [1]})\n_frame.describe()",
    "a syntax error": "def broken(:\n    pass",
    "Python 2": "print 'IC', 0.1",
    "a shell command": "!pip install a-package-that-is-not-here",
    "a magic": "%timeit -n 3 sum(range(10))",
    "%%bash": "%%bash\nls -la\necho done",
    "%%writefile": "%%writefile scratch.txt\nsome text",
    "await": "await fetch()",
    "exit()": "exit()",
    "an endless loop": "while True:\n    pass",
    "an error": "1 / 0",
    "a module that is not here": "import a_module_that_is_not_here\nfrom another import *",
    "letters that break lines": "text = 'a\\u2028b'\n# \u2028 \u0085",
    "names of its own": "def helper(value):\n    return value + 1\n\n\nclass Scratch:\n    kept = helper(1)",
    "a comment": "# to do: look at volumes",
    "nothing": "",
    "an environment": "import os\nos.environ['SCRATCH'] = '1'",
    "a file that is read": "open('a-file-that-is-not-declared.csv').read()",
    "a random draw": "import random\nrandom.random()",
    "a long cell": "\n".join(f"scratch_{n} = {n}" for n in range(200)),
}
MARKDOWN = {
    "text": "# A heading\n\nSome words, `code` and $x^2$.",
    "a picture of mermaid": "```mermaid\n%%{init: {}}%%\ngraph TD\n%% a remark\n```",
    "a fence of Python": "```python\nm = None\n```",
}


def _added(source: str, where: int, make: Callable[..., NotebookNode]) -> FileEdit:
    """A cell put in at a place that moves with ``where``: before, between and after those that are there."""

    def edit(document: NotebookNode) -> File:
        document.cells.insert((where * 3) % (len(document.cells) + 1), make(source))
        return "n.ipynb", written(document)

    return edit


def _untagged(document: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in document.cells if not cell.metadata.get("tags")]


def _all_removed(document: NotebookNode) -> File | None:
    gone = _untagged(document)
    document.cells = [cell for cell in document.cells if cell not in gone]
    return ("n.ipynb", written(document)) if gone else None


def _all_moved(to_front: bool) -> FileEdit:
    def edit(document: NotebookNode) -> File | None:
        moved = _untagged(document)
        rest = [cell for cell in document.cells if cell not in moved]
        document.cells = [*moved, *rest] if to_front else [*rest, *moved]
        return ("n.ipynb", written(document)) if moved else None

    return edit


def _every_gap(document: NotebookNode) -> File:
    cells = [[cell, nbformat.v4.new_code_cell("scratch = 1\nscratch")] for cell in document.cells]
    document.cells = [one for pair in cells for one in pair]
    return "n.ipynb", written(document)


LEFT_BEHIND: dict[str, FileEdit] = {
    **{
        f"exploratory: {name}": _added(source, number, nbformat.v4.new_code_cell)
        for number, (name, source) in enumerate(EXPLORATORY.items())
    },
    **{
        f"markdown: {name}": _added(source, number, nbformat.v4.new_markdown_cell)
        for number, (name, source) in enumerate(MARKDOWN.items())
    },
    "a raw cell": _added("%% raw [model] m = 1", 1, nbformat.v4.new_raw_cell),
    "an exploratory cell in every gap": _every_gap,
    "every exploratory cell taken out": _all_removed,
    "every exploratory cell moved to the front": _all_moved(to_front=True),
    "every exploratory cell moved to the end": _all_moved(to_front=False),
}

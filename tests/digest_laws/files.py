"""Edits of the file around the cells: how it is written, what tools note in it, which format bears it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import jupytext
import nbformat
from nbformat import NotebookNode
from nbstripout import strip_output

from digest_laws.corpus import tag_of, written

File = tuple[str, bytes]
FileEdit = Callable[[NotebookNode], "File | None"]
OUTPUT = {"output_type": "stream", "name": "stdout", "text": "IC 0.1\n"}
PICTURE = {
    "output_type": "display_data",
    "metadata": {},
    "data": {"image/png": "iVBORw0KGgo=", "text/plain": "<Figure>"},
}
ERROR = {"output_type": "error", "ename": "KeyError", "evalue": "'x'", "traceback": ["KeyError: 'x'"]}


def _ipynb(text: str | bytes) -> File:
    return "n.ipynb", text.encode() if isinstance(text, str) else text


def _json(**how: Any) -> FileEdit:
    return lambda document: _ipynb(json.dumps(document, **{"ensure_ascii": False, **how}))


def _bytes(change: Callable[[bytes], bytes]) -> FileEdit:
    return lambda document: _ipynb(change(written(document)))


def _document(change: Callable[[NotebookNode], object]) -> FileEdit:
    """An edit of the document in place."""

    def edit(document: NotebookNode) -> File:
        change(document)
        return _ipynb(written(document))

    return edit


def _each(change: Callable[[NotebookNode, int], object], kind: str = "code") -> FileEdit:
    """An edit of every cell of one kind, with its number."""

    def edit(document: NotebookNode) -> File:
        for number, cell in enumerate(document.cells):
            if cell.cell_type == kind:
                change(cell, number)
        return _ipynb(written(document))

    return edit


def _sources(change: Callable[[str], object]) -> FileEdit:
    """An edit of how the sources are written in the JSON."""

    def edit(document: NotebookNode) -> File:
        plain = json.loads(written(document))
        for cell in plain["cells"]:
            cell["source"] = change("".join(cell["source"]))
        return _ipynb(json.dumps(plain))

    return edit


def _reversed_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _reversed_keys(value[key]) for key in reversed(list(value))}
    return [_reversed_keys(one) for one in value] if isinstance(value, list) else value


def _without_ids(document: NotebookNode) -> None:
    document.nbformat_minor = 4
    for cell in document.cells:
        cell.pop("id", None)


def _through_version_3(document: NotebookNode) -> File:
    for cell in document.cells:
        cell["metadata"] = dict(cell.metadata)
    old = nbformat.convert(document, 3)
    return _ipynb(nbformat.writes(nbformat.convert(old, 4)))


def _stripped(document: NotebookNode) -> File:
    _shown(document)
    return _ipynb(written(strip_output(document, keep_output=False, keep_count=False, keep_id=False)))


def _shown(document: NotebookNode) -> None:
    for number, cell in enumerate(document.cells):
        if cell.cell_type == "code":
            cell["execution_count"], cell["outputs"] = number, [nbformat.from_dict(OUTPUT)]


def _cell_metadata(**values: Any) -> FileEdit:
    return _each(lambda cell, _: cell.metadata.update(copy.deepcopy(values)))


def _metadata(**values: Any) -> FileEdit:
    return _document(lambda document: document.metadata.update(copy.deepcopy(values)))


def _both(first: FileEdit, second: FileEdit) -> FileEdit:
    def edit(document: NotebookNode) -> File | None:
        first(document)
        return second(document)

    return edit


def _other_tags(cell: NotebookNode, _: int) -> None:
    cell.metadata["tags"] = ["hide-input", *cell.metadata.get("tags", []), "parameters-of-another-tool"]


def _papermill(document: NotebookNode) -> None:
    """What papermill notes in a notebook that it executes, and the empty lists of tags that it makes."""
    document.metadata["papermill"] = {
        "duration": 1.5,
        "exception": None,
        "parameters": {},
        "version": "2.6.0",
    }
    for cell in document.cells:
        cell.metadata.setdefault("tags", [])
        cell.metadata["papermill"] = {"duration": 0.01, "status": "completed", "exception": False}


FILES: dict[str, FileEdit] = {
    "JSON on one line": _json(),
    "JSON without a space": _json(separators=(",", ":")),
    "JSON indented by four": _json(indent=4),
    "JSON indented by tabs": _json(indent="\t"),
    "keys sorted": _json(sort_keys=True, indent=2),
    "keys in the reverse order": lambda d: _ipynb(json.dumps(_reversed_keys(d), indent=1)),
    "a letter of the keys escaped": _bytes(lambda b: b.replace(b'"cell_type"', b'"\\u0063ell_type"')),
    "a byte order mark": _bytes(lambda b: b"\xef\xbb\xbf" + b),
    "CRLF in the JSON": _bytes(lambda b: b.replace(b"\n", b"\r\n")),
    "no new line at the end": _bytes(lambda b: b.rstrip(b"\n")),
    "blank lines around the JSON": _bytes(lambda b: b"\n\n" + b + b"\n\n\n"),
    "sources as one text": _sources(lambda text: text),
    "sources as lists of single letters": _sources(list),
    "CRLF in the sources": _sources(lambda text: text.replace("\n", "\r\n")),
    "CR in the sources": _sources(lambda text: text.replace("\n", "\r")),
    "mixed line ends in the sources": _sources(lambda text: text.replace("\n", "\r\n", 1)),
    "ids made anew": _each(lambda cell, number: cell.update(id=f"another{number:03d}")),
    "ids of markdown made anew": _each(lambda cell, number: cell.update(id=f"text{number:03d}"), kind="markdown"),
    "no ids, version 4.4": _document(_without_ids),
    "through version 3 and back": _through_version_3,
    "outputs added": _document(_shown),
    "pictures added": _each(lambda cell, _: cell.update(outputs=[nbformat.from_dict(PICTURE)])),
    "tracebacks added": _each(lambda cell, _: cell.update(outputs=[nbformat.from_dict(ERROR)])),
    "execution counts": _each(lambda cell, number: cell.update(execution_count=200 - number)),
    "nbstripout": _stripped,
    "papermill's notes": _document(_papermill),
    "empty lists of tags": _each(lambda cell, _: cell.metadata.setdefault("tags", []), kind="markdown"),
    "no metadata of the notebook": _document(lambda d: d.update(metadata={})),
    "a kernel that is not here": _metadata(kernelspec={"name": "quant-3.9", "display_name": "Quant", "language": "python"}),
    "another version of the language": _metadata(language_info={"name": "python", "version": "3.14.1"}),
    "VS Code's notes": _each(lambda cell, _: cell.metadata.update(vscode={"languageId": "python"})),
    "JupyterLab's notes": _cell_metadata(jupyter={"outputs_hidden": True, "source_hidden": False}, collapsed=True, scrolled=True, editable=False, deletable=False),
    "slides": _cell_metadata(slideshow={"slide_type": "subslide"}),
    "the times of execution": _cell_metadata(execution={"iopub.execute_input": "2026-01-05T08:00:00Z", "shell.execute_reply": "2026-01-05T08:00:01Z"}),
    "Colab's notes": _both(
        _metadata(colab={"provenance": [], "toc_visible": True}, accelerator="GPU"), _cell_metadata(id="aBc", outputId="1f", colab={"height": 34})
    ),
    "Databricks' notes": _both(
        _metadata(**{"application/vnd.databricks.v1+notebook": {"language": "python", "widgets": {}}}),
        _cell_metadata(**{"application/vnd.databricks.v1+cell": {"inputWidgets": {}, "nuid": "7"}}),
    ),
    "state of widgets": _metadata(widgets={"application/vnd.jupyter.widget-state+json": {"state": {}, "version_major": 2}}),
    "tags of other tools": _each(_other_tags),
}  # fmt: skip


# -- which format, and which carrier of the tag --------------------------------------------------------------------


def _marker(cell: NotebookNode) -> None:
    """The tag of a cell as its first line."""
    tag = tag_of(cell)
    if tag:
        cell["source"] = f"# %% [{tag}]\n{cell.source}"


def _by_marker(document: NotebookNode) -> None:
    for cell in document.cells:
        _marker(cell)
        cell.metadata.pop("tags", None)


def _by_title(document: NotebookNode) -> None:
    for cell in document.cells:
        if tag := tag_of(cell):
            cell.metadata["title"] = f"[{tag}] some words"
            del cell.metadata["tags"]


def _by_all(document: NotebookNode) -> None:
    for cell in document.cells:
        if tag := tag_of(cell):
            cell.metadata["title"] = f"[{tag}]"
        _marker(cell)


def _chain(*formats: str) -> FileEdit:
    """Through the formats of jupytext, one after the other; the last is what is read."""

    def edit(document: NotebookNode) -> File:
        text = written(document).decode()
        before = "ipynb"
        for after in formats:
            text = jupytext.writes(jupytext.reads(text, fmt=before), fmt=after)
            before = after
        return ("n.ipynb" if before == "ipynb" else "n.py"), text.encode()

    return edit


def percent(document: NotebookNode, **options: Any) -> str:
    """The document as jupytext writes it as py:percent, by ``options`` of its header."""
    if options:
        document.metadata["jupytext"] = options
    return str(jupytext.writes(document, fmt="py:percent"))


def _percent(change: Callable[[str], str], **options: Any) -> FileEdit:
    return lambda document: ("n.py", change(percent(document, **options)).encode())


def _without_header(text: str) -> str:
    return text[text.index("# %%") :]


def _only_tags(document: NotebookNode) -> File:
    """A percent file as people write it by hand: ``# %% [tag]``, no header, no metadata."""
    return "n.py", _without_header(percent(_titled(document))).encode()


def _titled(document: NotebookNode) -> NotebookNode:
    for cell in document.cells:
        if tag := tag_of(cell):
            cell.metadata = nbformat.from_dict({"title": f"[{tag}]"})
    return document


CARRIERS: dict[str, FileEdit] = {
    "tags as first lines": _document(_by_marker),
    "tags as titles": _document(_by_title),
    "tags three times": _document(_by_all),
    "py:percent": _chain("py:percent"),
    "py:hydrogen": _chain("py:hydrogen"),
    "py:percent and back": _chain("py:percent", "ipynb"),
    "py:hydrogen and back": _chain("py:hydrogen", "ipynb"),
    "py:light and back": _chain("py:light", "ipynb"),
    "md and back": _chain("md", "ipynb"),
    "Rmd and back": _chain("Rmd", "ipynb"),
    "md:myst and back": _chain("md:myst", "ipynb"),
    "percent, ipynb, percent": _chain("py:percent", "ipynb", "py:percent"),
    "percent, md, percent": _chain("py:percent", "md", "py:percent"),
    "hydrogen, light, percent": _chain("py:hydrogen", "py:light", "py:percent"),
    "five formats and back": _chain("py:percent", "md", "py:hydrogen", "Rmd", "ipynb"),
    "# %% [tag] by hand": _only_tags,
    "percent without a header": _percent(_without_header),
    "percent with JSON metadata": _percent(str, cell_metadata_json=True),
    "percent with paired formats": _percent(str, formats="ipynb,py:percent"),
    'percent with """ markers': _percent(str, cell_markers='"""'),
    "percent with CRLF": _percent(lambda t: t.replace("\n", "\r\n")),
    "percent with CR": _percent(lambda t: t.replace("\n", "\r")),
    "percent with a byte order mark": _percent(lambda t: f"\ufeff{t}"),
    "percent, no new line at the end": _percent(lambda t: t.rstrip("\n")),
    "percent, blank lines between cells": _percent(lambda t: t.replace("\n# %%", "\n\n\n\n# %%")),
    "percent, no blank lines between cells": _percent(lambda t: t.replace("\n\n# %%", "\n# %%")),
    "percent with #%%": _percent(lambda t: t.replace("\n# %%", "\n#%%")),
    "percent with #   %%": _percent(lambda t: t.replace("\n# %%", "\n#   %%")),
    "percent of a script": _percent(lambda t: f"#!/usr/bin/env python\n{_without_header(t)}"),
}  # fmt: skip

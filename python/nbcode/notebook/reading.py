"""Bytes to a Notebook: one pure function for both formats."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath

from nbcode.notebook._ipynb import IpynbText, cells_of, parse_ipynb
from nbcode.notebook._percent import PercentText, parse_percent
from nbcode.notebook.editing import replaced
from nbcode.notebook.framework import (
    YAML_SUFFIXES,
    FrameworkText,
    module_reference,
    parse_module,
    parse_yaml_model,
)
from nbcode.notebook.model import Bounds, Cell, Notebook, NotebookFormat, OpenCell, Reading
from nbcode.primitives import Diagnostic, Fix, Place, PlainJson, Severity, digest_bytes

_BOM = b"\xef\xbb\xbf"
_MAGICS = (
    (b"\x1f\x8b", "gzip"),
    (b"PK\x03\x04", "zip"),
    (b"SQLite format 3\x00", "SQLite"),
    (b"PAR1", "Parquet"),
    (b"%PDF", "PDF"),
    (b"\x7fELF", "ELF"),
    (b"\x89HDF\r\n", "HDF5"),
    (b"\x89PNG", "PNG"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"7z\xbc\xaf", "7-Zip"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
    (b"ARROW1", "Arrow"),
    (b"\x80\x04\x95", "pickle"),
    (b"\x80\x05\x95", "pickle"),
)
_OURS = re.compile(r"^<{7} .*$", re.MULTILINE)
_THEIRS = re.compile(r"^>{7} .*$", re.MULTILINE)
_SURROGATE = re.compile("[\ud800-\udfff]")


def parse_notebook(data: bytes, path: str, bounds: Bounds | None = None) -> Reading:
    """Read a notebook from its bytes; ``path`` names it in findings and its suffix chooses the format.

    Never raises for any ``data``: ``notebook`` is None where nothing could be read, and ``diagnostics`` says why.
    """
    bounds = bounds or Bounds()
    found: list[Diagnostic] = []
    body = data
    if data.startswith(_BOM):
        body = data[len(_BOM) :]
        found.append(_byte_order_mark(path))
    stopped = _not_text(body, path, bounds)
    if stopped is not None:
        return Reading(notebook=None, diagnostics=(*found, stopped))
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        return Reading(notebook=None, diagnostics=(*found, _not_utf8(error.start, path)))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    form: NotebookFormat = _format(path, text)
    conflict = _conflict(text, Place(path=path)) if form == "ipynb" else None
    if conflict is not None:
        return Reading(notebook=None, diagnostics=(*found, conflict))
    parsed: IpynbText | PercentText | FrameworkText
    match form:
        case "ipynb":
            parsed = parse_ipynb(text, path, bounds)
        case "percent":
            parsed = parse_percent(text, path)
        case "yaml":
            parsed = parse_yaml_model(text, path)
        case "module":
            parsed = parse_module(text, path)
    found += parsed.diagnostics
    if parsed.cells is None:
        return Reading(notebook=None, diagnostics=tuple(found))
    if not isinstance(parsed, FrameworkText):
        found += _language(parsed.language, path)
    found += _large(len(data), parsed.cells, path, bounds)
    cells, unreadable = _readable_cells(parsed.cells, path)
    notebook = Notebook(path=path, format=form, cells=cells, digest=digest_bytes(body))
    return Reading(notebook=notebook, diagnostics=(*found, *unreadable))


def read_cells(cells: Sequence[OpenCell], path: str, bounds: Bounds | None = None) -> Reading:
    """The notebook that an editor holds, saved or not, with every finding that reading its file would give of the cells.

    ``path`` names it in findings; nothing is opened. Never raises.
    """
    plain: list[PlainJson] = [
        {
            "cell_type": cell.kind,
            "id": cell.id,
            "source": cell.source,
            "metadata": {"tags": list(cell.tags), **({} if cell.title is None else {"title": cell.title})},
        }
        for cell in cells
    ]
    parsed, found = cells_of(plain, path)
    large = _large(sum(len(cell.source) for cell in parsed), parsed, path, bounds or Bounds())
    readable, unreadable = _readable_cells(parsed, path)
    written = json.dumps(plain, sort_keys=True).encode("ascii")
    notebook = Notebook(path=path, format="ipynb", cells=readable, digest=digest_bytes(written))
    return Reading(notebook=notebook, diagnostics=(*found, *large, *unreadable))


def _readable_cells(cells: Sequence[Cell], path: str) -> tuple[tuple[Cell, ...], list[Diagnostic]]:
    found = [diagnostic for cell in cells for diagnostic in _cell_text(cell, path)]
    return tuple(_readable(cell) for cell in cells), found


def _format(path: str, text: str) -> NotebookFormat:
    suffix = PurePath(path).suffix.lower()
    if suffix in YAML_SUFFIXES:
        return "yaml"
    if module_reference(path) is not None:
        return "module"
    if suffix in {".ipynb", ".py"}:
        return "ipynb" if suffix == ".ipynb" else "percent"
    return "ipynb" if text.lstrip()[:1] in {"{", "["} else "percent"


def _readable(cell: Cell) -> Cell:
    """The cell, its source encodable: a lone surrogate was reported and would break every later step."""
    if not _SURROGATE.search(cell.source):
        return cell
    return replace(cell, source=_SURROGATE.sub("\ufffd", cell.source))


def _byte_order_mark(path: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-A03",
        message="the file starts with a byte order mark",
        cause="it is not part of the notebook's digest",
        fixes=("save as UTF-8 without BOM",),
        severity=Severity.NOTE,
        place=Place(path=path),
    )


def _not_text(body: bytes, path: str, bounds: Bounds) -> Diagnostic | None:
    place = Place(path=path)
    if not body.strip():
        return Diagnostic(
            code="NBC-A01",
            message="notebook is empty",
            cause="the file has no content",
            fixes=("start from `nbcode init`", "restore the last good copy"),
            place=place,
        )
    for magic, name in _MAGICS:
        if body.startswith(magic):
            return Diagnostic(
                code="NBC-A21",
                message=f"this is a {name} file",
                cause="its first bytes say so, whatever it is named",
                fixes=("name the notebook itself",),
                place=place,
            )
    if body.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in body[:4]:
        return _not_utf8(0, path)
    if len(body) > bounds.file_size_bytes:
        return too_large(len(body), path, bounds)
    return None


def _not_utf8(offset: int, path: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-A04",
        message=f"not UTF-8 at byte {offset}",
        cause="a notebook is UTF-8 text; this is UTF-16, Latin-1 or damaged",
        fixes=("save as UTF-8",),
        place=Place(path=path),
    )


def too_large(size_bytes: int, path: str, bounds: Bounds) -> Diagnostic:
    """A19 for a file beyond what is read at all."""
    return Diagnostic(
        code="NBC-A19",
        message=f"the file is {size_bytes / 1e6:.0f} MB, more than {bounds.file_size_bytes / 1e6:.0f} MB",
        cause="outputs make it so large; nbcode ignores them",
        fixes=("clear the outputs and save",),
        place=Place(path=path),
    )


def _language(language: str | None, path: str) -> list[Diagnostic]:
    if language is None or language.lower() in {"python", "python3", "ipython", "ipython3"}:
        return []
    return [
        Diagnostic(
            code="NBC-A27",
            message=f"the notebook's language is {language[:40]}",
            cause="nbcode promotes Python",
            fixes=("choose a Python kernel and save",),
            place=Place(path=path),
        )
    ]


def _large(size_bytes: int, cells: tuple[Cell, ...], path: str, bounds: Bounds) -> list[Diagnostic]:
    found = []
    source_bytes = sum(len(cell.source) for cell in cells)
    if size_bytes > bounds.comfortable_size_bytes:
        found.append(
            Diagnostic(
                code="NBC-A19",
                message=f"outputs are {(size_bytes - source_bytes) / 1e6:.0f} MB",
                cause="nbcode ignores them, but must read past them at every check",
                fixes=("clear the outputs and save",),
                severity=Severity.WARNING,
                place=Place(path=path),
            )
        )
    for is_more, what in (
        (len(cells) > bounds.cells, f"{len(cells)} cells, more than {bounds.cells}"),
        (source_bytes > bounds.source_size_bytes, f"{source_bytes / 1e6:.1f} MB of source"),
    ):
        if is_more:
            found.append(
                Diagnostic(
                    code="NBC-A20",
                    message=f"the notebook has {what}",
                    cause="a notebook of that size is generated, or holds data as text",
                    fixes=("move data to a file declared under inputs: in [meta]", "split the notebook"),
                    place=Place(path=path),
                )
            )
    return found


def _cell_text(cell: Cell, path: str) -> list[Diagnostic]:
    """A13, A14 and A26 inside one cell."""
    found = []
    if (surrogate := _SURROGATE.search(cell.source)) is not None:
        found.append(
            Diagnostic(
                code="NBC-A13",
                message=f"invalid Unicode in cell {cell.index}",
                cause=f"U+{ord(surrogate[0]):04X} is half of a character",
                fixes=("retype the text",),
                place=_place(cell, surrogate.start(), path),
            )
        )
    if (offset := cell.source.find("\0")) >= 0:
        found.append(
            Diagnostic(
                code="NBC-A14",
                message="NUL character in the source",
                cause="Python refuses it, and editors do not show it",
                fixes=(_without_character(cell, offset),),
                place=_place(cell, offset, path),
            )
        )
    if cell.kind == "code" and (conflict := _conflict(cell.source, Place(path=path), cell)) is not None:
        found.append(conflict)
    return found


def _without_character(cell: Cell, offset: int) -> Fix:
    place = _place(cell, offset, "")
    edit = replaced(cell.index, place.line or 1, place.column or 1, cell.source[offset], "")
    return Fix(title="delete the character", edits=(edit,))


def _place(cell: Cell, offset: int, path: str) -> Place:
    line = cell.source.count("\n", 0, offset) + 1
    column = offset - (cell.source.rfind("\n", 0, offset) + 1) + 1
    file_line = None if cell.first_line is None else cell.first_line + line - 1
    return Place(path=path, cell=cell.index, tag=cell.tag, line=line, column=column, file_line=file_line)


def _conflict(text: str, place: Place, cell: Cell | None = None) -> Diagnostic | None:
    """A26 where both ends of a conflict stand at the start of a line."""
    if "<<<<<<<" not in text:
        return None
    ours, theirs = _OURS.search(text), _THEIRS.search(text)
    if ours is None or theirs is None:
        return None
    line = text.count("\n", 0, ours.start()) + 1
    where = place if cell is None else _place(cell, ours.start(), place.path or "")
    return Diagnostic(
        code="NBC-A26",
        message=f"unresolved merge at line {line}",
        cause="the file still holds both sides of a conflict",
        fixes=("resolve the merge and save",),
        place=where if cell is not None else Place(path=place.path, line=line),
    )

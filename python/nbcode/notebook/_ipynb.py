"""Jupyter's ``.ipynb``: text to cells, strictly. nbformat is not used here: it repairs what must be refused."""

from __future__ import annotations

from collections.abc import Iterable

from nbcode.notebook._percent import cut_metadata, glued_marker, marker_lines
from nbcode.notebook.editing import line_added, line_removed
from nbcode.notebook.marker import glued_tag, head_line, is_marker, read_marker
from nbcode.notebook.model import TAGS, Bounds, Cell, CellKind
from nbcode.notebook.tags import tag_cell
from nbcode.primitives import (
    Diagnostic,
    Fix,
    JsonPath,
    JsonReading,
    Place,
    PlainJson,
    Severity,
    TwiceKeyed,
    dataclass,
    read_json,
    walk,
)

_SAVED = ("save the notebook again from the editor",)
_KINDS: dict[str, CellKind] = {"code": "code", "markdown": "markdown", "raw": "raw"}


@dataclass(frozen=True, kw_only=True, slots=True)
class IpynbText:
    """The cells (None where the document is no notebook), the language it names, and the findings."""

    cells: tuple[Cell, ...] | None
    language: str | None
    diagnostics: tuple[Diagnostic, ...]


def parse_ipynb(text: str, path: str, bounds: Bounds) -> IpynbText:
    """Read a notebook of format 4. Every finding of section A that concerns JSON, then the tags of each cell."""
    reading = read_json(text, depth=bounds.depth, integer_digits=bounds.integer_digits)
    stopped = _stop(reading, text, path, bounds)
    if stopped:
        return IpynbText(cells=None, language=None, diagnostics=stopped)
    document = reading.value
    if not isinstance(document, dict):
        found = _plain("A05", "a notebook is a JSON object", f"this file holds {_kind_name(document)}", path)
        return IpynbText(cells=None, language=None, diagnostics=(found,))
    stopped = (*(_twice(document, path) if reading.key_twice else ()), *_version(document, path))
    raw_cells = document.get("cells")
    if not isinstance(raw_cells, list):
        if not any(d.code == "NBC-A07" for d in stopped):
            was = "is missing" if "cells" not in document else f"is {_kind_name(raw_cells)}"
            stopped = (*stopped, _plain("A06", f"`cells` {was}", "a notebook holds a list of cells", path))
        return IpynbText(cells=None, language=None, diagnostics=stopped)
    cells, found_in_cells = _cells(raw_cells, path)
    diagnostics = (*stopped, *found_in_cells, *_ids(document, raw_cells, path))
    return IpynbText(cells=cells, language=_language(document), diagnostics=diagnostics)


def cells_of(document: PlainJson, path: str) -> tuple[tuple[Cell, ...], tuple[Diagnostic, ...]]:
    """The cells of a list in the format's form, with the findings of each: for documents that are no file yet."""
    raw_cells = document if isinstance(document, list) else []
    cells, found = _cells(raw_cells, path)
    return cells, tuple(found)


def _stop(reading: JsonReading, text: str, path: str, bounds: Bounds) -> tuple[Diagnostic, ...]:
    """What makes the whole file unreadable."""
    if reading.too_deep:
        message = f"nested deeper than {bounds.depth}"
        return (_plain("A12", message, "no notebook needs that; the file is damaged or hostile", path),)
    if reading.failed:
        line = text.encode("utf-8", "surrogatepass")[: reading.offset].count(b"\n") + 1
        cut = reading.offset >= len(text.encode("utf-8", "surrogatepass").rstrip())
        why = f"{reading.reason}{' (file cut off?)' if cut or 'Unterminated' in reading.reason else ''}"
        return (
            Diagnostic(
                code="NBC-A02",
                message=f"not valid JSON at byte {reading.offset}",
                cause=why,
                fixes=("save the notebook again from the editor", "restore the last good copy"),
                place=Place(path=path, line=line),
            ),
        )
    if reading.non_finite is not None:
        message = f"the literal {reading.non_finite} is not JSON"
        return (_plain("A10", message, "readers disagree on what it means", path),)
    if reading.long_integer_digits is not None:
        message = f"an integer of {reading.long_integer_digits} digits"
        return (_plain("A11", message, "no notebook needs that; the file is damaged or hostile", path),)
    return ()


def _plain(code: str, message: str, cause: str, path: str) -> Diagnostic:
    return Diagnostic(
        code=f"NBC-{code}",
        message=message,
        cause=cause,
        fixes=_SAVED,
        place=Place(path=path),
    )


def _kind_name(value: PlainJson) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def _where(path: JsonPath) -> str:
    if len(path) >= 2 and path[0] == "cells" and isinstance(path[1], int):
        return f"cell {path[1] + 1}"
    return "the notebook's metadata" if path and path[0] == "metadata" else "the notebook"


def _cell_place(path: JsonPath, file: str) -> Place:
    if len(path) >= 2 and path[0] == "cells" and isinstance(path[1], int):
        return Place(path=file, cell=path[1] + 1)
    return Place(path=file)


def _twice(document: PlainJson, path: str) -> tuple[Diagnostic, ...]:
    return tuple(
        Diagnostic(
            code="NBC-A09",
            message=f"key '{value.key[:40]}' twice in {_where(here)}",
            cause="each reader picks one of the two, so what was reviewed need not be what runs"
            if _is_read(here, value.key)
            else "each reader picks one of the two; nothing is read there that runs",
            fixes=("delete one of the two",) if _is_read(here, value.key) else _SAVED,
            severity=Severity.ERROR if _is_read(here, value.key) else Severity.NOTE,
            place=_cell_place(here, path),
        )
        for here, value in walk(document)
        if isinstance(value, TwiceKeyed)
    )


def _is_read(path: JsonPath, key: str) -> bool:
    """Whether what runs, or how it is read, hangs on ``key`` of the object at ``path``. Outputs and editors' metadata do not."""
    match path:
        case ():
            return key in {"nbformat", "nbformat_minor", "cells", "metadata"}
        case ("metadata",):
            return key in {"kernelspec", "language_info"}
        case ("metadata", "kernelspec" | "language_info"):
            return key in {"language", "name"}
        case ("cells", int()):
            return key in {"cell_type", "source", "metadata", "id", "attachments"}
        case ("cells", int(), "metadata"):
            return key in {"tags", "title"}
    return False


def _version(document: dict[str, PlainJson], path: str) -> tuple[Diagnostic, ...]:
    major, minor = document.get("nbformat"), document.get("nbformat_minor", 0)
    whole = isinstance(major, int) and not isinstance(major, bool)
    if (isinstance(major, int) and whole and major <= 3) or (major is None and "worksheets" in document):
        return (
            Diagnostic(
                code="NBC-A07",
                message=f"nbformat {major if whole else 3}",
                cause="nbcode reads nbformat 4",
                fixes=("run jupyter nbconvert --to notebook --inplace",),
                place=Place(path=path),
            ),
        )
    known = (
        whole and major == 4 and isinstance(minor, int) and not isinstance(minor, bool) and 0 <= minor <= 20
    )
    if known:
        return ()
    shown = f"{major!r}" if not whole or major != 4 else f"4.{minor}"
    return (_plain("A08", f"unsupported nbformat {shown}"[:80], "nbcode reads nbformat 4", path),)


def _language(document: dict[str, PlainJson]) -> str | None:
    metadata = document.get("metadata")
    if not isinstance(metadata, dict):
        return None
    for key, field in (("kernelspec", "language"), ("language_info", "name")):
        block = metadata.get(key)
        if isinstance(block, dict) and isinstance(name := block.get(field), str) and name:
            return name
    return None


def _cells(raw_cells: Iterable[PlainJson], path: str) -> tuple[tuple[Cell, ...], list[Diagnostic]]:
    cells: list[Cell] = []
    found: list[Diagnostic] = []
    for index, raw in enumerate(raw_cells, 1):
        place = Place(path=path, cell=index)
        if not isinstance(raw, dict):
            found.append(_shape("A16", f"cell is {_kind_name(raw)}, not an object", place))
            continue
        cell, diagnostics = _cell(raw, index, place)
        found += diagnostics
        if cell is not None:
            cells.append(cell)
    return tuple(cells), found


def _shape(code: str, message: str, place: Place) -> Diagnostic:
    return Diagnostic(
        code=f"NBC-{code}",
        message=message,
        cause="the notebook format does not allow it",
        fixes=_SAVED,
        place=place,
    )


def _cell(raw: dict[str, PlainJson], index: int, place: Place) -> tuple[Cell | None, list[Diagnostic]]:
    found: list[Diagnostic] = []
    kind = _KINDS.get(str(raw.get("cell_type")))
    if kind is None:
        found.append(_shape("A17", f"unknown cell_type {str(raw.get('cell_type'))[:40]!r}", place))
    source = _source(raw.get("source"))
    if source is None:
        found.append(_shape("A16", f"`source` is {_bad_source(raw.get('source'))}", place))
    found += _attachments(raw.get("attachments"), place)
    tags, title, diagnostics = _carriers(raw.get("metadata", {}), place)
    found += diagnostics
    if kind is None or source is None:
        return None, found
    source = source.replace("\r\n", "\n").replace("\r", "\n").rstrip()
    lines = source.split("\n")
    head = head_line(lines)
    first = lines[head]
    marker = read_marker(first) if is_marker(first) else None
    tagging = tag_cell(kind=kind, marker=marker, tags=tags, title=title, place=place)
    found += tagging.diagnostics
    found += cut_metadata(marker, first, place)
    if kind == "code" and (word := glued_tag(first)) is not None:
        found.append(glued_marker(word, Place(path=place.path, cell=index, line=head + 1, column=1), first))
    if kind == "code":
        found += _inner_markers(source, tagging.tag, place)
    identity = raw.get("id")
    return (
        Cell(
            index=index,
            id=identity if isinstance(identity, str) else None,
            kind=kind,
            source=source,
            tag=tagging.tag,
            carrier=tagging.carrier,
            title=title,
            tags=tuple(tags),
        ),
        found,
    )


def _inner_markers(source: str, tag: str | None, place: Place) -> list[Diagnostic]:
    """Tag markers below the first written line: a percent file would start another cell there, a notebook does not."""
    if "%%" not in source.lstrip().partition("\n")[2]:
        return []
    lines = source.split("\n")
    found = []
    for number in marker_lines(lines, 0):
        word = read_marker(lines[number]).tag_word
        if number == head_line(lines) or word not in TAGS:
            continue
        found.append(
            Diagnostic(
                code="NBC-B11" if tag is not None else "NBC-B07",
                message=f"marker [{word}] is not the first line of its cell",
                cause=f"the whole cell is [{tag}]" if tag is not None else "so the cell is not tagged",
                fixes=_ways_out(lines, number, tag, place.cell or 1),
                place=Place(path=place.path, cell=place.cell, tag=tag, line=number + 1, column=1),
            )
        )
    return found


def _ways_out(lines: list[str], number: int, tag: str | None, cell: int) -> tuple[Fix | str, ...]:
    """Above comments alone the marker can move to the first line: what they are in a [meta] cell, only the author knows."""
    split = "split the cell above the marker"
    if tag is not None or any(line.strip() and not line.lstrip().startswith("#") for line in lines[:number]):
        return (split,)
    moved = (line_added(cell, 1, lines[number]), line_removed(cell, number + 1))
    return Fix(title="move the marker to the first line", edits=moved), split


def _source(value: PlainJson) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "".join(item for item in value if isinstance(item, str))
    return None


def _bad_source(value: PlainJson) -> str:
    return "a list that holds something else than text" if isinstance(value, list) else _kind_name(value)


def _carriers(metadata: PlainJson, place: Place) -> tuple[list[str], str | None, list[Diagnostic]]:
    """``metadata.tags`` and ``metadata.title``, and A18 where they are not what they must be."""
    if not isinstance(metadata, dict):
        return [], None, [_shape("A18", f"`metadata` is {_kind_name(metadata)}, not an object", place)]
    tags, title = metadata.get("tags", []), metadata.get("title")
    plain_title = title if isinstance(title, str) else None
    if isinstance(tags, list) and all(isinstance(tag, str) for tag in tags):
        return [tag for tag in tags if isinstance(tag, str)], plain_title, []
    message = f"`metadata.tags` is {_kind_name(tags)}, not a list of texts"
    if isinstance(tags, list):
        message = "`metadata.tags` holds something else than text"
    return [], plain_title, [_shape("A18", message, place)]


def _attachments(value: PlainJson, place: Place) -> list[Diagnostic]:
    if not isinstance(value, dict):
        return []
    return [
        Diagnostic(
            code="NBC-A28",
            message=f"attachment named {name[:60]!r}",
            cause="a name with a path in it could be written outside the notebook's folder",
            fixes=("rename the attachment", "delete it"),
            place=place,
        )
        for name in value
        if "/" in name or "\\" in name or name in {".", ".."} or "\0" in name
    ]


def _ids(document: dict[str, PlainJson], raw_cells: list[PlainJson], path: str) -> list[Diagnostic]:
    seen: dict[str, int] = {}
    found: list[Diagnostic] = []
    missing: list[int] = []
    for index, raw in enumerate(raw_cells, 1):
        identity = raw.get("id") if isinstance(raw, dict) else None
        if not isinstance(identity, str):
            missing.append(index)
        elif identity in seen:
            found.append(_same_id(identity, seen[identity], index, path))
        else:
            seen[identity] = index
    minor = document.get("nbformat_minor")
    if missing and isinstance(minor, int) and minor >= 5:
        found.append(
            Diagnostic(
                code="NBC-A15",
                message=f"{len(missing)} of {len(raw_cells)} cells have no id",
                cause="nbformat 4.5 wants one; nbcode counts by position and no digest depends on ids",
                fixes=_SAVED,
                severity=Severity.NOTE,
                place=Place(path=path, cell=missing[0]),
            )
        )
    return found


def _same_id(identity: str, first: int, second: int, path: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-A15",
        message=f"cells {first} and {second} have the same id {identity[:64]!r}",
        cause="an editor or a tool that goes by id would change the wrong one; nbcode counts by position",
        fixes=(*_SAVED, "delete the id of one of them"),
        severity=Severity.WARNING,
        place=Place(path=path, cell=second),
    )

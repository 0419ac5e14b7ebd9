"""What a model in a file of its own must define: known when it is described, since no cell of it is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from nbcode.cells import field_not_there
from nbcode.definition import Definition
from nbcode.notebook import YAML_SUFFIXES, Meta, Notebook, source_file
from nbcode.primitives import Diagnostic, Place

if TYPE_CHECKING:
    from alpha_bench.describe import YamlReading


def definition_problems(
    definition: Definition | None, notebook: Notebook, meta: Meta
) -> Iterator[Diagnostic]:
    """NBC-B27 where a model in a file asks for values, NBC-D21 where its label has another horizon than [meta] says. Nothing of a notebook,
    whose cells tell it."""
    if definition is None or not notebook.is_framework:
        return
    file = Place(path=str(source_file(Path(notebook.path))))
    if definition.kind == "python":
        yield Diagnostic(
            code="NBC-B27",
            message="the module asks for figures while it is imported",
            cause="a model in a module is a definition: its figures are computed once, by the clean run",
            fixes=('take it out of the import: into a function, or below `if __name__ == "__main__":`',),
            place=file,
        )
        return
    from alpha_bench.describe import build

    yield from _another_horizon(build(definition.plain, with_code=False).horizon, meta, file)


def problems_in_yaml(path: Path, meta: Meta, fields: frozenset[str] | None) -> Iterator[Diagnostic]:
    """NBC-D21 of a model in YAML, which says its label without being run, and NBC-D36 where it reads what is none of the panel's
    ``fields`` (None: not known here). Nothing of another file, or of one that cannot be read."""
    if path.suffix.lower() not in YAML_SUFFIXES:
        return
    from alpha_bench.describe import AlphaBenchError, read_yaml_model, yaml_node

    try:
        text = path.read_text(encoding="utf-8")
        node, reading = yaml_node(text), read_yaml_model(text)
    except (OSError, UnicodeDecodeError, AlphaBenchError):
        return
    definition = reading.definition
    if definition is not None:
        yield from _fields_missing(path, reading, fields)
        key = node.keys.get("label") if node.kind == "entries" else None
        line = None if key is None else key.line
        yield from _another_horizon(
            definition.horizon, meta, Place(path=str(path), line=line, file_line=line)
        )


def _fields_missing(path: Path, reading: YamlReading, fields: frozenset[str] | None) -> Iterator[Diagnostic]:
    """Each such field once, at the first formula that reads it."""
    told: set[str] = set()
    for field, formula, place in reading.reads if fields is not None else ():
        if field in (fields or ()) or field in told:
            continue
        told.add(field)
        by_name = re.search(rf"(?<![\w.]){re.escape(field)}(?!\w)", formula) is not None
        at = Place(path=str(path), line=place.line, column=place.column, file_line=place.line)
        yield field_not_there(field, "" if by_name else formula, fields or frozenset(), at, written="")


def _another_horizon(horizon: int, meta: Meta, place: Place) -> Iterator[Diagnostic]:
    if horizon != meta.horizon_sessions:
        yield Diagnostic(
            code="NBC-D21",
            message=f"horizon {meta.horizon} in [meta], but the label spans {horizon} sessions",
            cause="horizon decides how many sessions are dropped before each test block",
            fixes=(
                f"write horizon: {horizon}d in [meta]",
                f"predict the return over {meta.horizon_sessions} sessions",
            ),
            place=place,
        )

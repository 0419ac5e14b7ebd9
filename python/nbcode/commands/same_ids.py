"""Notebooks of one repository that say the same ``id``: each would be promoted as a version of the one model."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from nbcode.commands.check import CheckResult, Known
from nbcode.notebook import read_with_lines, source_file
from nbcode.primitives import Diagnostic, Place, Related, Severity

_ID = re.compile(r"^\s*#\s*id\s*:")
_NAMED = 3


def with_same_ids(results: Sequence[CheckResult], known: Known) -> list[CheckResult]:
    """The same results, each notebook whose id another of them has with a warning (NBC-C23).

    Ids are compared within a registry: in another one the same name is another model. A percent file beside the notebook that it is
    paired with (Jupytext: the same name, the same cells) is the same notebook.
    """
    groups: dict[tuple[str, str], list[int]] = {}
    for n, result in enumerate(results):
        if result.graph is not None and result.graph.meta is not None:
            groups.setdefault((result.graph.meta.id, _registry(result, known)), []).append(n)
    found = list(results)
    for members in groups.values():
        notebooks: dict[object, list[int]] = {}
        for n in members:
            notebooks.setdefault(_notebook(results[n]), []).append(n)
        if len(notebooks) > 1:
            places = {n: _place(results[n]) for n in members}
            firsts = [several[0] for several in notebooks.values()]
            forms = len({_form(results[n]) for n in firsts}) == len(firsts)
            for own, several in zip(firsts, notebooks.values(), strict=True):
                others = [n for n in firsts[: _NAMED + 1] if n != own][:_NAMED]
                for n in several:
                    named = [places[o] for o in others]
                    warned = _same_id(results[n], places[n], named, len(firsts) - 1, forms=forms)
                    found[n] = replace(found[n], diagnostics=(*found[n].diagnostics, warned))
    return found


def _registry(result: CheckResult, known: Known) -> str:
    workspace = known.workspace(Path(result.path))
    if workspace is None:
        return ""
    return str(workspace.store) if workspace.registry is None else workspace.registry.uri


def _form(result: CheckResult) -> str:
    """Whether it is written as cells, or how without them: one model may be written in each form, and stays one."""
    assert result.notebook is not None
    if not result.notebook.is_framework:
        return "cells"
    return "YAML" if source_file(Path(result.path)).suffix in {".yaml", ".yml"} else "module"


def _notebook(result: CheckResult) -> object:
    """What two forms of one notebook have in common."""
    assert result.graph is not None
    cells = tuple((item.tag, item.code_digest) for item in result.graph.tagged)
    return os.path.splitext(os.path.realpath(result.path))[0], cells  # noqa: PTH122 - a name may hold bytes


def _same_id(
    result: CheckResult, place: Place, others: Sequence[Place], count: int, *, forms: bool
) -> Diagnostic:
    """``forms``: each is written otherwise, as cells, YAML or a module."""
    assert result.graph is not None
    assert result.graph.meta is not None
    more = f" and {count - len(others)} more" if count > len(others) else ""
    named = ", ".join(other.path or "" for other in others)
    fixes = ("give each notebook an id of its own", "delete the copy")
    return Diagnostic(
        code="NBC-C23",
        message=f"id {result.graph.meta.id} is that of {named}{more}, too",
        cause="where they define the same they are one version; else each promote makes one of the same model and takes its candidate from the others",
        fixes=("nothing need be done where they are one model in several forms", *fixes) if forms else fixes,
        severity=Severity.NOTE if forms else Severity.WARNING,
        place=place,
        related=tuple(Related(message=f"the same id in {other.path}", place=other) for other in others),
    )


def _place(result: CheckResult) -> Place:
    """The line of the id. The file is read again: no other notebook's lines are held until here."""
    assert result.notebook is not None
    cell = next((one for one in result.notebook.cells if one.tag == "meta"), None)
    if cell is None:
        return Place(path=result.path)
    lines = cell.source.split("\n")
    line = next((n for n, text in enumerate(lines, 1) if _ID.match(text)), None)
    place = Place(path=result.path, cell=cell.index, tag=cell.tag, line=line)
    if result.notebook.is_framework:
        at = line if cell.first_line is None or line is None else cell.first_line + line - 1
        return Place(path=str(source_file(Path(result.path))), line=at, file_line=at)
    reading, file = read_with_lines(Path(result.path))
    same = reading.notebook is not None and reading.notebook.digest == result.notebook.digest
    return replace(place, file_line=file.line_of(place)) if same else place

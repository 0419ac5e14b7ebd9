"""The notebook reads differently in the other format, ``.ipynb`` or percent ``.py``, that Jupytext would write of it.

Why: both carry one notebook, and whoever pairs or converts them should promote the same. Each check writes the other form in memory
and reads it again. In a percent file a line ``# %% ...`` starts a cell, also where a notebook has it as a comment in the middle of
one: what follows it would not be promoted. What Jupytext takes for a magic (``ls``, ``cat x``) is a comment there.

Bad::

    # in one [features] cell of an .ipynb
    x = features.ret(20)
    # %% cleaned
    x = cs.zscore(x)

Good::

    x = features.ret(20)
    # cleaned
    x = cs.zscore(x)
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import replace

from nbcode.cells.context import Context, finding
from nbcode.cells.digests import code_digest
from nbcode.cells.facts import CellFacts
from nbcode.cells.ipython import COMMENTED
from nbcode.cells.parsing import parse_cell
from nbcode.notebook import TAGS
from nbcode.notebook.carriers import OtherForm, other_forms
from nbcode.notebook.editing import line_removed, replaced, without_marker_tag
from nbcode.notebook.marker import is_marker, read_marker
from nbcode.primitives import Diagnostic, Fix, Place, Severity

CODE = "B17"
TITLE = "the other format reads differently"


def check(context: Context) -> Iterator[Diagnostic]:
    """One finding for each tagged cell that is not the same cell there."""
    known = {facts.cell.index: facts for facts in context.tagged}
    other = "percent file" if context.notebook.format == "ipynb" else "notebook"
    for form in other_forms(context.notebook):
        if _told_by_its_marker(form):
            continue
        if form.cell.tag != form.tag:
            yield _other_tag(context, form, other)
        elif form.cut_at is not None:
            yield _cut(context, form)
        elif form.doubled:
            yield _doubled(context, form)
        elif form.cell.index in known and form.commented:
            yield from _commented(known[form.cell.index], form, other)


def _told_by_its_marker(form: OtherForm) -> bool:
    """A marker with a tag below the first line of a cell: B07 and B11."""
    if form.cut_at is None or form.cell.kind != "code":
        return False
    line = form.cell.source.split("\n")[form.cut_at - 1]
    return is_marker(line) and read_marker(line).tag_word in TAGS


def _other_tag(context: Context, form: OtherForm, other: str) -> Diagnostic:
    here = "not tagged" if form.cell.tag is None else f"[{form.cell.tag}]"
    there = "not tagged" if form.tag is None else f"[{form.tag}]"
    where = "there" if form.cut_at is None else f"there, from line {form.cut_at} on"
    return finding(
        CODE,
        f"the cell is {here}, and {there} in a {other}",
        _place(context, form, form.cut_at),
        cause=f"written as a {other} and read again it is {there} {where}",
        fixes=("write the tag into the cell's metadata", "split the cell, or close what is open above it"),
        severity=Severity.WARNING,
    )


def _cut(context: Context, form: OtherForm) -> Diagnostic:
    number = form.cut_at or 1
    line = form.cell.source.split("\n")[number - 1]
    return finding(
        CODE,
        f"a percent file would start another cell at line {number}",
        _place(context, form, number),
        cause=f"`{line.strip()[:40]}` is a cell marker there, and what follows it would not be promoted",
        fixes=(_unmarked(form.cell.index, number, line), "split the cell there"),
        severity=Severity.WARNING,
    )


def _doubled(context: Context, form: OtherForm) -> Diagnostic:
    marker = without_marker_tag(replace(form.cell, carrier="marker"))
    return finding(
        CODE,
        f"in a percent file an empty [{form.tag}] cell would stand above this one",
        _place(context, form, 1),
        cause="the cell's metadata and its first line both tag it, and there each becomes a cell of its own",
        fixes=(Fix(title="take the tag out of the first line", edits=marker), "take it out of the metadata"),
        severity=Severity.WARNING,
    )


def _unmarked(cell: int, number: int, line: str) -> Fix:
    title = "write the comment without %%"
    if "%%" not in line:
        return Fix(title="delete the line", edits=(line_removed(cell, number),))
    start = line.index("%%")
    signs = line[start : start + len(line[start:]) - len(line[start:].lstrip("% "))]
    return Fix(title=title, edits=(replaced(cell, number, start + 1, signs, ""),))


def _commented(facts: CellFacts, form: OtherForm, other: str) -> Iterator[Diagnostic]:
    """Lines that are code in one form and a comment in the other, where that changes what is computed."""
    written = facts.lines
    told = _lines_of_magics(facts, written)  # by D02, as are magics in comments
    lines = [n for n in form.commented if n not in told and COMMENTED.match(written[n - 1].lstrip()) is None]
    if not lines or facts.tree is None or _same_code(facts, form):
        return
    number = lines[0]
    text = written[number - 1].strip()[:40]
    comment, code = ("there", "here") if other == "percent file" else ("here", "there")
    yield finding(
        CODE,
        f"`{text}` is a comment {comment} and runs {code}"
        if code == "there"
        else f"`{text}` would be a comment in a {other}",
        facts.place(number),
        cause=f"Jupytext takes it for a command to IPython; as a {other} the cell computes something else",
        fixes=("take the line out of the tagged cell", "write it otherwise, such as in brackets"),
        severity=Severity.WARNING,
    )


def _lines_of_magics(facts: CellFacts, written: list[str]) -> set[int]:
    found: set[int] = set()
    for magic in facts.parsed.magics:
        number = magic.line
        found.add(number)
        while number < len(written) and written[number - 1].endswith("\\"):
            number += 1
            found.add(number)
    return found


def _same_code(facts: CellFacts, form: OtherForm) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parsed = parse_cell(form.source, thorough=False)
    if parsed.tree is None or facts.tree is None:
        return parsed.tree is facts.tree
    return code_digest("", parsed.tree, exact_docstrings=True) == code_digest(
        "", facts.tree, exact_docstrings=True
    )


def _place(context: Context, form: OtherForm, line: int | None) -> Place:
    first = form.cell.first_line
    return Place(
        path=context.notebook.path,
        cell=form.cell.index,
        tag=form.cell.tag,
        line=line,
        file_line=None if first is None or line is None else first + line - 1,
    )

"""H07: why a model cannot be kept. Where it is a constant that code of the cells reads, with the reader and the line."""

from __future__ import annotations

from collections.abc import Sequence

from alpha_bench.describe import AlphaBenchError
from nbcode.namespace import CellName, cell_file
from nbcode.primitives import Diagnostic, Place, Related
from nbcode.results.own_code import ConstantRead, NotebookCode

_FEW = 3


def not_saved(
    error: AlphaBenchError, called: str, code: NotebookCode, cells: Sequence[CellName]
) -> Diagnostic:
    """NBC-H07 for the model ``called`` so, which ``error`` refuses; ``cells`` are those that ran."""
    name = error.context.get("constant")
    reads = [one for one in code.reads_of(name) if not one.read.set_before] if isinstance(name, str) else []
    if isinstance(name, str) and reads:
        return _of_constant(name, error, called, reads, cells)
    return Diagnostic(
        code="NBC-H07",
        message=f"`{called}` cannot be saved: {error.message}",
        cause="a candidate loads through an allow-list, so that loading it runs no code",
        fixes=(error.fix,),
        place=Place(tag="model"),
    )


def _of_constant(
    name: str, error: AlphaBenchError, called: str, reads: Sequence[ConstantRead], cells: Sequence[CellName]
) -> Diagnostic:
    places = [_place(one, cells) for one in reads]
    return Diagnostic(
        code="NBC-H07",
        message=f"`{called}` cannot be saved: {_said(name, error, reads)}",
        cause="what the model's code reads of the notebook is kept by value, and this is none that can be read back",
        fixes=_fixes(name, reads),
        place=places[0],
        related=tuple(
            Related(message=f"{one.read.function} reads {name} here", place=place)
            for one, place in zip(reads[1:_FEW], places[1:_FEW], strict=True)
        ),
    )


def _said(name: str, error: AlphaBenchError, reads: Sequence[ConstantRead]) -> str:
    kind = error.message.partition(f"`{name}`, ")[2] or "no data"
    return f"`{reads[0].read.function}` reads the global `{name}`, {kind}"


def _fixes(name: str, reads: Sequence[ConstantRead]) -> tuple[str, ...]:
    """What to type: an attribute of the object in the place of each read."""
    owner, _, method = reads[0].read.function.rpartition(".")
    attributes = sorted({one.read.attribute for one in reads})
    if not owner:
        return (
            f"give `{reads[0].read.function}` what it needs of {name} as an argument, as numbers or arrays",
        )
    if "" in attributes:
        return (
            f"in {owner}.fit keep the numbers that `{method}` needs of {name} as self.{name}_, and read self.{name}_ there",
        )
    kept = "; ".join(f"self.{name}_{one} = {name}.{one}" for one in attributes)
    read = ", ".join(f"self.{name}_{one} for {name}.{one}" for one in attributes)
    return (f"in {owner}.fit, after {name} is set, write {kept}; in `{method}` write {read}",)


def _place(one: ConstantRead, cells: Sequence[CellName]) -> Place:
    cell = next((c for c in cells if cell_file(c.index, c.tag) == one.file), None)
    if cell is None:
        return Place(tag="model")
    return Place(cell=cell.index, tag=cell.tag, line=one.line)

"""What the cells have defined: a definition of ours as plain data, or results of their own."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from alpha_bench.describe import definition_digest
from nbcode.primitives import Diagnostic, Digest, Json, Place, Severity, dataclass
from nbcode.results.asked import Found
from nbcode.results.kinds import kind_of, model_mismatch, plain_of
from nbcode.results.result import PYTHON_DIGEST, Kind


@dataclass(frozen=True, kw_only=True, slots=True)
class Defined:
    """``plain`` is the evaluation's definition where it is one of ours; ``problems`` are errors."""

    kind: Kind
    digest: Digest
    plain: dict[str, Json] | None
    problems: tuple[Diagnostic, ...]


def defined(found: Found, expected: str | None = None, python_digest: Digest = PYTHON_DIGEST) -> Defined:
    """`m` a model definition of ours with `report` an evaluation of it is declarative; everything else is plain Python.

    ``expected`` is the definition that the spec names, ``python_digest`` what it calls the definition of plain Python cells.
    """
    m, report = found.model, found.report
    kind: Kind = "python"
    digest, plain = python_digest, None
    if kind_of(m) == "model" and kind_of(report) == "evaluation":
        kind, digest = "declarative", Digest(definition_digest(report))
        plain = plain_of(report)
    problems = [*_differs(digest, expected, python_digest)]
    if (mismatch := model_mismatch(m, report)) is not None:
        problems.append(mismatch)
    return Defined(kind=kind, digest=digest, plain=plain, problems=tuple(problems))


def _differs(digest: Digest, expected: str | None, python_digest: Digest) -> tuple[Diagnostic, ...]:
    # Cells that ask for values are plain Python in the spec, also where the model and the report turn out to be ours.
    if expected is None or expected in (digest, python_digest):
        return ()
    return (
        Diagnostic(
            code="NBC-H20",
            message="the clean run built another definition than the spec names",
            cause=f"expected {expected[:19]}, got {digest.short}: the cells do not build the same model each time",
            fixes=("make what the cells build depend on nothing but the declared inputs",),
            place=Place(tag="model"),
        ),
    )


def other_data(cells: Iterable[tuple[str, Place]]) -> Diagnostic:
    """NBC-H28, a warning: ``alpha_bench.use(panel)`` in one of ``cells`` (source, where it is) bound data that the judge does not have."""
    return Diagnostic(
        code="NBC-H28",
        severity=Severity.WARNING,
        message="the result is of the declared data, and not of the panel that a cell bound by alpha_bench.use",
        cause="a definition is evaluated on the data that are declared, by a process that ran no cell; what the cells showed is of their own panel",
        fixes=(
            "name that data in nbcode.toml ([data.mine] prices = ...), and take use(...) out of the tagged cells",
            "write what the panel leaves out as universe=, which travels with the definition",
        ),
        place=next((found for source, place in cells if (found := _binds(source, place)) is not None), None),
    )


def _binds(source: str, place: Place) -> Place | None:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return None
    lines = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "use"
    ]
    return Place(cell=place.cell, tag=place.tag, line=min(lines)) if lines else None

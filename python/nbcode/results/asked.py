"""The expressions of [meta] in the namespace that the cells left: the model, the signal, the figures.

They are the notebook's, so they run where its cells ran: behind the same wall, under the same guard, and an error has the line
of [meta] as its place.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from numbers import Real
from typing import Any

from nbcode.primitives import Diagnostic, NbcodeError, Place, dataclass
from nbcode.results.result import Asked

MISSING = object()


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Found:
    """What the cells left. ``model`` is :data:`MISSING` and ``report`` None where the names `m` and `report` are not there;
    ``signal`` is :data:`MISSING` in a notebook of kind: model. ``called`` is what [meta] calls the model or the signal, by default `m`."""

    model: object
    report: object
    signal: object = MISSING
    called: str = "m"


def evaluate(
    namespace: Mapping[str, object],
    asked: Iterable[Asked] = (),
    *,
    file: str = "<cell [meta]>",
    cell: int | None = None,
) -> Found:
    """What ``asked`` names, and where it names nothing, the names `m` and `report`. ``file`` is what tracebacks call the [meta]
    cell, ``cell`` its number.

    Raises:
        NbcodeError: NBC-D15 for a model, NBC-H08 for a figure that cannot be computed, with the line of [meta].
    """
    wanted = {one.key: one for one in asked}
    values = {key: _value(one, namespace, file, cell) for key, one in wanted.items()}
    figures = {key.removeprefix("report."): v for key, v in values.items() if key.startswith("report.")}
    model = values.get("model", MISSING if "signal" in wanted else namespace.get("m", MISSING))
    return Found(
        model=model,
        report=figures or values.get("report", namespace.get("report")),
        signal=values.get("signal", MISSING),
        called=next((wanted[key].text for key in ("signal", "model") if key in wanted), "m"),
    )


def _value(one: Asked, namespace: Mapping[str, object], file: str, cell: int | None) -> object:
    tree = ast.parse(one.text, file, mode="eval")
    ast.increment_lineno(tree, one.line - 1)
    scope = namespace if isinstance(namespace, dict) else dict(namespace)
    try:
        value: Any = eval(compile(tree, file, "eval", dont_inherit=True), scope)  # noqa: S307 - where the cells ran
    except PermissionError:
        raise  # the guard's: it says what was reached for
    except Exception as error:
        raise NbcodeError([_failed(one, error, cell)]) from error
    if value is None and one.key.startswith("report."):
        raise NbcodeError([_no_figure(one, cell)])
    if one.key == "report" and isinstance(value, Real | str):
        raise NbcodeError([_one_figure(one, value, cell)])
    return value


def _one_figure(one: Asked, value: object, cell: int | None) -> Diagnostic:
    name = one.text if one.text.isidentifier() else "figure"
    return Diagnostic(
        code="NBC-H08",
        message=f"`report: {one.text[:80]}` in [meta] gives one {type(value).__name__}",
        cause="`report:` names a dict of figures, or is a mapping of figure to expression",
        fixes=(f"write `# report:` and below it `#   {name}: {one.text}`; the cells stay as they are",),
        place=Place(cell=cell, tag="meta", line=one.line),
    )


def _no_figure(one: Asked, cell: int | None) -> Diagnostic:
    printed = one.text.startswith("print(")
    return Diagnostic(
        code="NBC-H08",
        message=f"`{one.key}: {one.text[:80]}` in [meta] gives None",
        cause="a figure is a finite number" + (", and print gives none" if printed else ""),
        fixes=(f"{one.key.removeprefix('report.')}: {one.text[6:-1]}",)
        if printed
        else ("name the value that a tagged cell computes", "try it in a cell below the tagged ones"),
        place=Place(cell=cell, tag="meta", line=one.line),
    )


def _failed(one: Asked, error: Exception, cell: int | None) -> Diagnostic:
    try:
        said = str(error)
    except Exception:
        said = "its message cannot be shown"
    return Diagnostic(
        code="NBC-H08" if one.key.startswith("report") else "NBC-D15",
        message=f"`{one.key}: {one.text[:80]}` in [meta] raised {type(error).__name__}",
        cause=said[:500] or "it is evaluated when the tagged cells have run, in their names",
        fixes=("correct the expression in [meta]", "try it in a cell below the tagged ones"),
        place=Place(cell=cell, tag="meta", line=one.line),
    )

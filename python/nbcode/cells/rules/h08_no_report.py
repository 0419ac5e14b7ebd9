"""A figure is missing, is no number, NaN or infinite; or nothing says what the figures are.

Why: a candidate is recorded with figures. They are what ``report`` holds after the last tagged cell, or what ``report:`` in
[meta] says. That no tagged cell assigns ``report`` is reported before the run; what a figure is, only the run knows.

Bad::

    # %% [eval]
    r2 = m.score(X, y)

Good::

    # %% [eval]
    report = {"r2": m.score(X, y)}
"""

from __future__ import annotations

from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.cells.rules.results_named import evaluated_names, said_in_meta, surely_unbound
from nbcode.primitives import Diagnostic, Fix, Place

CODE = "H08"
TITLE = "bad figure"


def check(context: Context) -> Iterator[Diagnostic]:
    """At most one finding: nothing is called `report`, and [meta] does not say what is."""
    meta = context.meta
    if meta is None or meta.report is not None or meta.figures:
        return
    needed = context.tagged if meta.kind == "signal" else context.of_tag("model")
    if not needed or not surely_unbound(context, "report"):
        return
    cells = context.of_tag("eval")
    place = cells[-1].place(1) if cells else Place(path=context.notebook.path)
    evaluated = evaluated_names(context)
    if evaluated:
        name = evaluated[-1]
        yield finding(
            CODE,
            f"`report` is missing: the evaluation is called `{name}`",
            place,
            cause="the figures of a candidate are those of the name `report`, or of what [meta] names",
            fixes=(said_in_meta(context, f"# report: {name}"), f"rename {name} to report"),
        )
        return
    fixes: tuple[Fix | str, ...] = ('report = {"ic": ...} in an [eval] cell',)
    names = [name for facts in cells for name, event in facts.binds.items() if event.how == "assign"]
    if names:
        fixes = (said_in_meta(context, f"# report:\n#   {names[-1]}: {names[-1]}"), *fixes)
    yield finding(
        CODE,
        "`report` is missing",
        place,
        cause="a candidate is recorded with figures, and no tagged cell nor [meta] says which",
        fixes=fixes,
    )

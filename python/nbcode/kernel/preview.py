"""``%nbcode preview``: what [meta] says the model and the figures are, in this kernel's names, before any run."""

from __future__ import annotations

from collections.abc import Mapping

from alpha_bench.describe import element
from nbcode.kernel.display import Findings
from nbcode.notebook import Meta
from nbcode.primitives import Diagnostic, Json, NbcodeError, Place, dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    """The result by its ``name`` in [meta], what ``kind`` of object it is here, and the figures."""

    name: str
    kind: str
    figures: Mapping[str, Json]

    def __repr__(self) -> str:
        figures = [f"  {name}  {_text(value)}" for name, value in self.figures.items()]
        return "\n".join([f"{self.name}: {self.kind}", *figures])

    def _repr_html_(self) -> str:
        rows = [
            element("tr", element("th", name), element("td", _text(value)))
            for name, value in self.figures.items()
        ]
        return element("div", element("b", f"{self.name}: {self.kind}"), element("table", rows))


def preview(namespace: Mapping[str, object], meta: Meta | None) -> Preview | Findings:
    """Evaluate the expressions of ``meta`` in ``namespace``, as the clean run does in its own; what is wrong with them otherwise."""
    from nbcode.definition import asked_of
    from nbcode.results import MISSING, evaluate, kind_of, plain_figures

    if meta is None:
        return Findings(headline="nothing to preview", diagnostics=(_no_meta(),))
    try:
        found = evaluate(namespace, asked_of(meta))
    except NbcodeError as error:
        return Findings(headline="[meta] does not fit what is here", diagnostics=error.diagnostics)
    result = found.model if found.signal is MISSING else found.signal
    if result is MISSING:
        problem = Diagnostic(
            code="NBC-D15",
            message=f"`{found.called}` is not defined",
            cause="[meta] names no model, and no cell has made one of this name here",
            fixes=("write # model: NAME in [meta]", "run the [model] cell"),
            place=Place(tag="model"),
        )
        return Findings(headline="[meta] does not fit what is here", diagnostics=(problem,))
    report = found.report
    figures, wrong = plain_figures(report.figures if kind_of(report) == "evaluation" else report)  # type: ignore[attr-defined]
    if wrong:
        return Findings(headline="the figures are not right", diagnostics=wrong)
    return Preview(name=found.called, kind=type(result).__name__, figures=figures)


def _no_meta() -> Diagnostic:
    return Diagnostic(
        code="NBC-B15",
        message="this kernel knows no [meta]",
        cause="the notebook has no [meta] cell that can be read, or the front end did not say which notebook it is",
        fixes=("write a [meta] cell, and run it or save",),
    )


def _text(value: Json) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)

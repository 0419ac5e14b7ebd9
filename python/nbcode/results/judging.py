"""The judge: from a definition, which is plain data, to its figures, report and model. No cell has run in its process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alpha_bench.describe import build, evaluate, fit_final, fit_share
from nbcode.primitives import Diagnostic, Json, Judged, Judgement, Severity, canonical_json
from nbcode.results.given import given_columns, given_looks
from nbcode.results.needed import write_needs
from nbcode.results.said_later import write_judgement

if TYPE_CHECKING:
    from alpha_bench.describe import KeptFolds, Share, ValueSource


def judge(
    plain: Mapping[str, Json],
    panel: Callable[[], ValueSource],
    out: Path,
    on_step: Callable[[str], None] = lambda _step: None,
    *,
    given: Path | None = None,
    kept: KeptFolds | None = None,
) -> dict[str, Json]:
    """Compute the evaluation that ``plain`` describes on ``panel``; write ``report.json``, ``report.html``, ``pictures/``,
    ``predictions.parquet``, ``labels/``, ``model/``, the model fitted on every row whose label is known, and what that needs, into
    ``out``. Returns the figures.

    ``on_step`` hears when ``figures``, ``report`` and ``model`` begin. ``given`` holds the columns of the notebook's own code, where
    the definition has any; the code itself is not needed. ``kept`` are fits of folds that other runs left: the result is the same without them.

    Raises:
        AlphaBenchError: whatever the evaluation raises.
        NbcodeError: the panel cannot be read, or the given columns are others.
    """
    on_step("figures")
    definition = build(plain, with_code=given is None)
    source, own = (panel(), ()) if given is None else given_columns(definition, panel(), given)
    looked_at = 1 if given is None else given_looks(given)
    figures = write_evaluation(evaluate(definition, source, looked_at=looked_at, kept=kept), out, on_step)
    judged = Judged.ON_COLUMNS if own else Judged.OUTSIDE
    write_judgement(out, Judgement(judged=judged, columns=own))
    on_step("model")
    fitted = fit_final(build({**plain, "evaluation": None}, with_code=given is None), source)
    fitted.save(out / "model")
    write_needs(fitted, out)
    return figures


def judge_share(
    plain: Mapping[str, Json],
    panel: Callable[[], ValueSource],
    into: Path,
    share: Share,
    *,
    given: Path | None = None,
) -> None:
    """Fit the folds of ``share`` of the evaluation that ``plain`` describes, as :func:`judge` would, and leave them in ``into``. Raises as that does."""
    definition: Any = build(plain, with_code=given is None)
    source = panel() if given is None else given_columns(definition, panel(), given)[0]
    fit_share(definition, source, share, into)


def folds_refused(kept: KeptFolds | None) -> tuple[Diagnostic, ...]:
    """NBC-H44, a warning, where fits that other runs left were not taken."""
    if kept is None or not kept.refused:
        return ()
    why = (
        "the one that was fitted again here was another"
        if kept.differed
        else "they are not what such a run leaves"
    )
    return (
        Diagnostic(
            code="NBC-H44",
            severity=Severity.WARNING,
            message=f"{kept.refused} fits of folds that other runs left were not taken",
            cause=f"{why}; all of them were fitted here, so the result is the one of a single run",
            fixes=("run on machines of one kind, and look who may write to the object store",),
        ),
    )


def write_evaluation(made: Any, out: Path, on_step: Callable[[str], None]) -> dict[str, Json]:
    """Write an evaluation's report with its page, pictures, predictions and labels into ``out``; returns its figures."""
    from nbcode.results._pyarrow import write_predictions

    document = made.to_json()
    on_step("report")
    (out / "pictures").mkdir(parents=True, exist_ok=True)
    for name, text in made.to_files().items():
        (out / name).write_text(text, encoding="utf-8")
    write_predictions(made.predictions, out)
    (out / "report.json").write_bytes(canonical_json(document))
    return dict(made.figures)

"""The end of a clean run: what `m` and `report` hold becomes the files of the artifact.

1. Tell the kind: `m` a ModelDefinition with `report` an Evaluation is declarative; everything else is plain Python.
2. The definition must be the one that the spec names.
3. The model is saved: a definition fitted once more on every row whose label is known, an estimator as it is.
4. The report is written: ours with its page, pictures and predictions; a dict of figures as a table.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from alpha_bench.describe import AlphaBenchError, fit_final
from nbcode.namespace import ActiveSession, CellName, diagnostic_of, located
from nbcode.primitives import (
    Diagnostic,
    Digest,
    Json,
    NbcodeError,
    canonical_json,
    dataclass,
    errors_of,
)
from nbcode.results import estimators
from nbcode.results.asked import MISSING, Found, evaluate
from nbcode.results.defined import defined
from nbcode.results.figures import plain_figures, too_much
from nbcode.results.fitted import is_fitted
from nbcode.results.judging import write_evaluation
from nbcode.results.kinds import kind_of
from nbcode.results.needed import write_needs
from nbcode.results.not_saved import not_saved
from nbcode.results.own_code import NotebookCode
from nbcode.results.plain_page import plain_page
from nbcode.results.project_modules import ProjectModules
from nbcode.results.result import PYTHON_DIGEST, ResultDraft
from nbcode.results.rows import rows_used


def finish(
    session: ActiveSession,
    out: Path,
    expected_definition_digest: str | None = None,
    *,
    found: Found | None = None,
    python_digest: Digest = PYTHON_DIGEST,
    cells: Iterable[CellName] = (),
    modules: ProjectModules | None = None,
    on_step: Callable[[str], None] = lambda _step: None,
) -> ResultDraft:
    """End a clean run: write ``model/`` and what it needs, ``report.json``, ``report.html`` and ``predictions.parquet`` into ``out``.

    ``found`` is the model and the report where [meta] says what they are, by default what `m` and `report` hold;
    ``python_digest`` is what the spec calls the definition of plain Python cells. ``cells`` are those that ran, in order: a
    problem with the model belongs to the last [model] cell, and so on. ``modules`` are the project's, whose code a model may
    need. ``on_step`` hears
    when ``figures``, ``report`` (of ours: its page, pictures and predictions) and ``model`` begin.
    Problems are in the draft's ``diagnostics``; where one is an error, what was written is not a result.
    """
    named = tuple(cells)
    ending = _Ending(
        namespace=session.namespace,
        panel=session.panel,
        out=out,
        found=found or evaluate(session.namespace),
        modules=modules,
        cells=named,
        on_step=on_step,
    )
    draft = _finished(ending, expected_definition_digest, python_digest)
    return replace(draft, diagnostics=located(draft.diagnostics, named))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Ending:
    """One end of a run: what the cells left, the panel, where the result goes, who hears of the steps."""

    namespace: Mapping[str, object]
    panel: Callable[[], Any]
    out: Path
    found: Found
    modules: ProjectModules | None
    cells: tuple[CellName, ...]
    on_step: Callable[[str], None]


def _finished(ending: _Ending, expected_definition_digest: str | None, python_digest: Digest) -> ResultDraft:
    ending.on_step("figures")
    out, m = ending.out, ending.found.model
    made = defined(ending.found, expected_definition_digest, python_digest)
    found = list(made.problems)
    figures: dict[str, Json] = {}
    if not found:
        out.mkdir(parents=True, exist_ok=True)
        try:
            shown = m if ending.found.signal is MISSING else ending.found.signal
            figures = _write_report(ending, shown, found)
            ending.on_step("model")
            if ending.found.signal is MISSING:
                _write_model(ending, found)
            else:
                found.extend(_write_signal(ending.found, out))
        except (AlphaBenchError, NbcodeError) as error:
            found.append(diagnostic_of(error, {}))
    files = (
        sorted(str(p.relative_to(out).as_posix()) for p in out.rglob("*") if p.is_file())
        if out.is_dir()
        else []
    )
    return ResultDraft(
        kind=made.kind,
        definition_digest=made.digest,
        figures=tuple(figures.items()),
        files=tuple(files),
        diagnostics=tuple(found),
    )


def _write_report(ending: _Ending, m: object, found: list[Diagnostic]) -> dict[str, Json]:
    out, report = ending.out, ending.found.report
    if kind_of(report) == "evaluation":
        return write_evaluation(getattr(report, "report", report), out, ending.on_step)
    figures, problems = plain_figures(report)
    found.extend(problems)
    used = rows_used(ending.namespace, _sources(ending.namespace))
    rows: list[Json] = [one.to_json() for one in used]
    document: dict[str, Json] = {
        "kind": "python",
        "figures": figures,
        "folds": [],
        "rows": rows,
        "model": _text_of(m),
    }
    data = canonical_json(document)
    if much := too_much(len(data)):
        found.extend(much)
        return {}
    (out / "report.html").write_text(plain_page(document), encoding="utf-8")
    if not errors_of(found):
        (out / "report.json").write_bytes(data)
    return figures


def _write_model(ending: _Ending, found: list[Diagnostic]) -> None:
    m, called, directory = ending.found.model, ending.found.called, ending.out / "model"
    if kind_of(m) == "model":
        definition: Any = m
        whole = fit_final(definition, ending.panel())
        whole.save(directory)
        write_needs(whole, ending.out)
        return
    code = NotebookCode(ending.namespace, _sources(ending.namespace), ending.modules)
    problem = estimators.estimator_problem(m, called=called, keeps=code.has)
    if problem is not None:
        found.append(problem)
        return
    fitted, note = _fitted(ending.namespace, m, called)
    found.append(note)
    found += _kept(fitted, called, directory, code, ending.cells)


def _kept(
    fitted: object, called: str, directory: Path, code: NotebookCode, cells: Sequence[CellName]
) -> Iterator[Diagnostic]:
    """Write the model; what is to be said of how it is kept."""
    from alpha_bench.describe import predicts_rows, save_estimator

    try:
        save_estimator(fitted, directory, code)
    except AlphaBenchError as error:
        yield not_saved(error, called, code, cells)
        return
    if code.taken:
        yield estimators.own_code_note(code.taken)
    if not predicts_rows(fitted):
        yield estimators.parameters_only_warning(type(fitted).__name__, called)


def _sources(namespace: Mapping[str, object]) -> list[str]:
    history = namespace.get("In")
    return [s for s in history if isinstance(s, str)] if isinstance(history, list) else []


def _write_signal(found: Found, out: Path) -> tuple[Diagnostic, ...]:
    from nbcode.results._pandas import save_signal

    return save_signal(found.signal, out / "model", found.called)


def _fitted(namespace: Mapping[str, object], m: Any, called: str) -> tuple[object, Diagnostic]:
    """``m``, fitted on what the cells gave it where it was not fitted yet, and what is to be said about that."""
    sources = _sources(namespace)
    if is_fitted(m, namespace, sources):
        return m, estimators.fitted_note(called)
    data = estimators.training_data(namespace, sources, called)
    if data is None:
        return m, estimators.unfitted_warning(
            "the cells never fitted it, and no training data `X` and `y` is to be found", called
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return m.fit(*data), estimators.fitted_by_run_note(called)
    except Exception as error:
        why = f"fitting it on the cells' own data raised {type(error).__name__}: {error}"
        return m, estimators.unfitted_warning(why, called)


def _text_of(m: object) -> str:
    try:
        return repr(m)[:10_000]
    except Exception:
        return type(m).__name__

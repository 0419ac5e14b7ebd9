"""The end of a clean run: what the cells left becomes a model, a report and predictions, or a finding."""

from nbcode.results.estimators import MISSING, estimator_problem
from nbcode.results.figures import plain_figures
from nbcode.results.finish import finish
from nbcode.results.kinds import held_as, missing_report, other_model, ours, plain_of
from nbcode.results.result import PYTHON_DEFINITION, PYTHON_DIGEST, Kind, ResultDraft

__all__ = [
    "MISSING",
    "PYTHON_DEFINITION",
    "PYTHON_DIGEST",
    "Kind",
    "ResultDraft",
    "estimator_problem",
    "finish",
    "held_as",
    "missing_report",
    "other_model",
    "ours",
    "plain_figures",
    "plain_of",
]

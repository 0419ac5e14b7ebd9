"""The end of a clean run: what the cells left becomes a model, a report and predictions, or a finding."""

from nbcode.results.estimators import MISSING, estimator_problem
from nbcode.results.finish import finish
from nbcode.results.kinds import kind_of, missing_report, model_mismatch, name_of, plain_of
from nbcode.results.result import PYTHON_DEFINITION, PYTHON_DIGEST, Kind, ResultDraft

__all__ = [
    "MISSING",
    "PYTHON_DEFINITION",
    "PYTHON_DIGEST",
    "Kind",
    "ResultDraft",
    "estimator_problem",
    "finish",
    "kind_of",
    "missing_report",
    "model_mismatch",
    "name_of",
    "plain_of",
]

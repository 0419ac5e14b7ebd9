"""The end of a clean run: what the cells left becomes a model, a report and predictions, or a finding."""

from pathlib import Path
from typing import TYPE_CHECKING

from nbcode.results.asked import MISSING, Found, evaluate
from nbcode.results.defined import Defined, defined
from nbcode.results.estimators import estimator_problem
from nbcode.results.figures import plain_figures
from nbcode.results.finish import finish
from nbcode.results.given import GIVEN, given_definition, hand_over
from nbcode.results.judging import judge
from nbcode.results.kinds import kind_of, missing_report, model_mismatch, name_of, plain_of
from nbcode.results.project_modules import ProjectModules
from nbcode.results.result import (
    PYTHON_DEFINITION,
    PYTHON_DIGEST,
    Asked,
    Kind,
    ResultDraft,
    python_definition,
)
from nbcode.results.said_later import write_judgement, write_look_ahead

if TYPE_CHECKING:
    from nbcode.results._pandas import Signal

__all__ = [
    "GIVEN",
    "MISSING",
    "PYTHON_DEFINITION",
    "PYTHON_DIGEST",
    "Asked",
    "Defined",
    "Found",
    "Kind",
    "ProjectModules",
    "ResultDraft",
    "defined",
    "estimator_problem",
    "evaluate",
    "finish",
    "given_definition",
    "hand_over",
    "judge",
    "kind_of",
    "load_signal",
    "missing_report",
    "model_mismatch",
    "name_of",
    "plain_figures",
    "plain_of",
    "python_definition",
    "write_judgement",
    "write_look_ahead",
]


def load_signal(directory: Path) -> "Signal | None":
    """The signal that a run of kind: signal left in ``directory``; None where it left a model. Raises ``NbcodeError`` (NBC-R35)
    where it cannot be read."""
    if not (directory / "signal.json").is_file():
        return None
    from nbcode.results._pandas import load_signal as load

    return load(directory)

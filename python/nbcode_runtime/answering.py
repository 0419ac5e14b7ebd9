"""Answers as MLflow's server gives them: a refusal with the words that say what to do, a prediction that is missing as null."""

from __future__ import annotations

import json
import sys
from typing import Any

from alpha_bench.describe import AlphaBenchError


class _Told(Exception):  # noqa: N818 - never raised by this name
    """What MLflow's server asks of an exception that it answers with. It may set ``message`` to the whole request; what is told stays."""

    def get_http_status_code(self) -> int:
        """Whoever asked has to ask otherwise."""
        return 400

    def serialize_as_json(self) -> str:
        """The body of the answer."""
        return json.dumps({"error_code": "INVALID_PARAMETER_VALUE", "message": str(self)})


_SERVERS = ("mlflow.pyfunc.scoring_server.app", "mlflow.pyfunc.scoring_server.wsgi")
"""Loaded in the process of a server alone, today's and that of MLflow 2."""


def as_json_has_it(predictions: Any) -> Any:
    """``predictions``; in the process of MLflow's server without NaN, which it would write, and which no JSON has (RFC 8259, 6): null is there instead."""
    if not any(name in sys.modules for name in _SERVERS) or not hasattr(predictions, "notna"):
        return predictions
    made = predictions.astype(object).where(predictions.notna(), None)
    return made.rename(predictions.name) if hasattr(predictions, "name") else made


def as_mlflow_tells(error: AlphaBenchError) -> AlphaBenchError:
    """``error``, of the same class and with the same parts, which is an ``MlflowException`` too; itself where MLflow is not loaded."""
    exceptions: Any = sys.modules.get("mlflow.exceptions")
    if exceptions is None:
        return error
    kind = type(error)
    both: Any = type(
        kind.__name__,
        (_Told, kind, exceptions.MlflowException),
        {"__reduce__": lambda _: error.__reduce__(), "__module__": kind.__module__},
    )
    told: AlphaBenchError = both.__new__(both)
    told.args = error.args
    told.__dict__.update(error.__dict__)
    return told.with_traceback(error.__traceback__)

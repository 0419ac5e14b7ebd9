"""A part of the pipeline is a function of the notebook itself, which an artifact cannot hold.

Why: artifacts are never pickles. A lambda, or a function or class written in the notebook, has no name by which another
process could find it again. An error in a [model] cell, a warning elsewhere.

Bad::

    m = make_pipeline(FunctionTransformer(lambda x: x.clip(-3, 3)), Ridge())

Good::

    m = make_pipeline(RobustScaler(), Ridge())
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.primitives import Diagnostic, Severity

CODE = "D16"
TITLE = "part of the model cannot be saved"

_TAKES_FUNCTIONS = frozenset(
    {"FunctionTransformer", "TransformedTargetRegressor", "GaussianProcessRegressor"}
)


def check(context: Context) -> Iterator[Diagnostic]:
    """Each lambda or notebook function given to a transformer that keeps it."""
    own = {name for facts in context.tagged for name, event in facts.binds.items() if event.how == "def"}
    for facts in context.tagged:
        for call, dotted in context.calls_of(facts):
            if dotted.rpartition(".")[2] not in _TAKES_FUNCTIONS:
                continue
            for value in (*call.args, *(k.value for k in call.keywords)):
                is_custom = isinstance(value, ast.Name) and value.id in own
                if isinstance(value, ast.Lambda) or is_custom:
                    what = "a lambda" if isinstance(value, ast.Lambda) else "a function of the notebook"
                    yield finding(
                        CODE,
                        f"{what} inside the pipeline",
                        facts.place_of(value),
                        cause="the artifact is no pickle: another process could not find it again",
                        fixes=("use a function of numpy or scikit-learn", "compute it in a [features] cell"),
                        severity=Severity.ERROR if facts.tag == "model" else Severity.WARNING,
                    )

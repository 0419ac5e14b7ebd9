"""A part of the pipeline is a lambda, which an artifact cannot hold.

Why: artifacts are never pickles. A lambda has no name by which its code could be kept. A function or a class that a tagged cell
defines by name is kept as source, which runs only with the consent of whoever loads the model. An error in a [model] cell, a
warning elsewhere.

Bad::

    m = make_pipeline(FunctionTransformer(lambda x: x.clip(-3, 3)), Ridge())

Good::

    def clipped(x):
        return x.clip(-3, 3)

    m = make_pipeline(FunctionTransformer(clipped), Ridge())
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
    """Each lambda given to a transformer that keeps it."""
    for facts in context.tagged:
        for call, dotted in context.calls_of(facts):
            if dotted.rpartition(".")[2] not in _TAKES_FUNCTIONS:
                continue
            for value in (*call.args, *(k.value for k in call.keywords)):
                if isinstance(value, ast.Lambda):
                    yield finding(
                        CODE,
                        "a lambda inside the pipeline",
                        facts.place_of(value),
                        cause="it has no name by which its code could be kept",
                        fixes=(
                            "define it by def, in a tagged cell",
                            "use a function of numpy or scikit-learn",
                        ),
                        severity=Severity.ERROR if facts.tag == "model" else Severity.WARNING,
                    )

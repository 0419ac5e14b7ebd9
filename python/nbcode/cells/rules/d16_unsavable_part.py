"""A part of the model is of a class that a function defines, which an artifact cannot hold.

Why: artifacts are never pickles. Functions, lambdas and classes of tagged cells, and of modules of the project, are kept as source,
which runs only with the consent of whoever loads the model. A class inside a function is another one at each call, and has no
name by which its code could be kept. An error where a [model] cell calls that function, a warning elsewhere.

Bad::

    def build():
        class Clip(BaseEstimator, TransformerMixin):
            ...
        return make_pipeline(Clip(), Ridge())

    m = build().fit(X, y)

Good::

    class Clip(BaseEstimator, TransformerMixin):
        ...

    def build():
        return make_pipeline(Clip(), Ridge())

    m = build().fit(X, y)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.cells.trees import walk
from nbcode.primitives import Diagnostic, Severity

CODE = "D16"
TITLE = "part of the model cannot be saved"

_PARTS_OF_MODELS = frozenset(
    """
    BaseEstimator ClassifierMixin ClusterMixin Module OneToOneFeatureMixin OutlierMixin RegressorMixin TransformerMixin
    """.split()
)


def check(context: Context) -> Iterator[Diagnostic]:
    """Each class that can be a part of a model and is defined inside a function."""
    called = {
        dotted
        for facts in context.tagged
        if facts.tag == "model"
        for _call, dotted in context.calls_of(facts)
    }
    for facts in context.tagged:
        if not any(_is_part(base) for node in facts.all_of(ast.ClassDef) for base in node.bases):
            continue
        for function in facts.all_of(ast.FunctionDef):
            for node in walk(function):
                if isinstance(node, ast.ClassDef) and any(map(_is_part, node.bases)):
                    yield finding(
                        CODE,
                        f"the class `{node.name}` is defined inside the function `{function.name}`",
                        facts.place_of(node),
                        cause="a model that holds one cannot be kept: the class is another one at each call",
                        fixes=(f"define `{node.name}` at the top of a tagged cell",),
                        severity=Severity.ERROR if function.name in called else Severity.WARNING,
                    )


def _is_part(base: ast.expr) -> bool:
    name = base.attr if isinstance(base, ast.Attribute) else base.id if isinstance(base, ast.Name) else ""
    return name in _PARTS_OF_MODELS

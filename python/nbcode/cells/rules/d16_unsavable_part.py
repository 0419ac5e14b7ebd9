"""A part of the model is of a class that a function defines, or a function of a function that cannot be kept.

Why: artifacts are never pickles. Functions, lambdas and classes of tagged cells, and of modules of the project, are kept as source,
which runs only with the consent of whoever loads the model. A class inside a function is another one at each call, and has no
name by which its code could be kept; nor have two functions inside a function that call each other. An error where a [model] cell
calls that function and gets the class, or what is made of it; a warning elsewhere.

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
from nbcode.cells.facts import CellFacts
from nbcode.cells.trees import children, walk
from nbcode.primitives import Diagnostic, Severity

CODE = "D16"
TITLE = "part of the model cannot be saved"

_PARTS_OF_MODELS = frozenset(
    """
    BaseEstimator ClassifierMixin ClusterMixin Module OneToOneFeatureMixin OutlierMixin RegressorMixin TransformerMixin
    """.split()
)
_LIBRARIES = ("sklearn.", "lightgbm.", "xgboost.", "catboost.", "torch.nn.")
_OF_MODELS = frozenset({"predict", "predict_proba", "transform"})


def check(context: Context) -> Iterator[Diagnostic]:
    """Each class that can be a part of a model and is defined inside a function, and each function there that calls another which calls it
    back and is given away."""
    called: tuple[set[str], set[str]] | None = None
    for facts in context.tagged:
        if len(facts.all_of(ast.FunctionDef)) + len(facts.all_of(ast.ClassDef)) < 2:
            continue
        nested = [node for node in _outermost(facts) if _defines(node)]
        if not nested:
            continue
        called = called or _called(context)
        direct, reached = called
        for function in nested:
            given = _given_away(function)
            for node in walk(function):
                if isinstance(node, ast.ClassDef) and (how := _is_part(context, node)):
                    gets = function.name in reached and node.name in given
                    stops = gets or (how == "base" and function.name in direct)
                    yield _of_class(facts, node, function, stops=stops)
            yield from _of_functions(facts, function)


def _of_class(facts: CellFacts, node: ast.ClassDef, function: ast.FunctionDef, *, stops: bool) -> Diagnostic:
    return finding(
        CODE,
        f"the class `{node.name}` is defined inside the function `{function.name}`",
        facts.place_of(node),
        cause="a model that holds one cannot be kept: the class is another one at each call",
        fixes=(f"define `{node.name}` at the top of a tagged cell",),
        severity=Severity.ERROR if stops else Severity.WARNING,
    )


def _of_functions(facts: CellFacts, function: ast.FunctionDef) -> Iterator[Diagnostic]:
    given = _given_away(function, calls=False)
    own = {node.name: node for node in function.body if isinstance(node, ast.FunctionDef)}
    reads = {
        name: {n.id for n in walk(node) if isinstance(n, ast.Name)} & own.keys() for name, node in own.items()
    }
    for name, node in own.items():
        other = next((one for one in sorted(reads[name] - {name}) if name in reads[one]), None)
        if other is not None and name in given:
            yield finding(
                CODE,
                f"`{name}` and `{other}`, inside the function `{function.name}`, call each other",
                facts.place_of(node),
                cause=f"a model that holds `{name}` cannot be kept: neither can be written down before the other",
                fixes=(f"define `{name}` and `{other}` at the top of a tagged cell",),
                severity=Severity.WARNING,
            )


def _outermost(facts: CellFacts) -> Iterator[ast.FunctionDef]:
    """The functions of a cell that no other function holds, those of its classes among them."""
    waiting: list[ast.AST] = [] if facts.tree is None else list(facts.tree.body)
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.FunctionDef):
            yield node
        elif isinstance(node, ast.stmt):
            waiting += [child for child in children(node) if isinstance(child, ast.stmt)]


def _defines(function: ast.FunctionDef) -> bool:
    return any(
        isinstance(node, ast.ClassDef | ast.FunctionDef) for node in walk(function) if node is not function
    )


def _called(context: Context) -> tuple[set[str], set[str]]:
    """The functions that [model] cells call, and those that these call in turn."""
    direct = {dotted for facts in context.of_tag("model") for _call, dotted in context.calls_of(facts)}
    calls = {
        node.name: {n.func.id for n in walk(node) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
        for facts in context.tagged
        for node in _outermost(facts)
    }
    reached, waiting = set(), list(direct)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += calls.get(name, ())
    return direct, reached


def _given_away(function: ast.FunctionDef, *, calls: bool = True) -> set[str]:
    """The names from which what ``function`` returns is made; ``calls``: also of what it only calls, whose result it is."""
    made: dict[str, set[str]] = {}
    given: set[str] = set()
    for node in _own_nodes(function):
        if isinstance(node, ast.Return) and node.value is not None:
            given |= _names(node.value, calls=calls)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                for name in _names(target):
                    made.setdefault(name, set()).update(_names(node.value, calls=calls))
    waiting = list(given)
    while waiting:
        new = made.get(waiting.pop(), set()) - given
        given |= new
        waiting += new
    return given


def _own_nodes(function: ast.FunctionDef) -> Iterator[ast.AST]:
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            waiting += children(node)


def _names(node: ast.AST, *, calls: bool = True) -> set[str]:
    inside = walk(node)
    called = set() if calls else {id(one.func) for one in inside if isinstance(one, ast.Call)}
    return {one.id for one in inside if isinstance(one, ast.Name) and id(one) not in called}


def _is_part(context: Context, node: ast.ClassDef) -> str:
    """By what a class can be a part of a model: its `base`, or its `methods`; empty where it cannot."""
    for base in node.bases:
        name = base.attr if isinstance(base, ast.Attribute) else base.id if isinstance(base, ast.Name) else ""
        if name in _PARTS_OF_MODELS or context.dotted(base).startswith(_LIBRARIES):
            return "base"
    methods = {one.name for one in node.body if isinstance(one, ast.FunctionDef)}
    return "methods" if methods & _OF_MODELS else ""

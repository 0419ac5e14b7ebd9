"""The YAML form of a definition: the same definition, and the same digest, as the notebook and Python forms.

::

    features:                      # a list, or a mapping of names to formulas
      - ret(window=20)
      - ret(window=60)
      - {op: ts.mean, args: [{field: volume}], params: {window: 20}}
    label: fwd_ret_10d
    model: Ridge                   # or Ridge(alpha=2.0), or {estimator: <name or path>, params: {alpha: 2.0}}
    universe: cs.top(ts.mean(close * volume, 20), n=500)       # left out: every asset
    weights: 1 / volatility(20)                                # left out: every row counts 1
    evaluation: {folds: 12, embargo: 5d, window: expanding}    # left out: a model definition only
                                   # or {splitter: purged_kfold, ...}, {splitter: combinatorial_purged_kfold, ...}

Strict: no anchors, tags, or keys twice; an unknown key is refused with the nearest known one. Every error has line and column.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeVar

import yaml

from alpha_bench.errors import AlphaBenchError, nearest
from alpha_bench.estimators import OLS, ElasticNet, Estimator, Lasso, Ridge, estimator_from_plain
from alpha_bench.expr import Expr, expr_from_plain
from alpha_bench.expression_text import parse_expression
from alpha_bench.models import EvaluationDefinition, ModelDefinition, check_label, define_model
from alpha_bench.own.known import without_own
from alpha_bench.splits import whole
from alpha_bench.splitters import SPLITTERS, parse_splitter
from alpha_bench.universe import check_universe

Node: TypeAlias = "yaml.ScalarNode | yaml.SequenceNode | yaml.MappingNode"
_T = TypeVar("_T")

_KINDS = {"Ridge": Ridge, "Lasso": Lasso, "ElasticNet": ElasticNet, "OLS": OLS}
_TOP = ("features", "label", "universe", "weights", "model", "evaluation")
_NEEDED = ("features", "label", "model")
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_REAL = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?")
_WORDS: Mapping[str, object] = {"true": True, "false": False, "null": None, "~": None, "": None}
_DEEPEST = 64


def definition_from_yaml(text: str) -> EvaluationDefinition | ModelDefinition:
    """The definition that a YAML document writes.

    Raises:
        AlphaBenchError: ``context["line"]`` and ``context["column"]`` (1-based) say where; R37 for the document itself, else
            the code of the part that is wrong.
    """
    top = _mapping(_compose(text), _TOP)
    for key in _NEEDED:
        if key not in top:
            raise AlphaBenchError(
                "R37", f"line 1: {key!r} is missing", fix=f"write {key}: ...", line=1, column=1
            )
    names, features = _features(top["features"])
    label = _located(top["label"], _expression)
    spec = _located(top["model"], _estimator)
    given: object = dict(zip(names, features, strict=True)) if names else features
    _located(top["label"], lambda _: check_label(label))
    universe = _located(top["universe"], _universe) if "universe" in top else None
    weights = _located(top["weights"], _expression) if "weights" in top else None
    model = _located(
        top["weights" if "weights" in top else "features"],
        lambda _: define_model(spec, given, label, universe=universe, weights=weights),
    )
    if "evaluation" not in top:
        return model
    return _evaluation(model, top["evaluation"])


def _compose(text: str) -> Node:
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise _at(
                    event.start_mark, "R37", "anchors and aliases are not allowed", "write the value out"
                )
            if getattr(event, "tag", None):
                raise _at(event.start_mark, "R37", "tags are not allowed", "leave out what begins with !")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        raise _at(error.problem_mark, "R37", f"not YAML: {error.problem}", "correct it there") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise AlphaBenchError(
            "R37", f"line 1: not YAML: {error}", fix="correct it", line=1, column=1
        ) from error
    if node is None:
        raise AlphaBenchError(
            "R37", "line 1: the document is empty", fix="write features, label and model", line=1, column=1
        )
    return node  # type: ignore[return-value]  # one of the three kinds


def _features(node: Node) -> tuple[list[str], list[Expr]]:
    if isinstance(node, yaml.MappingNode):
        entries = _mapping(node, None)
        return list(entries), [_located(value, _expression) for value in entries.values()]
    if isinstance(node, yaml.SequenceNode):
        return [], [_located(value, _expression) for value in node.value]
    raise _at(node.start_mark, "R37", "features is not a list", "write one formula a line, each after '- '")


def _expression(node: Node) -> Expr:
    if isinstance(node, yaml.ScalarNode):
        return parse_expression(str(node.value))
    return without_own(expr_from_plain(_plain(node)))


def _estimator(node: Node) -> Estimator:
    if isinstance(node, yaml.ScalarNode):
        return _estimator_from_text(str(node.value))
    entries = _mapping(node, ("estimator", "params"))
    name = _plain(entries["estimator"]) if "estimator" in entries else None
    params = _plain(entries["params"]) if "params" in entries else {}
    if isinstance(name, str) and name in _KINDS:
        name = _KINDS[name].path
    return estimator_from_plain({"estimator": name, "params": params})


def _estimator_from_text(text: str) -> Estimator:
    """``Ridge``, ``Ridge(alpha=2.0)``, ``sklearn.svm.SVR(C=2.0)``: literals only, nothing is executed."""
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        call = tree if isinstance(tree, ast.Call) else ast.Call(func=tree, args=[], keywords=[])
        name = ast.unparse(call.func)
        args = [ast.literal_eval(a) for a in call.args]
        params = {str(k.arg): ast.literal_eval(k.value) for k in call.keywords}
    except (SyntaxError, ValueError) as error:
        raise AlphaBenchError(
            "R37", f"{text[:80]!r} is not an estimator", fix="write Ridge or Ridge(alpha=2.0)"
        ) from error
    if name in _KINDS:
        return _KINDS[name](*args, **params)
    if "." not in name and (close := nearest(name, _KINDS)):
        raise AlphaBenchError("R24", f"there is no estimator {name!r}", fix=f"did you mean {close}?")
    return estimator_from_plain({"estimator": name, "params": params})


def _universe(node: Node) -> Expr:
    return check_universe(_expression(node))


def _evaluation(model: ModelDefinition, node: Node) -> EvaluationDefinition:
    entries = _mapping(node, None)
    name = _plain(entries["splitter"]) if "splitter" in entries else "walk_forward"
    if not isinstance(name, str) or name not in SPLITTERS:
        close = nearest(str(name), SPLITTERS)
        fix = f"did you mean {close}?" if close else f"write one of {', '.join(SPLITTERS)}, or leave it out"
        raise _at(entries["splitter"].start_mark, "R37", f"splitter {name!r}", fix)
    known = ("splitter", *SPLITTERS[name], "trials")
    given = {key: _plain(value) for key, value in _mapping(node, known).items() if key != "splitter"}
    trials = given.pop("trials", 1)
    return _located(
        node,
        lambda _: EvaluationDefinition(
            model=model, splitter=parse_splitter(name, given), trials=whole(trials, "trials", least=1)
        ),
    )


def _mapping(node: Node, known: tuple[str, ...] | None) -> dict[str, Node]:
    if not isinstance(node, yaml.MappingNode):
        raise _at(
            node.start_mark, "R37", "a mapping is needed here", f"write {known[0] if known else 'name'}: ..."
        )
    entries: dict[str, Node] = {}
    for key, value in node.value:
        name = str(key.value)
        if not isinstance(key, yaml.ScalarNode) or name == "<<":
            raise _at(key.start_mark, "R37", "keys are text here, and are not merged", "write the keys out")
        if name in entries:
            raise _at(key.start_mark, "R37", f"{name!r} is there twice", "leave one out")
        if known is not None and name not in known:
            close = nearest(name, known)
            fix = f"did you mean {close!r}?" if close else f"the keys are {', '.join(known)}"
            raise _at(key.start_mark, "R37", f"unknown key {name!r}", fix)
        entries[name] = value
    return entries


def _plain(node: Node, depth: int = 0) -> object:
    """The node's value: YAML 1.2's core scalars, so that ``on`` and ``no`` are text."""
    if depth > _DEEPEST:
        raise _at(node.start_mark, "R37", f"nested deeper than {_DEEPEST}", "write it flatter")
    if isinstance(node, yaml.MappingNode):
        return {key: _plain(value, depth + 1) for key, value in _mapping(node, None).items()}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(value, depth + 1) for value in node.value]
    text = str(node.value)
    if node.style is not None:
        return text
    if text.lower() in _WORDS and (text == text.lower() or text.capitalize() == text):
        return _WORDS[text.lower()]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _REAL.fullmatch(text) else text


def _located(node: Node, make: Callable[[Node], _T]) -> _T:
    """``make(node)``, an error being given the node's line and column."""
    try:
        return make(node)
    except AlphaBenchError as error:
        if "line" in error.context:
            raise
        inside = error.context.get("column", 1)
        offset = (inside if isinstance(inside, int) else 1) - 1
        raise _at(node.start_mark, error.code, error.message, error.fix, offset) from error


def _at(mark: Any, code: str, what: str, fix: str, offset: int = 0) -> AlphaBenchError:
    line, column = mark.line + 1, mark.column + 1 + offset
    return AlphaBenchError(code, f"line {line}, column {column}: {what}", fix, line=line, column=column)

"""The parts of the YAML form that name something with parameters: estimators, preprocessing steps, searches.

``Ridge``, ``Ridge(alpha=2.0)`` or ``{estimator: Ridge, params: {alpha: 2.0}}``: literals only, nothing is executed.
"""

from __future__ import annotations

import ast

from alpha_bench.definitions.named_estimators import KINDS, Estimator, estimator_from_plain
from alpha_bench.definitions.preprocessing import STEPS, Step, step_from_plain
from alpha_bench.definitions.search import grid_search, random_search
from alpha_bench.definitions.search_space import Search
from alpha_bench.definitions.yaml._parser import Scalar, YamlNode, plain
from alpha_bench.errors import DefinitionError, nearest

SEARCH_KEYS = ("method", "space", "n", "seed", "folds", "embargo", "score")


def estimator_of(node: YamlNode) -> Estimator:
    """The estimator that ``node`` names. Raises AlphaBenchError R24 to R27, R34 or R37."""
    if isinstance(node, Scalar):
        name, args, params = _call(node.text, "an estimator", "Ridge or Ridge(alpha=2.0)")
        if name in KINDS:
            return KINDS[name](*args, **params)
        if "." not in name and (close := nearest(name, KINDS)):
            raise DefinitionError("R24", f"there is no estimator {name!r}", fix=f"did you mean {close}?")
        return estimator_from_plain({"estimator": name, "params": params})
    given = plain(node)
    if not isinstance(given, dict):
        raise DefinitionError("R37", "model is a list", fix="write Ridge, or Ridge(alpha=2.0)")
    named = given.get("estimator")
    if isinstance(named, str) and named in KINDS:
        given = {**given, "estimator": KINDS[named].path}
    return estimator_from_plain(given)


def step_of(node: YamlNode) -> Step:
    """The preprocessing step that ``node`` names. Raises AlphaBenchError R34, R37 or R61."""
    if not isinstance(node, Scalar):
        given = plain(node)
        return step_from_plain({"params": {}, **given} if isinstance(given, dict) else given)
    name, args, params = _call(node.text, "a step", "standardize or winsorize(0.01)")
    if name not in STEPS:
        return step_from_plain({"step": name, "params": params})  # says which was meant
    known = tuple(STEPS[name]().values())
    if len(args) > len(known) or not set(params) <= set(known):
        fix = f"its parameters are: {', '.join(known) or 'none'}"
        raise DefinitionError("R61", f"{name}: {node.text}", fix)
    return STEPS[name](*args, **params)


def search_of(node: YamlNode, spec: Estimator) -> Search:
    """The search that ``node`` describes; what is left out has the defaults of ``grid_search`` and ``random_search``.

    Raises:
        AlphaBenchError: R63, and R25 to R27 for a value that the estimator refuses.
    """
    given = plain(node)
    assert isinstance(given, dict)
    method = given.pop("method", "random" if "n" in given or "seed" in given else "grid")
    if method not in {"grid", "random"}:
        raise DefinitionError("R63", f"search: method is {method!r}", fix="write grid or random")
    if method == "grid" and {"n", "seed"} & set(given):
        raise DefinitionError(
            "R63", "search: a grid has no n and no seed", fix="leave them out, or write method: random"
        )
    space = given.pop("space", None)
    made = (grid_search if method == "grid" else random_search)(spec, space, **given)
    return made.search


def _call(text: str, what: str, example: str) -> tuple[str, list[object], dict[str, object]]:
    """``name(literal, key=literal)`` taken apart. Raises AlphaBenchError R37."""
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        call = tree if isinstance(tree, ast.Call) else ast.Call(func=tree, args=[], keywords=[])
        args = [ast.literal_eval(a) for a in call.args]
        params = {str(k.arg): ast.literal_eval(k.value) for k in call.keywords}
        return ast.unparse(call.func), args, params
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise DefinitionError("R37", f"{text[:80]!r} is not {what}", fix=f"write {example}") from error

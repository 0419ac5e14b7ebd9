"""Whether the cells have fitted a model. What was fitted is never fitted again: the figures are of that model and no other."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Iterator, Mapping

_FITS = frozenset({"fit", "partial_fit", "fit_predict", "fit_transform"})
_COPIES = frozenset({"clone", "copy", "deepcopy"})
_CONVENTIONAL = frozenset({"sklearn", "lightgbm", "xgboost", "catboost"})
"""Libraries whose estimators tell by their attributes."""


def is_fitted(m: object, namespace: Mapping[str, object], sources: Iterable[str]) -> bool:
    """Whether ``m``, or each model of a list or a dict, is fitted: it says so, it has an attribute ending in one ``_`` (the
    convention of scikit-learn, ``check_is_fitted``), or more than its constructor took, or no ``fit``. A class of the user's own
    may keep what it learns in its constructor's parameters: then it is fitted where a cell calls ``fit`` of what may be ``m``.

    ``namespace`` and ``sources`` are what the cells left, and the cells."""
    if isinstance(m, Mapping | list | tuple) and m and not hasattr(m, "predict"):
        members = m.values() if isinstance(m, Mapping) else m
        return all(is_fitted(member, namespace, sources) for member in members)
    by_itself = _by_itself(m)
    if by_itself is not None:
        return by_itself
    if not _has_own(m):
        return False
    return any(
        _may_be(m, receiver, namespace) or (target is not None and namespace.get(target) is m)
        for source in sources
        for receiver, target in _receivers(source)
    )


def _by_itself(m: object) -> bool | None:
    """What the object tells; None where it looks as its constructor left it."""
    for name in ("__sklearn_is_fitted__", "is_fitted"):
        says = getattr(m, name, None)
        if callable(says):
            return bool(says()) or (None if name == "__sklearn_is_fitted__" else False)
    if not callable(getattr(m, "fit", None)):
        return True
    held = [name for name in getattr(m, "__dict__", {}) if not name.startswith("__")]
    if any(name.endswith("_") for name in held):
        return True
    if not hasattr(m, "get_params") and set(held) - set(inspect.signature(type(m)).parameters):
        return True
    return None


def _has_own(m: object) -> bool:
    """Whether it is, or has among its parts, an estimator that need not keep to the convention."""
    parameters = m.get_params() if hasattr(m, "get_params") else {}
    parts = (m, *(one for one in parameters.values() if hasattr(one, "fit") and not isinstance(one, type)))
    return any(type(one).__module__.partition(".")[0] not in _CONVENTIONAL for one in parts)


def _receivers(source: str) -> Iterator[tuple[ast.expr, str | None]]:
    """Of what the cell ``source`` calls ``fit``, and the name that is given to the result; what its classes do inside is theirs."""
    try:
        waiting: list[ast.AST] = [ast.parse(source)]
    except SyntaxError:
        return
    named: dict[ast.AST, str] = {}
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            named[node.value] = node.targets[0].id
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _FITS:
            yield node.func.value, named.get(node)
        waiting += [one for one in ast.iter_child_nodes(node) if not isinstance(one, ast.ClassDef)]


def _may_be(m: object, receiver: ast.expr, namespace: Mapping[str, object]) -> bool:
    """Whether ``receiver`` may stand for ``m``: it does not where it is surely a copy, or of another class."""
    if isinstance(receiver, ast.Call) and ast.unparse(receiver.func).rpartition(".")[2] in _COPIES:
        return False
    if isinstance(receiver, ast.Call) and isinstance(receiver.func, ast.Name):
        made = namespace.get(receiver.func.id)
        return not isinstance(made, type) or isinstance(m, made)
    if isinstance(receiver, ast.Name) and receiver.id in namespace:
        named = namespace[receiver.id]
        return named is m or isinstance(m, type(named)) or not hasattr(named, "fit")
    return True

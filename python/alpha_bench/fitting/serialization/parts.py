"""What stands in a saved scikit-learn object for a part that is no scikit-learn: a booster, a class of the notebook, a series.

Such a part is in a file of its own. :func:`rebuilt` makes the object with one in place of the other, and leaves the object
that it was given as it is.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from alpha_bench.errors import SavedModelError

SEARCH_SETTINGS = frozenset(
    {
        "_checked_cv_orig",
        "cv",
        "metric_function",
        "param_distributions",
        "param_grid",
        "refit",
        "scorer_",
        "scoring",
    }
)
"""Attributes that say how a search found its estimator. No prediction needs them: what of them is no data is left behind."""
_ATOMS = frozenset({type(None), bool, int, float, complex, str, bytes})


class Part:
    """The place of part ``number``, counted from 0 in the order in which parts were met."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __call__(self, *_args: object, **_keywords: object) -> object:
        """Raise AlphaBenchError R35: a function's place is no function, though a partial may be made of it."""
        raise SavedModelError("R35", f"part {self.number} is not read", fix="promote or save it again")


class NotKept:
    """The place of something that no prediction needs and that is no data: the scorer of a search, its splitter."""

    def __init__(self, what: str) -> None:
        self.what = what

    def __call__(self, *_args: object, **_keywords: object) -> object:
        """Raise AlphaBenchError R35: it was left behind."""
        raise SavedModelError(
            "R35",
            f"{self.what} is not kept with the model",
            fix="predict with the model, and score its predictions yourself",
        )

    def __repr__(self) -> str:
        return f"NotKept({self.what!r})"


Replace = Callable[[Any], Any]
"""A value to what stands for it; the value itself where nothing does."""


def unchanged(value: Any) -> Mapping[str, Any]:
    """The attributes of ``value`` as they are."""
    state: Mapping[str, Any] = vars(value)
    return state


def rebuilt(value: Any, replace: Replace, attributes: Callable[[Any], Mapping[str, Any]] = unchanged) -> Any:
    """``value`` with ``replace`` applied to it and to everything that it is made of; ``attributes`` says what is kept of an
    estimator. What has no such part within is the same object, not a copy."""
    return _rebuilt(value, replace, attributes, {})


def _rebuilt(value: Any, replace: Replace, attributes: Callable[[Any], Mapping[str, Any]], memo: Any) -> Any:
    if type(value) in _ATOMS:
        return value
    if id(value) in memo:
        return memo[id(value)][0]
    memo[id(value)] = (value, value)  # a cycle ends here; and the address stays taken
    new = replace(value)
    if new is value:
        new = _with_children(value, lambda child: _rebuilt(child, replace, attributes, memo), attributes)
    memo[id(value)] = (new, value)
    return new


def _with_children(value: Any, child: Replace, attributes: Callable[[Any], Mapping[str, Any]]) -> Any:
    kind = type(value)
    if isinstance(value, dict):
        changed = {k: new for k, v in value.items() if (new := child(v)) is not v}
        if not changed:
            return value
        again = copy.copy(value)
        again.update(changed)
        return again
    if isinstance(value, list | tuple):
        items = [child(v) for v in value]
        if all(new is old for new, old in zip(items, value, strict=True)):
            return value
        return kind(*items) if hasattr(kind, "_fields") else kind(items)
    if isinstance(value, np.ndarray):
        if value.dtype != object:
            return value
        flat = [child(v) for v in value.ravel()]
        if all(new is old for new, old in zip(flat, value.ravel(), strict=True)):
            return value
        array = np.empty(value.size, dtype=object)
        array[:] = flat
        return array.reshape(value.shape)
    if kind is functools.partial:
        whole = [value.func, value.args, value.keywords]
        func, args, keywords = map(child, whole)
        if all(new is old for new, old in zip((func, args, keywords), whole, strict=True)):
            return value
        return functools.partial(func, *args, **keywords)
    if kind.__module__.startswith("sklearn.") and hasattr(value, "__dict__"):
        before, kept = vars(value), attributes(value)
        state = {name: child(v) for name, v in kept.items()}
        if state.keys() == before.keys() and all(state[name] is before[name] for name in state):
            return value
        made = object.__new__(kind)
        made.__dict__.update(state)
        return made
    return value

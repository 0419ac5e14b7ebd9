"""Searches over parameters, nested in the training part of each fold: what users write; nothing is computed here.

``grid_search(Ridge(), {"alpha": [0.1, 1, 10]}).fit(X=[...], y=...)``: inside each training range an inner walk-forward with the same
purge scores every candidate, the best is fitted on the whole range, and the test block is predicted once, by it. Every candidate
is a trial, and is counted. The arithmetic is in :mod:`alpha_bench.fitting.nested_search`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from alpha_bench.definitions.estimator_objects import (
    Estimator,
    Unfitted,
    estimator,
    thaw_plain,
    with_parameters,
)
from alpha_bench.definitions.estimator_spec import EstimatorSpec, Parameter, is_real_within
from alpha_bench.definitions.model import Features, ModelDefinition, define_model
from alpha_bench.definitions.preprocessing import Step
from alpha_bench.definitions.search_space import (
    MOST_CANDIDATES,
    SCORES,
    Choices,
    Interval,
    Search,
    search_text,
)
from alpha_bench.errors import AlphaBenchError, DefinitionError, nearest
from alpha_bench.expressions import Expr, answer_calls, answer_methods
from alpha_bench.operators import SessionCount, sessions_of

_SCALES = ("linear", "log")
Values: TypeAlias = Sequence[object] | Mapping[str, float | str]
"""The values of a parameter: a list, or ``{"low": 1e-3, "high": 10, "scale": "log"}``."""
_FIELDS = frozenset({"method", "space", "n", "seed", "folds", "embargo_sessions", "score"})


@dataclass(frozen=True, slots=True, repr=False)
class EstimatorSearch:
    """What ``grid_search(Ridge(), {...})`` is: an estimator whose parameters each fold chooses on its own training part."""

    estimator: EstimatorSpec
    search: Search

    def fit(
        self,
        X: Features,
        y: Expr,
        *,
        universe: Expr | None = None,
        weights: Expr | None = None,
        preprocess: Step | Iterable[Step] = (),
    ) -> ModelDefinition:
        """A :class:`ModelDefinition`; takes what :meth:`alpha_bench.definitions.estimator_objects.Estimator.fit` takes. Nothing is computed.

        Raises:
            AlphaBenchError: as :func:`alpha_bench.definitions.model.define_model`.
        """
        return define_model(
            self.estimator,
            X,
            y,
            universe=universe,
            weights=weights,
            preprocess=preprocess,
            search=self.search,
        )

    def to_plain(self) -> dict[str, object]:
        """``{"estimator": {...}, "search": {...}}``."""
        return {"estimator": self.estimator.to_plain(), "search": self.search.to_plain(self.estimator)}

    def __repr__(self) -> str:
        return search_text(self.estimator, self.search)


def grid_search(
    model: Estimator | Unfitted,
    space: Mapping[str, Values],
    *,
    folds: int = 3,
    score: str = "rank_ic",
    embargo: SessionCount = "5d",
) -> EstimatorSearch:
    """Try every combination of ``space`` inside each fold's training part.

    Args:
        model: an estimator, ``Ridge()``; its other parameters stay.
        space: parameter -> list of values, ``{"alpha": [0.1, 1, 10]}``; ``{"model__alpha": [...]}`` inside a Pipeline.
        folds: inner test blocks, the last of ``folds + 1`` equal parts of the training range.
        score: ``"rank_ic"``, ``"ic"`` or ``"r2"``; the largest wins, of equal ones the first.
        embargo: sessions dropped before each inner test block, as in ``walk_forward``.

    >>> from alpha_bench.definitions.named_estimators import Ridge
    >>> grid_search(Ridge(), {"alpha": [0.1, 1]})
    grid_search(Ridge(), {'alpha': [0.1, 1.0]}, folds=3, score='rank_ic')

    Raises:
        AlphaBenchError: R63 for the space or another argument, R25, R26, R27 for a value that the estimator refuses.
    """
    return _searched(
        model, space, method="grid", n=None, seed=None, folds=folds, score=score, embargo=embargo
    )


def random_search(
    model: Estimator | Unfitted,
    space: Mapping[str, Values],
    *,
    n: int = 20,
    seed: int = 0,
    folds: int = 3,
    score: str = "rank_ic",
    embargo: SessionCount = "5d",
) -> EstimatorSearch:
    """Try ``n`` draws of ``space``, the same in every fold and on every machine.

    A parameter's values are a list, or ``{"low": 1e-3, "high": 10, "scale": "log"}`` (``"linear"`` where it is left out). The other
    arguments are those of :func:`grid_search`.

    Raises:
        AlphaBenchError: as :func:`grid_search`.
    """
    return _searched(
        model,
        space,
        method="random",
        n=_whole(n, "n", least=1),
        seed=_whole(seed, "seed", least=0),
        folds=folds,
        score=score,
        embargo=embargo,
    )


def _searched(
    model: Estimator | Unfitted,
    space: Mapping[str, Values],
    *,
    method: str,
    n: int | None,
    seed: int | None,
    folds: int,
    score: str,
    embargo: SessionCount,
) -> EstimatorSearch:
    spec = model if isinstance(model, Estimator) else estimator(model)
    if not isinstance(space, Mapping) or not space:
        raise _refused("the space", f"it is {space!r}", 'write {"alpha": [0.1, 1, 10]}')
    if score not in SCORES:
        close = nearest(str(score), SCORES)
        raise _refused(
            "score", f"it is {score!r}", f"write one of {', '.join(SCORES)}; {close or 'rank_ic'} perhaps"
        )
    search = Search(
        method=method,
        space=tuple(
            sorted((str(name), _choices(spec, str(name), given, method)) for name, given in space.items())
        ),
        folds=_whole(folds, "folds", least=1),
        embargo_sessions=sessions_of(embargo, "embargo"),
        score=str(score),
        n=n,
        seed=seed,
    )
    candidates = search.candidates()
    if len(candidates) > MOST_CANDIDATES:
        raise _refused(
            "the space", f"more than {MOST_CANDIDATES} candidates", "use random_search, or fewer values"
        )
    for candidate in candidates:
        with_parameters(spec, candidate)
    return EstimatorSearch(spec, search)


def _choices(spec: Estimator, name: str, given: object, method: str) -> Choices:
    if isinstance(given, Mapping):
        return _interval(spec, name, given, method)
    if not isinstance(given, list | tuple) or not given:
        raise _refused(name, f"its values are {given!r}", "write a list of values, such as [0.1, 1, 10]")
    return tuple(_settled(spec, name, value) for value in given)


def _settled(spec: Estimator, name: str, value: object) -> Parameter:
    """The value as the estimator itself would hold it. Raises R25, R26, R27."""
    with_parameters(spec, {name: value})
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        value = value.item()
    if isinstance(value, list | tuple):
        return tuple(value)
    if isinstance(value, int) and not isinstance(value, bool) and is_real_within(spec, name):
        return float(value)
    return value  # type: ignore[return-value]  # what with_parameters took is plain


def _interval(spec: Estimator, name: str, given: Mapping[object, object], method: str) -> Interval:
    low, high, scale = given.get("low"), given.get("high"), given.get("scale", "linear")
    if method == "grid":
        raise _refused(name, "an interval has no grid", "write its values as a list, or use random_search")
    numbers = [
        v for v in (low, high) if isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v)
    ]
    if (
        set(given) - {"low", "high", "scale"}
        or len(numbers) != 2
        or scale not in _SCALES
        or numbers[0] >= numbers[1]
    ):
        raise _refused(
            name, f"its values are {dict(given)!r}", 'write {"low": 1e-3, "high": 10, "scale": "log"}'
        )
    if scale == "log" and numbers[0] <= 0:
        raise _refused(name, f"low is {low!r} on a logarithmic scale", "let low be above 0")
    made = Interval(low=float(numbers[0]), high=float(numbers[1]), scale=str(scale))
    for end in (made.low, made.high):
        with_parameters(spec, {name: end})
    return made


answer_calls(globals(), "", ("grid_search", "random_search"))
answer_methods(EstimatorSearch, "grid_search(...)", ("fit",))


def estimator_search_from_plain(spec: Estimator, plain: object) -> Search:
    """The inverse of :meth:`Search.to_plain`. Raises AlphaBenchError: R34 for other fields, else as :func:`grid_search`."""
    if not isinstance(plain, Mapping) or set(plain) != _FIELDS:
        raise DefinitionError("R34", f"a search is {{{', '.join(sorted(_FIELDS))}}}", fix="see describe(m)")
    space = plain["space"]
    values: dict[str, Any] = {
        name: c if isinstance(c, Mapping) else thaw_plain(c)
        for name, c in (space.items() if isinstance(space, Mapping) else ())
    }
    how = {"folds": plain["folds"], "score": plain["score"], "embargo": plain["embargo_sessions"]}
    if plain["method"] == "grid" and plain["n"] is None and plain["seed"] is None:
        return grid_search(spec, values, **how).search
    if plain["method"] == "random":
        return random_search(spec, values, n=plain["n"], seed=plain["seed"], **how).search
    raise DefinitionError("R34", f"search method {plain['method']!r}", fix='write "grid" or "random"')


def _whole(value: object, name: str, *, least: int) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= MOST_CANDIDATES * 10**6:
        return value
    raise _refused(name, f"it is {value!r}", f"write a whole number of at least {least}")


def _refused(where: str, what: str, fix: str) -> AlphaBenchError:
    return DefinitionError("R63", f"search: {where}: {what}", fix)

"""Sessions: the names that tagged cells find, over a panel or over nothing.

With a panel, ``walk_forward`` computes at once and expressions show their values. Without one (a definition is being read),
everything stays lazy and asking for a value raises :class:`~alpha_bench.errors.ValuesNeeded`. The names are the same.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn

from alpha_bench.errors import AlphaBenchError, DefinitionError, UnknownName, ValuesNeeded, nearest

if TYPE_CHECKING:
    from alpha_bench.expressions import Expr, ValueSource
    from alpha_bench.panel import Panel


class Inputs(Mapping[str, object]):
    """The declared inputs by name. Each read calls its loader, which may keep what it read and must not hand out what a cell
    could change for the next one."""

    def __init__(
        self,
        loaders: Mapping[str, Callable[[], object]],
        paths: Mapping[str, Callable[[], Path]] | None = None,
    ) -> None:
        self._loaders = dict(loaders)
        self._paths = dict(paths or {})

    def path(self, name: str) -> Path:
        """Where the declared input ``name`` is, for whatever opens files itself: ``pd.read_csv(inputs.path("x"), sep=";")``.

        Raises:
            AlphaBenchError: R11 for a name that is not declared, R05 where there is no data.
        """
        if name not in self._loaders:
            raise _unknown_input(name, self._loaders)
        if name not in self._paths:
            raise ValuesNeeded(
                "R05",
                f"the path of input {name!r} is asked for where there is no data",
                "ask for it in a clean run or a live kernel",
            )
        return self._paths[name]()

    def __getitem__(self, name: str) -> object:
        if name not in self._loaders:
            raise _unknown_input(name, self._loaders)
        return self._loaders[name]()

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self._loaders:
            raise UnknownName(
                "R11", f"inputs are taken by their name: there is no inputs.{name}", f"write inputs[{name!r}]"
            )
        found = _unknown_input(name, self._loaders)
        raise UnknownName(found.code, found.message, found.fix, name=name)

    def __contains__(self, name: object) -> bool:
        return name in self._loaders

    def __iter__(self) -> Iterator[str]:
        return iter(self._loaders)

    def __len__(self) -> int:
        return len(self._loaders)

    def __repr__(self) -> str:
        return f"inputs: {', '.join(self) or 'none are declared'}"

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)


class UnknownInputError(AlphaBenchError, KeyError):
    """An input that is not declared; also a ``KeyError``, so that a mapping behaves like one."""

    __str__ = Exception.__str__


def _unknown_input(name: object, known: Mapping[str, object]) -> UnknownInputError:
    close = nearest(str(name), known)
    fix = (
        f"did you mean inputs[{close!r}]?"
        if close
        else f"declare it in [meta]: '# inputs:' with '{name}: path/to/file'"
    )
    return UnknownInputError("R11", f"there is no input {name!r}", fix, name=str(name))


class Session:
    """One life of the platform's names.

    Args:
        panel: a panel, a function that loads one (called once, when values are first needed), or None: nothing has values.
        inputs: name -> function that loads a declared input.
        paths: name -> function that tells where a declared input is.
        live: whether a person is working in it (an exploring kernel) rather than a clean run.
        cache: a directory that keeps computed columns (:mod:`alpha_bench.column_cache.cached_panel`); by default the one that ``ALPHA_BENCH_CACHE``
            names, if it is set.
        at_once: whether ``walk_forward`` computes where it is written; else when somebody asks for a figure.
        cache_mode: ``"reuse"`` what is held, or ``"verify"``: compute everything and compare by digest. By default a directory
            that is given, or found by a person at work, is used; a clean run that finds one in the environment verifies.
    """

    def __init__(
        self,
        panel: ValueSource | Callable[[], ValueSource] | None,
        inputs: Mapping[str, Callable[[], object]] | None = None,
        live: bool = False,  # noqa: FBT001, FBT002
        *,
        paths: Mapping[str, Callable[[], Path]] | None = None,
        at_once: bool = True,
        cache: Path | None = None,
        cache_mode: Literal["reuse", "verify"] | None = None,
    ) -> None:
        from alpha_bench.expressions import bind

        self.live = live
        found = cache or os.environ.get("ALPHA_BENCH_CACHE")
        self._cache = None if not found else Path(found)
        self._cache_mode = cache_mode or ("reuse" if live or cache is not None else "verify")
        self._panel = panel
        self._inputs = Inputs(inputs or {}, paths)
        bind(None if panel is None else self._source, at_once=at_once)

    def _source(self) -> ValueSource:
        if self._panel is None:
            raise ValuesNeeded("R05", "the session is closed", fix="begin a new one")
        if not hasattr(self._panel, "compute"):
            self._panel = self._panel()
        if self._cache is not None and not hasattr(self._panel, "use"):
            from alpha_bench.column_cache import open_cache

            self._panel = open_cache(self._panel, self._cache, mode=self._cache_mode)  # type: ignore[arg-type]
        return self._panel  # type: ignore[return-value]

    @property
    def columns(self) -> dict[str, int] | None:
        """How many columns were ``reused``, ``completed``, ``recomputed``, ``verified``, found ``different`` so far, for a run's
        record; None where no cache is used. See :class:`alpha_bench.column_cache.cached_panel.CacheUse`."""
        use = getattr(self._panel, "use", None)
        return None if use is None else use.to_plain()

    @property
    def bound(self) -> bool:
        """Whether expressions show values of this session's data: False after ``use(panel)`` bound another's."""
        from alpha_bench.expressions import bound_to

        return bound_to(self._source)

    @property
    def panel(self) -> ValueSource:
        """The bound panel, loaded now when it was not yet. Raises ValuesNeeded (R05) in a session without data."""
        return self._source()

    def names(self) -> dict[str, object]:
        """Name -> object for every platform name but the labels; a new mapping each time."""
        from alpha_bench.custom import feature
        from alpha_bench.definitions import KINDS, STEPS, estimator, grid_search, random_search
        from alpha_bench.session.evaluations import combinatorial_purged_kfold, purged_kfold, walk_forward
        from alpha_bench.vocabulary import cs, data, features, group, if_else, labels, ts, where

        return {
            "features": features,
            "data": data,
            "feature": feature,
            "ts": ts,
            "cs": cs,
            "group": group,
            "neutralize": cs.neutralize,
            "where": where,
            "if_else": if_else,
            "labels": labels,
            **KINDS,
            "estimator": estimator,
            "grid_search": grid_search,
            "random_search": random_search,
            **STEPS,
            "walk_forward": walk_forward,
            "purged_kfold": purged_kfold,
            "combinatorial_purged_kfold": combinatorial_purged_kfold,
            "inputs": self._inputs,
        }

    def label(self, name: str) -> Expr:
        """The label of that name, such as ``fwd_ret_10d``. Raises AlphaBenchError R11 for a name that is none."""
        from alpha_bench.vocabulary import label_from_name

        return label_from_name(name)

    def close(self) -> None:
        """Unbind the panel: values can no longer be asked for."""
        from alpha_bench.expressions import bind

        bind(None, at_once=True)
        self._panel = None


def use(panel: Panel) -> Panel:
    """From now on expressions show their values and evaluations compute at once, on ``panel``; returns it.

    For a notebook or a prompt of one's own; inside nbcode a session has done it already. ``use(other)`` changes to another panel.
    In a session whose evaluations compute when they are asked (a definition that is read, a clean run) they go on doing so.

    >>> import alpha_bench as ab
    >>> panel = ab.use(ab.read_panel(prices))  # doctest: +SKIP
    """
    from alpha_bench.expressions import bind

    if not hasattr(panel, "field_names"):
        raise DefinitionError(
            "R33", f"a {type(panel).__name__} is no panel", fix="write use(alpha_bench.Panel.of(frame))"
        )
    bind(lambda: panel)
    return panel

"""Where the values of expressions come from: what a panel gives, and the panel that is bound where none is named.

Generic in the node, since the node itself asks for the bound values.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from alpha_bench.errors import AlphaBenchError, DefinitionError, ValuesNeeded

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import polars as pl
    from numpy.typing import NDArray

Node_contra = TypeVar("Node_contra", contravariant=True)


class Source(Protocol[Node_contra]):
    """What can give values (T sessions, N assets) to expressions: a panel."""

    def frame(self, expr: Node_contra) -> pd.DataFrame: ...
    def series(self, expr: Node_contra, name: str | None = None) -> pd.Series[Any]: ...
    def polars(self, expr: Node_contra, name: str | None = None) -> pl.DataFrame: ...
    def compute(self, exprs: tuple[Node_contra, ...]) -> list[NDArray[np.float64]]: ...
    @property
    def field_names(self) -> tuple[str, ...]: ...
    @property
    def assets(self) -> NDArray[np.str_]: ...
    @property
    def dates(self) -> NDArray[np.datetime64]: ...


_Provider = Callable[[], Source[Any]]


class _Bound(NamedTuple):
    provider: _Provider | None
    at_once: bool


_here: ContextVar[_Bound | None] = ContextVar("alpha_bench_values", default=None)
_last: _Bound | None = None


def bind(provider: _Provider | None, *, at_once: bool | None = None) -> None:
    """Say where values come from when no panel is given; None unbinds. A session does this for its lifetime.

    ``at_once``: whether an evaluation computes where it is written, and not when somebody first asks for one of its figures. By
    default as it was before, and True where nothing was said.

    It holds in this context (a thread, a task) and those that it begins, so that sessions in one process do not meet. A context
    that bound nothing sees what was bound last: a thread of the user's own, or the next cell, where the kernel runs each cell in
    a context of its own.
    """
    global _last
    if at_once is None:
        before = _bound()
        at_once = provider is None or before is None or before.at_once
    bound = None if provider is None and at_once else _Bound(provider, at_once)
    if bound is not None or _last == _here.get():
        _last = bound
    _here.set(bound)


def _bound() -> _Bound | None:
    return _here.get() or _last


def bound_to(provider: _Provider) -> bool:
    """Whether values come from ``provider`` still: nothing else was bound since, here or in another context."""
    here = _here.get()
    return _last is not None and _last.provider == provider and (here is None or here.provider == provider)


def bound_values_or_none() -> Source[Any] | None:
    """The bound panel, or None."""
    bound = _bound()
    return None if bound is None or bound.provider is None else bound.provider()


def values_at_once() -> Source[Any] | None:
    """The bound panel where evaluations compute at once, else None."""
    bound = _bound()
    return bound.provider() if bound is not None and bound.provider is not None and bound.at_once else None


def is_bound() -> bool:
    """Whether there are values to ask for; nothing is read to find out."""
    bound = _bound()
    return bound is not None and bound.provider is not None


def bound_values(what: str) -> Source[Any]:
    """The bound panel. Raises ValuesNeeded (R05) when there is none; ``what`` names what asked."""
    source = bound_values_or_none()
    if source is None:
        raise ValuesNeeded(
            "R05",
            f"{what} needs values, and no data is bound here",
            fix="values exist while the notebook runs, not while its definition is read; keep them out of tagged cells that "
            "only define, or give a panel: x.to_frame(panel)",
        )
    return source


def values_to_show() -> tuple[Source[Any] | None, str | None]:
    """The bound panel for a display, or why it cannot be read: a display shows what is wrong, and does not fail."""
    try:
        return bound_values_or_none(), None
    except Exception as error:  # whatever the provider reads
        return None, why_no_values(error)


def why_no_values(error: Exception) -> str:
    """What a display says of an error: a finding in its own words, anything else by its name."""
    told = isinstance(error, AlphaBenchError) or hasattr(error, "diagnostics")
    return str(error) if told else f"{type(error).__name__}: {error}"


def source_of(panel: object, what: str) -> Source[Any]:
    """``panel``, or where none is given the bound one. Raises R33 for anything else, R05 where none is bound."""
    if panel is None:
        return bound_values(what)
    if not hasattr(panel, "compute"):
        raise DefinitionError(
            "R33",
            f"{what[:-1]}{panel!r}) takes a panel, got {type(panel).__name__}",
            fix=f"a part of the frame is taken from it: x.to_frame().loc[{panel!r}]"
            if isinstance(panel, str)
            else "leave it out, or give what alpha_bench.Panel.of(...) gives",
        )
    return panel  # type: ignore[return-value]

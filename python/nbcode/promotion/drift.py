"""What is compared of a refit and the fit before it: coefficients, predictions, and what the earlier ones were worth since."""

from __future__ import annotations

from collections.abc import Mapping

from nbcode.primitives import dataclass

Day = str
Named = Mapping[str, float]
"""A number of each asset on one session."""
_TOLD_CHANGE = 0.01
"""A listing more or less, which comes with every month, is no news."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fit:
    """What an artifact says of one fit: ``coefficients`` by the name of their feature (None: the model is not linear), out-of-sample
    ``predictions`` and known ``labels`` by session (``YYYY-MM-DD``) and asset."""

    coefficients: Mapping[str, float] | None
    predictions: Mapping[Day, Named]
    labels: Mapping[Day, Named]


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """How many names have a prediction ``now`` on the session that is furthest out, and how many on the last sessions of the fit before:
    from ``least`` to ``most``. ``change`` is how far beyond these, as a share of them."""

    day: Day
    now: int
    least: int
    most: int
    change: float

    @property
    def before(self) -> str:
        """``500``, or ``490 to 500``."""
        return f"{self.least}" if self.least == self.most else f"{self.least} to {self.most}"


@dataclass(frozen=True, kw_only=True, slots=True)
class FinalModels:
    """How alike the final models of two fits, those that predict from now on, rank the names: the mean of Spearman's over ``sessions``."""

    rank_correlation: float
    sessions: int


@dataclass(frozen=True, kw_only=True, slots=True)
class NotMade:
    """A comparison that could not be made, and ``why``. ``innocent`` is what an ordinary refit may lack; any other means that the limit of that
    name was not looked at."""

    limit: str
    why: str
    innocent: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Drift:
    """From one fit to the next; None is what could not be made, and ``not_made`` says why.

    ``coefficient_drift`` is the norm of the difference of the coefficients over the norm of those before. ``rank_correlation`` is the mean
    over ``sessions`` of Spearman's, of both fits' predictions. ``new_ic`` is the mean rank IC of the earlier predictions over the
    ``new_sessions`` whose labels have come to be known since, and ``ic_fall`` how many standard errors it lies below the mean before:
    labels of ``horizon`` sessions overlap, so that they count as a ``horizon``-th as many. ``back`` are the last sessions that the earlier fit and
    this one predict, where this one's comes first: it is on older data. ``names`` is None where neither has sessions of the other.
    ``final_models`` is evidence that no limit is of: two forests differ by their draws.
    """

    coefficient_drift: float | None = None
    rank_correlation: float | None = None
    sessions: int = 0
    new_ic: float | None = None
    new_sessions: int = 0
    ic_fall: float | None = None
    names: Names | None = None
    not_made: tuple[NotMade, ...] = ()
    back: tuple[Day, Day] | None = None
    final_models: FinalModels | None = None

    @property
    def figures(self) -> dict[str, float]:
        """Those that were made, by name."""
        named = ("coefficient_drift", "rank_correlation", "new_ic", "ic_fall")
        found = {name: value for name in named if (value := getattr(self, name)) is not None}
        both = self.final_models
        return found if both is None else {**found, "final_rank_correlation": both.rank_correlation}

    def __str__(self) -> str:
        """The figures, as the page of a version and the end of a command tell them."""
        parts = []
        if self.coefficient_drift is not None:
            parts.append(f"coefficients moved by {self.coefficient_drift:.2%}")
        if self.rank_correlation is not None:
            parts.append(
                f"rank correlation of predictions {self.rank_correlation:.4f} ({self.sessions} sessions)"
            )
        both = self.final_models
        if both is not None:
            parts.append(f"of the final models {both.rank_correlation:.4f} (last {both.sessions} sessions)")
        if self.new_ic is not None:
            parts.append(f"rank IC since {self.new_ic:.4f} ({self.new_sessions} sessions)")
        names = self.names
        if names is not None and names.change >= _TOLD_CHANGE:
            parts.append(f"predictions of {names.now} names on {names.day}, before of {names.before}")
        return ", ".join([*parts, *(one.why for one in self.not_made)]) or "nothing could be compared"

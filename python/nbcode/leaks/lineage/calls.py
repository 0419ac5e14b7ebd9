"""What is kept of the calls that learn, apply, split and hold: whose rows each argument had, and from which line it came."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from enum import StrEnum
from typing import Any

import numpy as np

from nbcode.primitives import Place, dataclass

UNKNOWN = -1
"""The code of a session or a name that is not known."""
NAME = (1 << 24) - 1
"""The part of a row's number that is its name's code, and one more."""


class Kind(StrEnum):
    """What a call does with its rows."""

    FIT = "fit"
    APPLY = "apply"
    SPLIT = "split"
    VALIDATE = "validate"


class Role(StrEnum):
    """What the rows of an argument are to a call."""

    X = "X"
    Y = "y"
    WEIGHTS = "weights"
    EVALUATION = "evaluation set"
    TRAIN = "train"
    TEST = "test"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Rows:
    """By row: codes of ``sessions``, and of ``names`` where they are known (int32; UNKNOWN where a row could not be followed). Not ``sure``
    where they were found by place alone: they may all be of some sessions later, after a ``reset_index``."""

    sessions: np.ndarray[Any, Any]
    names: np.ndarray[Any, Any] | None = None
    sure: bool = True

    def __len__(self) -> int:
        return len(self.sessions)

    def __getitem__(self, rows: Any) -> Rows:
        names = None if self.names is None else self.names[rows]
        return Rows(sessions=self.sessions[rows], names=names, sure=self.sure)

    def taken(self, at: np.ndarray[Any, Any]) -> Rows:
        """The rows at the positions ``at``, UNKNOWN where a position is negative."""
        found, lost = self[np.maximum(at, 0)], at < 0
        names = None if found.names is None else np.where(lost, UNKNOWN, found.names)
        return Rows(sessions=np.where(lost, UNKNOWN, found.sessions), names=names, sure=self.sure)

    @property
    def ids(self) -> np.ndarray[Any, Any]:
        """One number a row: of its session and, where there are names, its name."""
        sessions = self.sessions.astype(np.int64)
        return sessions << 24 if self.names is None else (sessions << 24) + self.names + 1


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Argument:
    """One argument of a call: its ``text`` in the cell, whose rows it has (None: not known), and its numbers (rows x columns)
    where they were kept; ``plain`` where it held numbers alone, so that these are itself."""

    role: Role
    text: str
    rows: Rows | None
    size: int
    columns: tuple[str, ...] = ()
    numbers: np.ndarray[Any, Any] | None = None
    plain: bool = False
    why: str = ""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Best:
    """The best ``score`` of a search, of ``count`` settings."""

    score: float
    count: int


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Call:
    """One call. ``owner`` is the number of the object that learnt (UNKNOWN: none), ``what`` how it reads, such as ``Ridge.fit``;
    ``within`` the number of the call that made it, where no cell did; ``at`` where in its file the call ends, ``time`` how often it was made before;
    ``fed_by`` the numbers of the calls that gave its X; ``gave`` what it foretold of its rows of X, where it was kept, and
    ``asked_plainly`` that it was given nothing but X; ``best`` what a search came to."""

    number: int
    kind: Kind
    what: str
    place: Place
    at: tuple[str, int, int]
    time: int = 0
    owner: int
    arguments: tuple[Argument, ...]
    transforms: bool = False
    searches: bool = False
    stops_early: bool = False
    settings: str = ""
    within: int = UNKNOWN
    out_of_bag: bool = False
    fed_by: frozenset[int] = frozenset()
    counts_rows: bool = False
    asked_plainly: bool = False
    gave: np.ndarray[Any, Any] | None = None
    best: Best | None = None
    folds: list[tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]] = field(default_factory=list)

    @property
    def predicted(self) -> np.ndarray[Any, Any] | None:
        """What ``predict`` gave."""
        return self.gave if self.what.endswith(".predict") else None

    def of(self, role: Role) -> Iterator[Argument]:
        """Its arguments of one role."""
        return (one for one in self.arguments if one.role is role)

    def rows_of(self, role: Role) -> Rows | None:
        """Rows of its first argument of ``role``, None where there is none or it is not known whose they are."""
        return next((one.rows for one in self.of(role)), None)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Scored:
    """A table that a figure is computed of: ``what`` computes it, such as ``Series.corr``; ``part`` says which of its arguments it is.
    ``at`` is where the call of the cell ends, ``inside`` the function that computes it and its line, ``time`` how often it was made there before;
    ``after`` how many calls that learn and test came before it, ``beside`` other series of the same rows (rows x series) that the notebook had.
    ``paired`` where it is measured against another table, ``is_signal`` where it is the signal that [meta] names."""

    what: str
    text: str
    place: Place
    at: tuple[str, int, int]
    time: int
    part: int
    after: int
    rows: Rows
    numbers: np.ndarray[Any, Any]
    beside: np.ndarray[Any, Any] | None = None
    paired: bool = False
    is_signal: bool = False
    inside: tuple[str, int] = ("", 0)

    @property
    def key(self) -> tuple[object, ...]:
        """The same in another run of the cells."""
        return self.what, self.at, self.inside, self.time, self.part


@dataclass(frozen=True, kw_only=True, slots=True)
class BestOf:
    """A ``figure`` that is the best of ``count`` values in what the notebook calls ``held``, which is given at ``place``; ``which`` of them."""

    figure: str
    held: str
    count: int
    which: str
    place: Place = Place()


@dataclass(kw_only=True, slots=True, eq=False)
class Lineage:
    """The calls of a run in their order, what figures are computed of, the ``figures`` by name, and
    ``bests`` of them that are the best of several. ``sessions`` and ``names`` are what the codes of rows stand for; ``stamps`` the
    times of day of codes that have one; ``calendar`` are the sessions of the
    inputs (datetime64, ascending), None before they are read."""

    calls: list[Call] = field(default_factory=list)
    scored: list[Scored] = field(default_factory=list)
    sessions: list[np.datetime64] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    stamps: dict[int, np.datetime64] = field(default_factory=dict)
    figures: tuple[tuple[str, float], ...] = ()
    bests: tuple[BestOf, ...] = ()
    lost: list[str] = field(default_factory=list)
    calendar: np.ndarray[Any, Any] | None = None

    @property
    def scored_at_the_end(self) -> bool:
        """Whether something is kept of what the cells leave when they have ended."""
        return bool(self.bests) or any(one.at == ("", 0, 0) for one in self.scored)

    @property
    def dates(self) -> np.ndarray[Any, Any]:
        """The session of each code."""
        return np.array(self.sessions, dtype="datetime64[ns]")

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
class Call:
    """One call. ``owner`` is the number of the object that learnt (UNKNOWN: none), ``what`` how it reads, such as ``Ridge.fit``;
    ``within`` the number of the call that made it, where no cell did; ``at`` where in its file the call ends, ``time`` how often it was made before;
    ``fed_by`` the numbers of the calls that gave its X; ``gave`` what it foretold of its rows of X, where it was kept, and
    ``asked_plainly`` that it was given nothing but X."""

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


@dataclass(kw_only=True, slots=True, eq=False)
class Lineage:
    """The calls of a run in their order. ``sessions`` and ``names`` are what the codes of rows stand for; ``stamps`` the
    times of day of codes that have one; ``calendar`` are the sessions of the
    inputs (datetime64, ascending), None before they are read."""

    calls: list[Call] = field(default_factory=list)
    sessions: list[np.datetime64] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    stamps: dict[int, np.datetime64] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    calendar: np.ndarray[Any, Any] | None = None

    @property
    def dates(self) -> np.ndarray[Any, Any]:
        """The session of each code."""
        return np.array(self.sessions, dtype="datetime64[ns]")

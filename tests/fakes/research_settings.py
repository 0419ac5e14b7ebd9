"""A module of a researcher's own that holds settings as they are written today: dataclasses, enumerations, named tuples."""

from __future__ import annotations

import datetime as dt
import enum
import functools
import types
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np


@dataclass(frozen=True, slots=True)
class Settings:
    fast: int = 3
    slow: int = 5
    weights: tuple[float, ...] = field(default=(0.5, 0.3, 0.2))

    @property
    def ratio(self) -> float:
        return self.fast / self.slow


@dataclass
class Loose:
    fast: int = 3


class Side(enum.Enum):
    LONG = 1.0
    SHORT = -1.0


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Pair(NamedTuple):
    fast: int
    slow: int


class Periods:
    SHORT = 2
    LONG = 4


SETTINGS: Final = Settings()
PAIR = Pair(2, 5)
SINCE = dt.date(2008, 9, 15)
NAMES = frozenset({"a", "b"})
SPAN = range(1, 4)
NAMESPACE = types.SimpleNamespace(fast=3)


@functools.cache
def decay(n: int) -> tuple[float, ...]:
    return tuple(float(x) for x in 0.9 ** np.arange(n))

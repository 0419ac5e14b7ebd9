"""Texts as groups: a number for each distinct text, by session and asset, so that who belonged where is as of each date."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alpha_bench.errors import DataError
from alpha_bench.panel.interchange.tables import Texts, word_of
from alpha_bench.runtime import Floats

MOST_GROUPS = 10_000
"""A column of more distinct texts holds no groups."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Groups:
    """(T, N) numbers of groups, NaN where an asset has none, and the groups' names by number, sorted."""

    numbers: Floats
    names: tuple[str, ...]


def scatter_names(texts: Texts, cells: NDArray[np.int64], shape: tuple[int, int]) -> Groups | None:
    """A column of texts by session and asset: row ``i`` goes to ``cells[i]``, ``session * N + asset``. Empty texts are missing.

    None where it has no text at all, or more than :data:`MOST_GROUPS`.
    """
    out = np.full(shape[0] * shape[1], np.nan)
    number: dict[str, int] = {}
    row = 0
    for codes, words in texts():
        rows = np.where(np.isnan(codes), len(words), codes).astype(np.int64)
        place = np.full(len(words) + 1, np.nan)
        for n in np.unique(rows).tolist():  # a dictionary may hold words that no row has
            word = None if n == len(words) else words[n]
            if word:
                place[n] = number.setdefault(word, len(number))
        if len(number) > MOST_GROUPS:
            return None
        out[cells[row : row + len(rows)]] = place[rows]
        row += len(rows)
    if not number:
        return None
    names = sorted(number)
    order = np.empty(len(names))
    order[[number[name] for name in names]] = np.arange(len(names))
    known = ~np.isnan(out)
    out[known] = order[out[known].astype(np.int64)]
    out.flags.writeable = False
    return Groups(numbers=out.reshape(shape), names=tuple(names))


def pieces_of(values: NDArray[Any]) -> Texts:
    """Objects of any shape as one piece, row by row; None, NaN and NA have no text. Whole numbers are written without a point."""
    return lambda: [_coded(values)]


def _coded(values: NDArray[Any]) -> tuple[NDArray[np.float64], Sequence[str | None]]:
    position: dict[str, int] = {}
    codes = np.full(values.size, np.nan)
    for at, value in enumerate(np.asarray(values, dtype=object).ravel().tolist()):
        if value is None or str(value) in {"", "<NA>", "nan"}:
            continue
        codes[at] = position.setdefault(word_of(value), len(position))
    return codes, list(position)


def groups_of_arrays(arrays: Mapping[str, NDArray[Any]], fields: Container[str]) -> dict[str, Groups]:
    """Name -> groups of (T, N) objects. Raises AlphaBenchError E15 where they are too many, or none; E16 for the name of a field."""
    made = {}
    for name, values in arrays.items():
        if name in fields:
            raise DataError("E16", f"{name!r} is a field and a group", fix="rename one of them", field=name)
        found = scatter_names(pieces_of(values), np.arange(values.size), (values.shape[0], values.shape[1]))
        if found is None:
            raise DataError(
                "E15",
                f"groups {name!r} have no text at all, or more than {MOST_GROUPS:,}",
                fix="give one text an asset and session, the same for all of a group",
                field=name,
            )
        made[name] = found
    return made

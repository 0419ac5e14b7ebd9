"""Probability of backtest overfitting: how often the best of several variants on one half of the sessions is below the median on the other.

Bailey, Borwein, López de Prado and Zhu (2017), "The probability of backtest overfitting", Journal of Computational Finance 20(4), section 2:
combinatorially symmetric cross-validation (CSCV).

1. ``M`` (T, N): a figure of each session for each of N variants; it is cut into S blocks of equal length (the first T mod S sessions are left out).
2. For each choice of S/2 blocks: the variant whose ratio mean / std is the highest on them, and its rank ``r`` among the N ratios on the other
   S/2 blocks (1 the lowest; ties share their mean rank), ``w = r / (N + 1)``, ``logit = ln(w / (1 - w))``.
3. PBO is the share of choices with ``logit <= 0``. Variants without merit give about 1/2, or more; 0 is a choice that always holds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from alpha_bench.errors import DataError, DefinitionError
from alpha_bench.runtime import Floats

MOST_BLOCKS = 20


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Overfitting:
    """What CSCV finds.

    Attributes:
        probability: PBO; ``loss``: the share of choices after which the chosen variant's ratio on the other half is below 0.
        variants, sessions, blocks: N, T less what was left out, S.
        logits: one a choice, C(S, S/2) of them; ``chosen``: the chosen variant's ratio on its own half and on the other (C, 2).
    """

    probability: float
    loss: float
    variants: int
    sessions: int
    blocks: int
    logits: Floats
    chosen: Floats


def overfitting(series: Floats, *, blocks: int = 16) -> Overfitting:
    """CSCV of ``series`` (T, N), without gaps.

    Raises:
        AlphaBenchError: R28 for a number of blocks that is odd or not from 2 to 20, R29 for fewer than 2 variants, fewer than 2 sessions
            a block, or a gap.
    """
    if blocks % 2 or not 2 <= blocks <= MOST_BLOCKS:
        raise DefinitionError(
            "R28", f"blocks is {blocks}", fix=f"write an even number up to {MOST_BLOCKS}, such as blocks=16"
        )
    sessions, variants = series.shape
    length = sessions // blocks
    if variants < 2 or length < 2 or not np.isfinite(series).all():
        raise DataError(
            "R29",
            f"{variants} variants on {sessions} sessions in {blocks} blocks: two variants and two sessions a block are needed, and no gap",
            fix="give more variants, a longer record, or fewer blocks",
        )
    kept = series[sessions - length * blocks :].reshape(blocks, length, variants)
    total, squares = np.add.reduce(kept, axis=1), np.add.reduce(kept * kept, axis=1)  # over rows, in order
    half = np.array(list(combinations(range(blocks), blocks // 2)))
    own = np.zeros((len(half), blocks))
    own[np.arange(len(half))[:, None], half] = 1.0
    inside, outside = (_ratios(w, total, squares, length * blocks // 2) for w in (own, 1.0 - own))
    best = np.argmax(np.where(np.isnan(inside), -np.inf, inside), axis=1)
    rows = np.arange(len(half))
    after = outside[rows, best]
    rank = (outside < after[:, None]).sum(axis=1) + ((outside == after[:, None]).sum(axis=1) + 1) / 2
    w = rank / (variants + 1)
    logits = np.array([math.log(x / (1 - x)) for x in w.tolist()])
    return Overfitting(
        probability=float(np.count_nonzero(logits <= 0)) / len(half),
        loss=float(np.count_nonzero(after < 0)) / len(half),
        variants=variants,
        sessions=length * blocks,
        blocks=blocks,
        logits=logits,
        chosen=np.stack([inside[rows, best], after], axis=1),
    )


def _ratios(chosen: Floats, total: Floats, squares: Floats, n: int) -> Floats:
    """(C, N) mean / std (ddof=1) over the blocks that ``chosen`` (C, S) takes; NaN where nothing varies."""
    first, second = np.zeros((len(chosen), total.shape[1])), np.zeros((len(chosen), total.shape[1]))
    for b in range(len(total)):  # block by block: a sum in order, on any machine
        first += chosen[:, b : b + 1] * total[b]
        second += chosen[:, b : b + 1] * squares[b]
    mean = first / n
    variance = (second - n * mean * mean) / (n - 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(variance > 0, mean / np.sqrt(variance), np.nan)

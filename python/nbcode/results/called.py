"""What a figure of plain Python cells is called, and which of the judge's scores it may therefore be: a hit rate is no IC, whatever its value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise

from nbcode.primitives import Json

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_AGREES = 1e-6
_CALLED: tuple[tuple[frozenset[str], frozenset[str]], ...] = tuple(
    (frozenset(words.split()), frozenset(kinds.split()))
    for words, kinds in (
        ("t tstat tvalue", "t"),
        ("ir icir rankicir", "ir sharpe"),
        ("sharpe sr", "sharpe ir"),
        ("sortino calmar turnover pval pvalue", ""),
        ("drawdown dd mdd maxdd", "drawdown"),
        ("vol volatility std stdev sd", "volatility"),
        ("hit hits accuracy acc", "hit"),
        ("mse rmse mae error loss", "error"),
        ("r2 rsquared", "r2"),
        ("ic rankic spearman pearson corr correlation", "ic"),
        ("return returns ret pnl profit cagr total", "return"),
    )
)
"""Words of a name, and the kinds of score that is called so. The first line with a word of the name counts."""


def words_in(name: str) -> tuple[str, ...]:
    """The words of ``name`` in lower case, then each two of them that follow each other as one: ``rankIC`` has rank, ic and rankic."""
    words = [word.lower() for word in _WORD.findall(name)]
    return (*words, *(a + b for a, b in pairwise(words)))


def found_again(stated: Mapping[str, Json], scores: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Of ``stated`` those whose value is one of ``scores``, (kind, value), to six digits, of a kind that the name allows, with that score; a
    name that says nothing allows any. 0, 1 and -1 say nothing."""
    known = tuple(scores)
    alike = {name: _score_like(name, value, known) for name, value in stated.items()}
    return {name: one for name, one in alike.items() if one is not None}


def _score_like(name: str, value: Json, scores: Iterable[tuple[str, float]]) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or value in (0, 1, -1):
        return None
    words = frozenset(words_in(name))
    kinds = next((kinds for called, kinds in _CALLED if called & words), None)
    allowed = (float(one) for kind, one in scores if kinds is None or kind in kinds)
    return next((one for one in allowed if abs(value - one) <= _AGREES * abs(one)), None)

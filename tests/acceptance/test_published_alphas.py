"""The published factors of ``examples/factors`` against implementations by others: alpha101v, and plain pandas from the papers.

Both sides have this project's conventions. What is then left are ties: ranks and conditions of numbers that are equal in exact
arithmetic, where the last bit decides. With what is put in order rounded on both sides no difference is left on the random panel.
"""

from __future__ import annotations

import ast
import functools
import os
import re
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from alpha_bench.expressions.expr import Expr
from alpha_bench.panel.panel import Panel
from fakes.published import (
    classical_in_pandas,
    peer_alphas,
    peer_alphas_in_our_conventions,
    peer_frames,
    peer_value,
    random_market,
    sp500_part,
    with_ties,
)
from fakes.small_panels import SHARED

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "examples" / "factors" / "formulaic_alphas.py"
PAGE = ROOT / "docs" / "reference" / "formulaic-alphas.md"
ALPHAS: dict[int, Expr] = runpy.run_path(str(SOURCE))["ALPHAS"]
CLASSICAL: dict[str, Expr] = runpy.run_path(str(ROOT / "examples" / "factors" / "classical.py"))["CLASSICAL"]
pytestmark = pytest.mark.long
NO_VALUE = {96}
"""Fourteen and twelve windows over a correlation of three ranks: one of them always has no deviation."""
SP500 = pytest.mark.skipif(not SHARED.exists(), reason="the real panels are not beside the checkout")

Values = dict[int, np.ndarray]


def values(exprs: dict[int, Expr], panel: Panel) -> Values:
    return dict(zip(exprs, panel.compute(list(exprs.values())), strict=True))


@functools.cache
def theirs_in_our_conventions(panel: Panel, *, ties: bool) -> Values:
    return peers(peer_alphas_in_our_conventions(with_ties=ties), panel)


def peers(alphas: dict[int, Callable[..., Any]], panel: Panel) -> Values:
    frames = peer_frames(panel)
    with np.errstate(all="ignore"):
        return {n: peer_value(alpha, frames) for n, alpha in alphas.items()}


def equal_share(ours: np.ndarray, other: np.ndarray) -> float:
    """The share of cells that are equal: both missing or infinite, or within 1e-7 of the size of the values."""
    known = np.isfinite(ours) & np.isfinite(other)
    either = np.isfinite(ours) | np.isfinite(other)
    if not either.any():
        return 1.0
    size = np.median(np.abs(ours[known])) if known.any() else 0.0
    near = np.abs(ours[known] - other[known]) <= 1e-7 * np.maximum(size, np.abs(other[known]))
    return float(near.sum() / either.sum())


def rank_correlation(ours: np.ndarray, other: np.ndarray) -> float:
    """The mean over sessions of Spearman's correlation over the assets."""
    known = np.isfinite(ours) & np.isfinite(other)
    one, two = (pd.DataFrame(np.where(known, v, np.nan)).rank(axis=1) for v in (ours, other))
    with np.errstate(all="ignore"):
        return float(one.corrwith(two, axis=1).mean())


@pytest.fixture(scope="module")
def market() -> Panel:
    return random_market()


@pytest.fixture(scope="module")
def real() -> Panel:
    return sp500_part()


def test_every_alpha_is_there_and_looks_back_only() -> None:
    assert list(ALPHAS) == list(range(1, 102))
    assert all(a.lookahead == 0 for a in ALPHAS.values())
    assert max(a.lookback for a in ALPHAS.values()) == 251


def test_every_alpha_equals_alpha101v_in_every_cell_once_ties_are_ties(market: Panel) -> None:
    ours = values({n: with_ties(a) for n, a in ALPHAS.items()}, market)
    theirs = theirs_in_our_conventions(market, ties=True)
    assert {n: equal_share(ours[n], theirs[n]) for n in ALPHAS} == dict.fromkeys(ALPHAS, 1.0)
    assert {n for n in ALPHAS if not np.isfinite(ours[n]).any()} == NO_VALUE


def test_the_comparison_sees_a_session_or_a_sign_that_differs(market: Panel) -> None:
    """The control: alphas that are wrong by one session, by a sign, or by a window, and the conventions themselves."""
    from alpha_bench import cs, data, ts

    wrong = {
        4: -ts.rank(cs.rank(ts.lag(data.low, 1)), 9),
        12: ts.delta(data.volume, 1).sign() * ts.delta(data.close, 1),
        6: -ts.corr(data.open, data.volume, 11),
        34: ALPHAS[34],
    }
    ours = values(wrong, market)
    in_ours, as_is = theirs_in_our_conventions(market, ties=False), peers({34: peer_alphas()[34]}, market)
    assert all(equal_share(ours[n], in_ours[n]) < 0.3 for n in (4, 12, 6))
    assert equal_share(ours[34], in_ours[34]) == 1.0
    assert equal_share(ours[34], as_is[34]) < 0.3


@SP500
def test_on_the_real_panel_nothing_but_ties_of_correlations_differs(real: Panel) -> None:
    ours = values({n: with_ties(a) for n, a in ALPHAS.items()}, real)
    theirs = theirs_in_our_conventions(real, ties=True)
    share = {n: equal_share(ours[n], theirs[n]) for n in ALPHAS}
    # 45, 72: correlations over 2 and 3 sessions are 1 or -1, whichever rounding says, and a rank is shared by all that tie.
    assert {n for n, s in share.items() if s < 0.99} == {45, 72}
    assert {n for n, s in share.items() if s < 1.0} <= {27, 45, 50, 67, 72, 78, 79, 81, 94}
    assert min(share.values()) > 0.85
    assert rank_correlation(ours[45], theirs[45]) > 0.99
    assert rank_correlation(ours[72], theirs[72]) > 0.99


@pytest.mark.parametrize("name", CLASSICAL)
def test_the_classical_factors_equal_their_papers_in_plain_pandas(name: str, market: Panel) -> None:
    close_to_pandas(name, market)


@SP500
@pytest.mark.parametrize("name", CLASSICAL)
def test_so_they_do_on_the_real_panel(name: str, real: Panel) -> None:
    close_to_pandas(name, real)


def close_to_pandas(name: str, panel: Panel) -> None:
    ours, oracle = panel.compute([CLASSICAL[name]])[0], classical_in_pandas(panel)[name]
    assert np.array_equal(np.isfinite(ours), np.isfinite(oracle))
    known = np.isfinite(oracle)
    assert known.sum() > 3000
    assert np.allclose(ours[known], oracle[known], rtol=1e-9, atol=1e-12)
    assert not np.allclose(ours[known], -oracle[known], rtol=1e-9, atol=1e-12)


# -- the page ------------------------------------------------------------------------------------------------------


def written() -> dict[int, str]:
    """The expression of each alpha as the example writes it, on one line."""
    found = {}
    for statement in ast.parse(SOURCE.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Subscript):
            number = ast.literal_eval(statement.targets[0].slice)
            found[number] = ast.unparse(statement.value)
    return found


ROW = re.compile(r"\| (\d+) \| `([^`]+)` \| (\d+) \| ([\d.]+|none) \| ([\d.]+|none) \| ([-\d.]+|none) \|")


def rows() -> dict[int, tuple[str, ...]]:
    return {int(found[1]): found.groups()[1:] for found in ROW.finditer(PAGE.read_text(encoding="utf-8"))}


@SP500
def test_the_page_says_what_is_measured(market: Panel, real: Panel) -> None:
    measured = {}
    on_market, on_real = (values(ALPHAS, p) for p in (market, real))
    their_market, their_real = (theirs_in_our_conventions(p, ties=False) for p in (market, real))
    as_is = peers(peer_alphas(), real)
    for n, text in written().items():
        figures = [equal_share(on_market[n], their_market[n]), equal_share(on_real[n], their_real[n])]
        figures.append(rank_correlation(on_real[n], as_is[n]))
        shown = ["none" if n in NO_VALUE or np.isnan(f) else f"{f:.3f}" for f in figures]
        measured[n] = (text.replace("|", "&#124;"), str(ALPHAS[n].lookback), *shown)
    if os.environ.get("NBCODE_REFRESH_GOLDEN"):
        head = PAGE.read_text(encoding="utf-8").split("| 1 |")[0]
        table = "".join(f"| {n} | `{t}` | {' | '.join(r)} |\n" for n, (t, *r) in measured.items())
        PAGE.write_text(head + table, encoding="utf-8")
    told = rows()
    assert {n: r[:2] for n, r in told.items()} == {n: r[:2] for n, r in measured.items()}
    for n, row in told.items():
        for one, two in zip(row[2:], measured[n][2:], strict=True):
            assert one == two or abs(float(one) - float(two)) < 0.02, (n, row, measured[n])

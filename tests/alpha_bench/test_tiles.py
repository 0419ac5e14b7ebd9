"""Tiles, threads and cuts change no bit of any value, and stages keep in memory only what is needed."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alpha_bench import cs, features, ts
from alpha_bench.engine.executor import PartialColumn, compute, execute
from alpha_bench.engine.plan import make_plan
from alpha_bench.engine.stages import TileAxis, is_leaf, stages_of
from alpha_bench.engine.tiles import Tiling
from alpha_bench.expressions.expr import Expr, apply, walk
from alpha_bench.kernels import COMPILED
from alpha_bench.operators import OPERATORS, Scope
from alpha_bench.vocabulary.labels import fwd_ret
from alpha_bench.vocabulary.panel_fields import data
from fakes.small_panels import SESSIONS, WITH_ARGUMENTS, call, panel_of, random_fields, same_bits

PANEL = panel_of(random_fields(21, columns=23))
CAUSAL = [n for n in WITH_ARGUMENTS if OPERATORS[n].scope is not Scope.FORWARD]


def expressions() -> st.SearchStrategy[Expr]:
    """Time series over cross-sections over time series, with parts used again, last and first."""
    leaves = st.sampled_from([data.close, data.volume, features.ret(1), apply("const", value=3.0)])
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.tuples(inner, inner).map(lambda p: p[0] * p[1]),
            inner.map(lambda x: x - ts.mean(x, 3)),
            inner.map(lambda x: x / cs.rank(x)),
            inner.map(lambda x: ts.std(x, 7)),
            inner.map(lambda x: -x),
            inner.map(cs.demean),
            inner.map(lambda x: x.lag(2)),
        ),
        max_leaves=7,
    )


@given(
    exprs=st.lists(expressions(), min_size=1, max_size=5),
    columns=st.integers(1, 24),
    rows=st.integers(1, SESSIONS + 1),
    threads=st.integers(1, 3),
)
@settings(max_examples=150, deadline=None)
def test_values_have_the_same_bits_for_every_tile_and_number_of_threads(
    exprs: list[Expr], columns: int, rows: int, threads: int
) -> None:
    whole = compute(exprs, PANEL, threads=1)
    tiled = compute(exprs, PANEL, threads=threads, tiling=Tiling(columns=columns, rows=rows))
    assert all(same_bits(a, b) for a, b in zip(tiled, whole, strict=True))
    assert all(v.flags.c_contiguous and v.shape == PANEL.shape for v in tiled)


@pytest.mark.parametrize("name", WITH_ARGUMENTS)
def test_every_operator_has_the_same_bits_in_tiles(name: str) -> None:
    whole = compute((call(name),), PANEL, threads=1)[0]
    for columns, rows, threads in ((1, 1, 1), (8, 7, 2), (5, 64, 3)):
        tiled = compute((call(name),), PANEL, threads=threads, tiling=Tiling(columns=columns, rows=rows))[0]
        assert same_bits(tiled, whole)


def completed(expr: Expr, rows: int, tiling: Tiling, whole: np.ndarray) -> np.ndarray:
    """The values when the first ``rows`` sessions are known; what is not known begins as a wrong number."""
    array = np.full(PANEL.shape, 123.0)
    array[:rows] = whole[:rows]
    return execute(
        make_plan((expr,)),
        PANEL,
        COMPILED,
        tiling=tiling,
        known={expr: PartialColumn(array=array, rows=rows)},
    )[0]


@pytest.mark.parametrize("name", CAUSAL)
@pytest.mark.parametrize("window", [2, 5, 13])
def test_every_operator_has_the_same_bits_when_only_later_sessions_are_computed(
    name: str, window: int
) -> None:
    expr = call(name, window)
    whole = compute((expr,), PANEL)[0]
    for rows in (0, 1, 12, 13, 14, 40, SESSIONS - 1, SESSIONS):
        for tiling in (Tiling(), Tiling(columns=8, rows=7)):
            assert same_bits(completed(expr, rows, tiling, whole), whole)


@given(
    exprs=st.lists(expressions(), min_size=1, max_size=3),
    rows=st.lists(st.integers(0, SESSIONS), min_size=3, max_size=3),
    columns=st.integers(1, 24),
)
@settings(max_examples=120, deadline=None)
def test_compositions_have_the_same_bits_when_only_later_sessions_are_computed(
    exprs: list[Expr], rows: list[int], columns: int
) -> None:
    whole = compute(exprs, PANEL)
    known = {}
    for expr, values, since in zip(exprs, whole, rows, strict=False):
        if not is_leaf(expr):
            array = np.full(PANEL.shape, 123.0)
            array[:since] = values[:since]
            known[expr] = PartialColumn(array=array, rows=since)
    later = execute(make_plan(exprs), PANEL, COMPILED, tiling=Tiling(columns=columns, rows=5), known=known)
    assert all(same_bits(a, b) for a, b in zip(later, whole, strict=True))


def test_what_is_known_is_not_computed_again() -> None:
    """The control: known sessions that are wrong stay as they were given, so they were not computed."""
    expr = ts.mean(features.ret(2), 5)
    seen: list[int] = []

    def counting(name: str) -> object:
        def run(x: np.ndarray, *args: object, **params: object) -> object:
            seen.append(len(x))
            return COMPILED[name](x, *args, **params)

        return run

    table = MappingProxyType({n: counting(n) for n in COMPILED})
    array = np.full(PANEL.shape, 7.0)
    known = {expr: PartialColumn(array=array, rows=SESSIONS - 1)}
    values = execute(make_plan((expr,)), PANEL, table, known=known)[0]  # type: ignore[arg-type]
    assert values is array
    assert (values[:-1] == 7.0).all()
    assert same_bits(values[-1:], compute((expr,), PANEL)[0][-1:])
    assert max(seen) <= expr.lookback + 1 + 2 + 5  # its reach, and at most a window more to begin on a block


def test_an_operator_that_fails_in_a_tile_fails_the_computation() -> None:
    def fails(*_: object, **__: object) -> object:
        raise ValueError("no such value")

    table = MappingProxyType({**COMPILED, "ts.mean": fails})
    plan = make_plan((ts.mean(data.close, 3), cs.rank(data.close)))
    for threads in (1, 3):
        with pytest.raises(ValueError, match="no such value"):
            execute(plan, PANEL, table, threads=threads, tiling=Tiling(columns=4, rows=4))  # type: ignore[arg-type]


def test_nodes_that_need_no_other_cut_are_one_stage() -> None:
    x = features.volatility(5) / ts.mean(data.volume, 3)
    assert [s.axis for s in make_plan((x, x - features.ret(2), fwd_ret(3))).stages] == [TileAxis.COLUMNS]
    ranked = make_plan((cs.rank(-features.ret(5)), cs.zscore(x) - 1)).stages
    assert [s.axis for s in ranked] == [TileAxis.COLUMNS, TileAxis.ROWS]
    again = make_plan((ts.mean(cs.rank(data.close), 3), cs.demean(ts.mean(cs.rank(data.close), 3)))).stages
    assert [s.axis for s in again] == [TileAxis.ROWS, TileAxis.COLUMNS, TileAxis.ROWS]


def test_only_what_leaves_a_stage_is_stored() -> None:
    inner = ts.mean(features.ret(1), 3)
    wanted = (cs.rank(inner / ts.std(features.ret(1), 5)),)
    first, second = make_plan(wanted).stages
    assert [str(e) for e in first.stored] == [str(wanted[0].args[0])]
    assert second.reads == first.stored
    assert second.frees == first.stored


def test_an_element_wise_node_goes_to_its_user_when_its_operand_is_stored_anyway() -> None:
    x = features.ret(5)
    first, second = make_plan((x, cs.rank(-x))).stages
    assert first.nodes == (x,)
    assert second.nodes == ((-x), cs.rank(-x))


@given(exprs=st.lists(expressions(), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_stages_hold_every_node_once_after_what_it_needs(exprs: list[Expr]) -> None:
    order = tuple(walk(tuple(exprs)))
    done: set[Expr] = {e for e in order if is_leaf(e)}
    stored = set(done)
    for stage in stages_of(order, exprs):
        inside = set()
        for node in stage.nodes:
            assert all(a in inside or a in stored for a in node.args)
            assert node not in done
            inside.add(node)
            done.add(node)
        stored = (stored | set(stage.stored)) - set(stage.frees)
    assert done == set(order)
    assert set(exprs) <= stored


@pytest.mark.parametrize("columns", [8, 300, 997])
def test_large_values_are_written_past_the_cache_with_the_same_bits(columns: int) -> None:
    """Stored values of 16 MB and more go another way to memory; also where rows begin in the middle of a line."""
    fields = random_fields(3, rows=2200, columns=997)
    panel = panel_of(fields)
    exprs = (ts.mean(features.ret(1), 3), cs.rank(ts.std(data.close, 5)))
    tiled = compute(exprs, panel, threads=2, tiling=Tiling(columns=columns, rows=50))
    assert tiled[0].nbytes >= 1 << 24
    assert all(same_bits(a, b) for a, b in zip(tiled, compute(exprs, panel, reference=False), strict=True))
    small = panel_of({n: v[:300] for n, v in fields.items()})
    assert all(same_bits(a[:300], b) for a, b in zip(tiled, compute(exprs, small), strict=True))

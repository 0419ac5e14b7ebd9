"""Custom features are causal, or the place where one is not is reported: dishonest functions and honest twins."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from alpha_bench import cs, data, feature, features
from alpha_bench.errors import AlphaBenchError
from alpha_bench.expressions.expr import Expr
from alpha_bench.panel.panel import Panel
from fakes.own_functions import HONEST, LOOKING_AHEAD, LOOKING_TOO_FAR_BACK, WINDOW, trailing
from fakes.small_panels import panel_of, random_fields, same_bits

Floats = NDArray[np.float64]


def panel(seed: int = 1, rows: int = 160, columns: int = 40) -> Panel:
    """With names that leave and names that enter."""
    fields = random_fields(seed, rows=rows, columns=columns)
    for values in fields.values():
        values[rows // 2 :, :3] = np.nan
        values[: rows // 3, 3:6] = np.nan
    return panel_of(fields)


def of_close_and_volume(function: Callable[..., Any], window: int = WINDOW, **more: Any) -> Expr:
    return feature(inputs=[data.close, data.volume], window=window, **more)(function)


def refusal(expr: Expr, on: Panel) -> AlphaBenchError:
    with pytest.raises(AlphaBenchError, match="R49 @feature") as caught:
        on.compute([expr])
    return caught.value


@pytest.mark.parametrize("function", LOOKING_AHEAD, ids=lambda f: f.__name__)
def test_a_function_that_looks_ahead_is_told_with_session_asset_and_both_values(
    function: Callable[..., Any],
) -> None:
    on = panel()
    error = refusal(of_close_and_volume(function), on)
    assert error.context["kind"] == "future"
    assert (error.context["name"], error.context["asset"] in on.assets) == (function.__name__, True)
    for told in (
        str(error.context["session"]),
        str(error.context["asset"]),
        *map(repr, error.context["values"]),
    ):  # type: ignore[call-overload]
        assert told in error.message
    assert "np.roll" in error.fix


@pytest.mark.parametrize("function", LOOKING_TOO_FAR_BACK, ids=lambda f: f.__name__)
def test_a_function_that_needs_more_than_its_window_is_told(function: Callable[..., Any]) -> None:
    error = refusal(of_close_and_volume(function), panel())
    assert error.context["kind"] == "window"
    assert f"window of {WINDOW} sessions" in error.message


@pytest.mark.parametrize("function", HONEST, ids=lambda f: f.__name__)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_honest_function_is_not_flagged(function: Callable[..., Any], seed: int) -> None:
    values = panel(seed).compute([of_close_and_volume(function)])[0]
    assert np.isnan(values[: WINDOW - 1]).all()
    assert np.isfinite(values[WINDOW - 1 :]).any()


def test_one_session_more_of_window_makes_the_one_too_many_honest() -> None:
    from fakes.own_functions import one_session_too_many

    values = panel().compute([of_close_and_volume(one_session_too_many, window=WINDOW + 1)])[0]
    assert same_bits(values[WINDOW:], panel().compute([features.ret(WINDOW)])[0][WINDOW:])


def test_a_leak_is_seen_through_the_expressions_around_it_and_on_one_asset() -> None:
    from fakes.own_functions import rolled

    refusal(cs.rank(of_close_and_volume(rolled) * 2), panel())
    refusal(of_close_and_volume(rolled), panel(columns=1))


def test_the_values_are_the_functions_own() -> None:
    def mean(close: Floats, volume: Floats) -> Floats:
        return trailing(close / volume, np.mean)

    on = panel()
    with np.errstate(divide="ignore"):
        expected = mean(on.fields["close"], on.fields["volume"])
    assert same_bits(on.compute([of_close_and_volume(mean)])[0], expected)


def test_per_window_gives_the_function_its_window_and_nothing_else() -> None:
    @feature(inputs=[data.close, data.volume], window=WINDOW, per="window")
    def mean_ratio(close: Floats, volume: Floats) -> Floats:
        if len(close) != WINDOW or len(volume) != WINDOW:
            raise ValueError("not its window")
        return (close / volume).mean(axis=0)

    def ratio(close: Floats, volume: Floats) -> Floats:
        return trailing(close / volume, np.mean)

    on = panel()
    by_window, by_panel = on.compute([mean_ratio, of_close_and_volume(ratio)])
    assert np.allclose(by_window, by_panel, rtol=1e-12, equal_nan=True)
    assert mean_ratio.lookback == WINDOW - 1


def test_a_function_per_window_that_remembers_is_told() -> None:
    from fakes import remembering

    @feature(inputs=[data.close], window=3, per="window")
    def from_call_to_call(close: Floats) -> Floats:
        return remembering.last(close.mean(axis=0))

    assert refusal(from_call_to_call, panel()).context["kind"] == "varies"


def test_what_is_random_is_told() -> None:
    @feature(inputs=[data.close], window=3)
    def noise(close: Floats) -> Floats:
        return close + stats.norm.rvs(size=close.shape)

    assert refusal(noise, panel()).context["kind"] == "varies"


def wrong_shape(close: Floats, volume: Floats) -> Any:
    return close[1:]


def one_row(close: Floats, volume: Floats) -> Any:
    return close[-1]


def nothing(close: Floats, volume: Floats) -> Any:
    return None


def masked(close: Floats, volume: Floats) -> Any:
    return np.ma.masked_invalid(close)


def objects(close: Floats, volume: Floats) -> Any:
    return close.astype(object)


def complex_numbers(close: Floats, volume: Floats) -> Any:
    return close * 1j


def writes(close: Floats, volume: Floats) -> Any:
    close[np.isnan(close)] = 0.0
    return close


def divides(close: Floats, volume: Floats) -> Any:
    return close * (1 / 0)


@pytest.mark.parametrize(
    ("function", "kind", "told"),
    [
        (wrong_shape, "shape", r"returned shape \(159, 40\), expected \(160, 40\)"),
        (one_row, "shape", r"returned shape \(40,\)"),
        (nothing, "type", "returned a NoneType"),
        (masked, "type", "returned a MaskedArray"),
        (objects, "dtype", "returned object values"),
        (complex_numbers, "dtype", "returned complex128 values"),
        (
            writes,
            "mutation",
            r"writes into its inputs at line \d+: close\[np.isnan\(close\)\] = 0.0 \(defined at line \d+ of test_own",
        ),
        (
            divides,
            "raised",
            r"raised ZeroDivisionError: division by zero at line \d+: return close \* \(1 / 0\)",
        ),
    ],
)
def test_what_a_function_may_not_return_or_do(function: Callable[..., Any], kind: str, told: str) -> None:
    with pytest.raises(AlphaBenchError, match=told) as caught:
        panel().compute([of_close_and_volume(function)])
    assert (caught.value.code, caught.value.context["kind"]) == ("R49", kind)


def test_numbers_of_other_types_and_frames_are_taken_as_float64() -> None:
    @feature(inputs=[data.close], window=1)
    def is_high(close: Floats) -> Any:
        return close > 100

    @feature(inputs=[data.close], window=1)
    def single(close: Floats) -> Any:
        return close.astype(np.float32)

    on = panel()
    high, small = on.compute([is_high, single])
    assert (high.dtype, small.dtype) == (np.float64, np.float64)
    assert set(np.unique(high)) == {0.0, 1.0}


def test_a_panel_shorter_than_the_window_has_no_value_and_the_function_is_not_called() -> None:
    assert np.isnan(panel().truncate(WINDOW - 1).compute([of_close_and_volume(divides)])[0]).all()
    refusal(of_close_and_volume(divides), panel().truncate(WINDOW))


def test_warnings_of_empty_windows_stay_inside() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        panel().compute([of_close_and_volume(mean_of_known)])


def mean_of_known(close: Floats, volume: Floats) -> Floats:
    return trailing(close, np.nanmean)


def test_a_function_that_needs_many_assets_is_checked_on_all_of_them() -> None:
    @feature(inputs=[data.close], window=2)
    def needs_thirty(close: Floats) -> Floats:
        if close.shape[1] < 30:
            raise ValueError("too few assets")
        return close

    @feature(inputs=[data.close], window=2)
    def needs_thirty_and_peeks(close: Floats) -> Floats:
        if close.shape[1] < 30:
            raise ValueError("too few assets")
        return np.roll(close, -1, axis=0)

    @feature(inputs=[data.close], window=2)
    def knows_nothing_of_few_and_peeks(close: Floats) -> Floats:
        return np.roll(close, -1, axis=0) if close.shape[1] >= 30 else close * np.nan

    assert np.isfinite(panel().compute([needs_thirty])[0][1:]).any()
    refusal(needs_thirty_and_peeks, panel())
    refusal(knows_nothing_of_few_and_peeks, panel())


def test_the_inputs_may_be_any_expression_a_group_or_another_function() -> None:
    @feature(inputs=[features.ret(3), data.close > 50], window=4)
    def inner(ret: Floats, high: Floats) -> Floats:
        return ret * high

    @feature(inputs=[inner, data.volume], window=10)
    def outer(inner: Floats, volume: Floats) -> Floats:
        return trailing(inner, np.mean) * volume

    assert (inner.lookback, outer.lookback) == (3 + 3, 3 + 3 + 9)
    on = panel()
    values = on.compute([outer])[0]
    close, volume = on.fields["close"], on.fields["volume"]
    ret = np.full(close.shape, np.nan)
    ret[3:] = close[3:] / close[:-3] - 1
    high = np.where(np.isnan(close), np.nan, close > 50)
    expected = trailing(ret * high, np.mean) * volume
    assert np.allclose(values[15:], expected[15:], rtol=1e-12, equal_nan=True)


def test_a_later_session_changes_no_value() -> None:
    whole = panel()
    exprs = [of_close_and_volume(f) for f in HONEST if f.__name__ != "by_matrix_product"]
    there = whole.compute(exprs)
    for sessions in (WINDOW, 80, 159):
        for one, two in zip(there, whole.truncate(sessions).compute(exprs), strict=True):
            assert same_bits(one[:sessions], two)

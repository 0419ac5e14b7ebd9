"""What a name held before and after a cell: every kind of value is looked at, a change is seen, a read is none."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from alpha_bench import features
from nbcode.kernel.digests import Digests
from nbcode.kernel.values import Values

X = np.random.default_rng(0).normal(size=(200, 3))
Y = X @ [1.0, 2.0, 3.0]


class Own:
    """A model of the user's, with a cache, a counter and an attribute that is computed when it is asked for."""

    def __init__(self) -> None:
        self._cov: Any = None
        self._kept: dict[float, float] = {}
        self._calls = 0

    def fit(self, x: Any, y: Any) -> Own:
        self.w = np.linalg.lstsq(x, y, rcond=None)[0]
        return self

    def predict(self, x: Any) -> Any:
        self._calls += 1
        self._cov = np.cov(x.T)
        self._kept[float(x.sum())] = 1.0
        return x @ self.w

    @cached_property
    def norm(self) -> float:
        return float(np.linalg.norm(self.w))


@dataclass
class Settings:
    """A class of the user's, as of a cell."""

    window: int
    names: list[str]


def frame() -> pd.DataFrame:
    made = pd.DataFrame(X, columns=["a", "b", "c"])
    made["name"] = "x"
    made["day"] = pd.date_range("2020-01-01", periods=200)
    made["at"] = pd.date_range("2020-01-01", periods=200, tz="UTC")
    made["kind"] = pd.Categorical(["u", "v"] * 100)
    made["n"] = pd.array([1, None] * 100, dtype="Int64")
    made["o"] = pd.Series([("t",), 1.5] * 100, dtype=object)
    return made


def panel() -> pd.DataFrame:
    return frame().set_index(["day", "name"])


def lightgbm() -> Any:
    from lightgbm import LGBMRegressor

    return LGBMRegressor(n_estimators=3, verbose=-1, n_jobs=1).fit(X, Y)


def xgboost() -> Any:
    from xgboost import XGBRegressor

    return XGBRegressor(n_estimators=3, n_jobs=1).fit(X, Y)


def set_item(value: Any) -> None:
    value.loc[value.index[3], "a"] = 9.0


def refit(value: Any) -> None:
    value.fit(X, -Y + X[:, 0])


def read_model(value: Any) -> None:
    value.predict(X)
    repr(value)


def read_frame(value: Any) -> None:
    repr(value.describe())
    value.select_dtypes("number").rank()
    value.sort_values("a").groupby("kind", observed=True)["a"].mean()
    _ = value.values
    value.isna().sum().sum()


CASES: dict[str, tuple[Callable[[], Any], Callable[[Any], object], Callable[[Any], object]]] = {
    "array": (X.copy, lambda v: v.__setitem__((3, 1), 0.0), lambda v: v.mean(axis=0)),
    "a part of an array": (lambda: X.copy()[::2, 1], lambda v: v.__setitem__(3, 0.0), lambda v: v.sum()),
    "dates": (
        lambda: np.array(["2020-01-01", "2020-01-02"], dtype="M8[D]"),
        lambda v: v.__setitem__(0, "2021-01-01"),
        np.sort,
    ),
    "objects": (lambda: np.array(["a", None, ("b",)], dtype=object), lambda v: v.__setitem__(1, 3), list),
    "frame": (frame, set_item, read_frame),
    "frame of one kind": (
        lambda: frame().select_dtypes("float").copy(),
        set_item,
        lambda v: v.to_numpy().sum(),
    ),
    "panel": (panel, set_item, read_frame),
    "category": (
        frame,
        lambda v: v.__setitem__("kind", v["kind"].cat.reorder_categories(["v", "u"])),
        read_frame,
    ),
    "nullable": (frame, lambda v: v.__setitem__("n", v["n"].fillna(0)), read_frame),
    "text": (frame, lambda v: v.__setitem__("name", "y"), read_frame),
    "column": (lambda: frame()["a"], lambda v: v.__setitem__(0, 5.0), lambda v: v.plot is not None),
    "columns renamed": (frame, lambda v: setattr(v, "columns", [*v.columns[::-1]]), read_frame),
    "polars": (
        lambda: pl.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]}),
        lambda v: v.__setitem__((0, "a"), 5.0),
        lambda v: v.sort("a", descending=True),
    ),
    "list": (lambda: [1, 2.5, "a"], lambda v: v.append(1), lambda v: [*reversed(v)]),
    "dict of models": (
        lambda: {"a": Ridge().fit(X, Y), "b": [Ridge().fit(X, Y)]},
        lambda v: refit(v["b"][0]),
        lambda v: read_model(v["a"]),
    ),
    "defaultdict": (lambda: defaultdict(list, a=[1]), lambda v: v["a"].append(2), lambda v: v["a"].copy()),
    "ridge": (lambda: Ridge().fit(X, Y), refit, read_model),
    "parameters": (lambda: Ridge().fit(X, Y), lambda v: v.set_params(alpha=9.0), lambda v: v.get_params()),
    "first fit": (Ridge, refit, lambda v: v.get_params()),
    "pipeline": (lambda: make_pipeline(StandardScaler(), Ridge()).fit(X, Y), refit, read_model),
    "forest": (lambda: RandomForestRegressor(3, random_state=0).fit(X, Y), refit, read_model),
    "lightgbm": (lightgbm, refit, read_model),
    "xgboost": (xgboost, refit, read_model),
    "own model": (lambda: Own().fit(X, Y), refit, lambda v: (v.predict(X), v.norm)),
    "own data": (lambda: Settings(5, ["a"]), lambda v: v.names.append("b"), repr),
    "generator": (lambda: np.random.default_rng(1), lambda v: v.normal(), repr),
    "random state": (lambda: np.random.RandomState(1), lambda v: v.normal(), repr),
    "random": (lambda: random.Random(1), lambda v: v.random(), repr),
    "a class": (lambda: type("Own", (Own,), {}), lambda v: setattr(v, "fit", lambda self: 0), lambda v: v()),
}


@pytest.mark.parametrize("case", CASES)
def test_a_change_is_seen_and_a_read_is_none(case: str) -> None:
    make, change, read = CASES[case]
    held: dict[str, object] = {"v": make()}
    values = Values(held)
    assert values.look_again(["v"]).changed == frozenset()
    assert values.look_again(["v"]).opaque == frozenset()
    assert values.in_part == ()
    read(held["v"])
    assert values.look_again(["v"]).changed == frozenset()
    change(held["v"])
    assert values.look_again(["v"]).changed == {"v"}


def test_the_same_made_anew_is_no_change_and_what_is_gone_is_one() -> None:
    held: dict[str, object] = {"f": frame(), "m": Ridge().fit(X, Y), "n": float("nan")}
    values = Values(held)
    values.look_again(held)
    held |= {"f": frame(), "m": Ridge().fit(X, Y), "n": float("nan")}
    assert values.look_again(held).changed == frozenset()
    del held["f"]
    assert values.look_again(["f", "m"]).changed == {"f"}


def test_what_is_larger_than_the_bound_is_sampled_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbcode.kernel.values.WHOLE", 1 << 20)
    large = np.zeros((1000, 1000))
    held: dict[str, object] = {"large": large, "small": X.copy()}
    values = Values(held)
    values.look_again(held)
    assert values.in_part == ("large",)
    assert values.look_again(held).changed == frozenset()
    large[:, 7] = 1.0
    assert values.look_again(held).changed == {"large"}
    looked = Digests(large, allowed=None)
    large[3, 3] = 5.0  # between two that are looked at: what a sample cannot see
    assert looked.same(Digests(large, allowed=None))


def test_what_is_looked_at_first_is_looked_at_whole_and_another_that_grows_is_no_change_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("nbcode.kernel.values.WHOLE", 1 << 20)
    held: dict[str, object] = {name: np.zeros(100_000) for name in ("a", "b")}  # 0.8 MB each
    values = Values(held)
    values.keep(held, first={"b"})
    assert values.in_part == ("a",)
    values = Values(held)
    values.keep(held)
    assert values.in_part == ("b",)  # the control
    held = {"a": np.zeros(50_000), "b": np.zeros(50_000)}
    values = Values(held)
    values.keep(held)
    assert values.in_part == ()
    held["a"] = np.zeros(120_000)
    assert values.look_again(held).changed == {"a"}


def test_what_cannot_be_looked_at_is_the_object_itself() -> None:
    held: dict[str, object] = {"v": (n for n in range(3)), "mom": features.ret(20)}
    values = Values(held)
    assert values.look_again(held).opaque == {"v"}  # `mom` cannot be either, but an expression never changes
    held["v"] = (n for n in range(3))
    assert values.look_again(held).changed == {"v"}


def test_a_value_that_holds_itself_ends() -> None:
    loop: list[object] = [1]
    loop.append(loop)
    assert Digests(loop, allowed=1 << 20).same(Digests(loop, allowed=1 << 20))

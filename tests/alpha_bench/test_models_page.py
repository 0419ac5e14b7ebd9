"""The page on models: each of its examples runs, in the order in which a reader meets them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from alpha_bench.definitions.named_estimators import KINDS
from alpha_bench.definitions.preprocessing import STEPS
from alpha_bench.describe import Session
from fakes.small_panels import panel_of

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "models.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def ran() -> dict[str, object]:
    rng = np.random.default_rng(0)
    close = 50 * np.exp(np.cumsum(rng.normal(0, 0.02, (900, 20)), axis=0))
    session = Session(panel_of({"close": close, "volume": rng.lognormal(10, 1, close.shape)}), {}, False)
    try:
        names = session.names() | {"fwd_ret_10d": session.label("fwd_ret_10d")}
        for block in BLOCKS:
            exec(block, names)
        return names
    finally:
        session.close()


def test_every_example_runs(ran: dict[str, object]) -> None:
    assert len(BLOCKS) == 5
    assert ran["svr"] == ran["same"]
    assert repr(ran["m"]).startswith("random_search(Ridge(), {'alpha': ")


def test_every_step_and_every_estimator_is_on_the_page() -> None:
    told = set(
        re.findall(
            r"`(\w+)(?:\([^|`]*\))?`", "".join(re.findall(r"^\| (`[^|]*)\|", PAGE, flags=re.MULTILINE))
        )
    )
    assert told == {*STEPS, *KINDS, "estimator"}

"""The isolation level is no part of identity: what a run leaves must not tell which one it was, nor where it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nbcode.configuration import Isolation
from nbcode.primitives import errors_of
from nbcode.run import RunOutcome
from nbcode.sandbox import IsolationLevel, probe

pytestmark = pytest.mark.long

SETUP = """import warnings
import joblib
from sklearn.ensemble import RandomForestRegressor
warnings.warn("where is this?")"""
MODEL = """table = inputs["prices_csv"]
m = RandomForestRegressor(n_estimators=3, random_state=0).fit(table[["volume"]], table["close"])
print(joblib.__file__)"""


def test_a_model_in_plain_python_is_the_same_bytes_on_every_level(
    tmp_path: Path, run_cells: Callable[..., RunOutcome]
) -> None:
    left: dict[str, dict[str, bytes]] = {}
    for isolation in (Isolation.PROCESS, Isolation.LANDLOCK, Isolation.NAMESPACES):
        if not probe(IsolationLevel(isolation)).available:
            continue
        outcome = run_cells(
            ("setup", SETUP),
            ("model", MODEL),
            ("eval", "report = {'rank_ic_mean': 0.5}"),
            isolation=isolation,
            definition_digest=None,
        )
        assert errors_of(outcome.diagnostics) == ()
        files = [
            p
            for p in outcome.out.rglob("*")
            if p.is_file() and p.name not in {"provenance.json", "result.json"}
        ]
        left[str(isolation)] = {str(p.relative_to(outcome.out)): p.read_bytes() for p in files}
    if len(left) < 2:
        pytest.skip("one isolation level only holds here")
    first, *others = left.values()
    assert {"executed.ipynb"} < first.keys()
    for other in others:
        assert other == first
    assert b"where is this?" in first["executed.ipynb"]
    assert str(tmp_path).encode() not in first["executed.ipynb"]

"""Linear models: penalty paths are scikit-learn's, and the bits are the same for every processor that code is compiled for."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from alpha_bench.fitting.moments import moments_by_sessions
from alpha_bench.fitting.normal_equations import elastic_net_path, scaled, scaling_of
from alpha_bench.model_selection.session_ranges import Sessions

ALPHAS = np.geomspace(0.3, 1e-4, 25)


def table(seed: int = 0, rows: int = 3000) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 8)) @ rng.normal(size=(8, 8)) + 3.0
    return x, x @ np.array([1.0, -0.5, 0.2, 0, 0, 0, 0.05, 0]) + rng.normal(size=rows)


def moments(x: np.ndarray, y: np.ndarray):
    return moments_by_sessions(
        [np.ascontiguousarray(c).reshape(-1, 1) for c in (*x.T, y)], [Sessions.of(range(len(y)))]
    )[0]


@pytest.mark.parametrize("l1_ratio", [1.0, 0.5, 0.05])
def test_a_penalty_path_is_scikit_learns(l1_ratio: float) -> None:
    from sklearn.linear_model import enet_path
    from sklearn.preprocessing import StandardScaler

    x, y = table()
    found = moments(x, y)
    path = elastic_net_path(
        scaled(found, scaling_of(found)),
        alphas=ALPHAS.tolist(), l1_ratio=l1_ratio, fit_intercept=True, max_iter=100_000, tol=1e-13,
    )  # fmt: skip
    z = StandardScaler().fit_transform(x)
    _, theirs, _ = enet_path(z, y - y.mean(), l1_ratio=l1_ratio, alphas=ALPHAS, tol=1e-13, max_iter=100_000)
    np.testing.assert_allclose([one.coef for one in path], theirs.T, rtol=0, atol=1e-8)
    if l1_ratio == 1.0:
        assert min(int((one.coef != 0).sum()) for one in path) < 8  # some are screened out


def test_where_a_path_begins_does_not_change_where_it_ends() -> None:
    found = moments(*table(1))
    how = {"l1_ratio": 0.5, "fit_intercept": True, "max_iter": 100_000, "tol": 1e-14}
    warm = elastic_net_path(found, alphas=ALPHAS.tolist(), **how)
    for one, alpha in zip(warm, ALPHAS.tolist(), strict=True):
        (cold,) = elastic_net_path(found, alphas=[alpha], **how)
        np.testing.assert_allclose(one.coef, cold.coef, rtol=0, atol=1e-8)


BITS = """
import hashlib, os
import numpy as np
from alpha_bench.fitting.normal_equations import elastic_net_path, predict, scaled, scaling_of, solve_ridge
from alpha_bench.fitting.moments import moments_by_sessions
from alpha_bench.model_selection.session_ranges import Sessions
rng = np.random.default_rng(0)
columns = [rng.integers(-10**6, 10**6, (60, 900)) / 1024 + k for k in range(7)]
columns[2][rng.random((60, 900)) < 0.1] = np.nan
digest = hashlib.sha256()
for m in moments_by_sessions(columns, [Sessions.of(range(50)), Sessions.of(range(3, 41))], weights=rng.random((60, 900))):
    s = scaled(m, scaling_of(m))
    ridge = solve_ridge(s, alpha=1.0, fit_intercept=True)
    path = elastic_net_path(s, alphas=[0.1, 0.01], l1_ratio=0.5, fit_intercept=True, max_iter=1000, tol=1e-12)
    for array in (m.mean, m.cross, ridge.coef, *(one.coef for one in path), predict(columns[:6], 0, 60, ridge)):
        digest.update(array.tobytes())
from alpha_bench.fitting.moments import _tile
print(digest.hexdigest(), any("zmm" in text or "ymm" in text for text in _tile.inspect_asm().values()))
"""


def bits(cache: Path, **processor: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", BITS],
        env={**os.environ, "NUMBA_CACHE_DIR": str(cache), **processor},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.split()


@pytest.mark.skipif(
    platform.machine() != "x86_64", reason="the other processor that is named here is of x86-64"
)
def test_a_processor_without_wide_registers_and_fused_steps_gives_the_same_bits(tmp_path: Path) -> None:
    here = bits(tmp_path / "here")
    plain = bits(tmp_path / "plain", NUMBA_CPU_NAME="x86-64", NUMBA_CPU_FEATURES="")
    assert here[0] == plain[0]
    assert plain[1] == "False"  # it is indeed other code

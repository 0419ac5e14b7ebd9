"""Linear models over the folds, beside scikit-learn in the same process, on 2,500 sessions x 3,000 names x 20 features.

The peers are written as their users write them: a ``Pipeline`` cloned and fitted for each fold of ``TimeSeriesSplit``, and one
``ElasticNet`` a fold and a penalty, from a precomputed Gram matrix where scikit-learn can use one. They may use every core.
"""

from __future__ import annotations

import os
import time
import warnings

import numpy as np

from benchmarks.timing import Timing, heading, record, row, time_call

SESSIONS, ASSETS, FEATURES, FOLDS, GAP = 2500, 3000, 20, 12, 15
ALPHAS = np.geomspace(1.0, 1e-3, 20)
SHARE = 0.02  # of the largest useful penalty, where the path begins


def made() -> tuple[list[np.ndarray], np.ndarray]:
    """Features of different scales and means, correlated, and a label that they explain a little."""
    rng = np.random.default_rng(0)
    common = rng.standard_normal((SESSIONS, ASSETS))
    features, label = [], 2.0 * rng.standard_normal((SESSIONS, ASSETS))
    for k in range(FEATURES):
        x = rng.standard_normal((SESSIONS, ASSETS))
        x += 0.3 * common
        label += (0.05 if k % 3 else 0.0) * x
        features.append(x * 10.0 ** (k % 4) + k)
    return features, label


def folds() -> list[tuple[slice, slice]]:
    from sklearn.model_selection import TimeSeriesSplit

    return [
        (slice(0, train[-1] + 1), slice(test[0], test[-1] + 1))
        for train, test in TimeSeriesSplit(FOLDS, gap=GAP).split(np.empty(SESSIONS))
    ]


def ridge_by_sklearn(matrix: np.ndarray, label: np.ndarray) -> np.ndarray:
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    predictions = []
    for train, test in folds():
        model = make_pipeline(StandardScaler(), Ridge())
        model.fit(matrix[: train.stop * ASSETS], label[: train.stop * ASSETS])
        predictions.append(model.predict(matrix[test.start * ASSETS : test.stop * ASSETS]))
    return np.concatenate(predictions)


def ridge_by_us(features: list[np.ndarray], label: np.ndarray) -> np.ndarray:
    from alpha_bench import Ridge, standardize
    from alpha_bench.fitting.training import Training, TrainingData
    from alpha_bench.model_selection.session_ranges import Sessions

    cuts = folds()
    sets = [Sessions.of(range(train.stop)) for train, _ in cuts]
    training = Training(TrainingData(features=features, label=label), (standardize(),), sets)
    fits = [training.fit(Ridge(), k) for k in range(FOLDS)]
    return np.concatenate(
        [f.predict(features, t.start, t.stop) for f, (_, t) in zip(fits, cuts, strict=True)]
    )


def path_by_sklearn(matrix: np.ndarray, label: np.ndarray, tol: float) -> np.ndarray:
    """Coefficients by fold and penalty, on standardised features: ``enet_path`` a fold, its Gram matrix made once a fold."""
    from sklearn.linear_model import enet_path
    from sklearn.preprocessing import StandardScaler

    found = []
    for train, _ in folds():
        x = StandardScaler().fit_transform(matrix[: train.stop * ASSETS])
        y = label[: train.stop * ASSETS] - label[: train.stop * ASSETS].mean()
        _, coef, _ = enet_path(
            x, y, l1_ratio=0.5, alphas=SHARE * ALPHAS, precompute=True, tol=tol, max_iter=100_000
        )
        found.append(coef.T)
    return np.array(found)


def path_by_us(features: list[np.ndarray], label: np.ndarray, tol: float) -> np.ndarray:
    from alpha_bench.fitting.moments import moments_by_sessions
    from alpha_bench.fitting.normal_equations import elastic_net_path, scaled, scaling_of
    from alpha_bench.model_selection.session_ranges import Sessions

    sets = [Sessions.of(range(train.stop)) for train, _ in folds()]
    found = []
    for moments in moments_by_sessions([*features, label], sets):
        path = elastic_net_path(
            scaled(moments, scaling_of(moments)),
            alphas=(SHARE * ALPHAS).tolist(),
            l1_ratio=0.5,
            fit_intercept=True,
            max_iter=100_000,
            tol=tol,
        )
        found.append([one.coef for one in path])
    return np.array(found)


def once(function) -> tuple[np.ndarray, Timing]:
    """A peer is run once: its noise is small beside its length."""
    start = time.perf_counter()
    found = function()
    return found, Timing(seconds=(time.perf_counter() - start,))


def peak() -> tuple[float, float]:
    """What this machine can do: GFlop/s of a matrix product on one core, GB/s of reading large memory on all."""
    from threadpoolctl import threadpool_limits

    square = np.random.default_rng(0).standard_normal((1500, 1500))
    with threadpool_limits(1):
        product = min(time_call(lambda: square @ square, runs=5).seconds)
    large = np.ones(1 << 25)
    reading = min(time_call(lambda: float(large.sum()), runs=5).seconds)
    return 2 * 1500**3 / product / 1e9, large.nbytes / reading / 1e9


def floors(features: list[np.ndarray], label: np.ndarray, runs: int) -> None:
    """The moments alone, beside what the processor and the memory allow."""
    from alpha_bench.fitting.moments import moments_by_sessions
    from alpha_bench.model_selection.session_ranges import Sessions

    columns = [*features, label]
    sets = [Sessions.of(range(train.stop)) for train, _ in folds()]
    ours = time_call(lambda: moments_by_sessions(columns, sets), runs=runs)
    best, speed, read = min(ours.seconds), *peak()
    width = FEATURES + 1
    flops = (
        SESSIONS * ASSETS * width * (width + 1)
    )  # a multiplication and an addition for each pair of columns
    size = SESSIONS * ASSETS * width * 8
    cores = len(os.sched_getaffinity(0))
    row("moments of 12 folds, one pass", ours)
    print(
        f"  one pass: {flops / 1e9:.1f} GFlop, {size / 1e9:.2f} GB; {flops / best / 1e9:.0f} GFlop/s of {cores} x {speed:.0f}"
        f" (BLAS, one core), {size / best / 1e9:.1f} GB/s of {read:.1f} (numpy's sum, one core)"
    )


def scaling(features: list[np.ndarray], label: np.ndarray, runs: int) -> None:
    """Fits and predictions on the first eighth, quarter, half and all of the sessions, on one core and on all."""
    every = os.sched_getaffinity(0)
    for cores in ({min(every)}, every):
        os.sched_setaffinity(0, cores)
        try:
            times = [
                min(time_call(lambda n=n: shortened(features, label, n), runs=runs).seconds)
                for n in (SESSIONS // 8, SESSIONS // 4, SESSIONS // 2, SESSIONS)
            ]
        finally:
            os.sched_setaffinity(0, every)
        slope = np.polyfit(np.log([1, 2, 4, 8]), np.log(times), 1)[0]
        told = ", ".join(f"{t * 1e3:.0f}" for t in times)
        print(f"  1x, 2x, 4x, 8x rows on {len(cores)} core(s): {told} ms; time grows as rows^{slope:.2f}")


def shortened(features: list[np.ndarray], label: np.ndarray, sessions: int) -> None:
    from alpha_bench import Ridge, standardize
    from alpha_bench.fitting.training import Training, TrainingData
    from alpha_bench.model_selection.walk_forward import WalkForward

    splits = WalkForward(folds=FOLDS).split(sessions, horizon=10)
    data = TrainingData(features=[f[:sessions] for f in features], label=label[:sessions])
    training = Training(data, (standardize(),), [s.train for s in splits])
    for k, s in enumerate(splits):
        training.fit(Ridge(), k).predict(data.features, s.test.start, s.test.stop)


def run(*, runs: int) -> None:
    warnings.simplefilter("ignore")
    heading(f"12-fold standardised ridge, {FEATURES} features, {SESSIONS * ASSETS / 1e6:.1f} M rows")
    features, label = made()
    matrix, flat = np.column_stack([c.ravel() for c in features]), label.ravel()
    theirs, peer = once(lambda: ridge_by_sklearn(matrix, flat))
    ours = time_call(lambda: ridge_by_us(features, label), runs=runs)
    row("scikit-learn: Pipeline(StandardScaler, Ridge), TimeSeriesSplit", peer)
    row("alpha_bench: fit and predict", ours, peer)
    apart = np.abs(ridge_by_us(features, label).ravel() - theirs).max()
    record("largest difference of two predictions", float(apart))
    print(f"  largest difference of two predictions: {apart:.1e}")
    floors(features, label, runs)
    scaling(features, label, runs)
    heading(
        f"ElasticNet, {len(ALPHAS)} penalties x 12 folds, {FEATURES} features, {SESSIONS * ASSETS / 1e6:.1f} M rows"
    )
    theirs, peer = once(lambda: path_by_sklearn(matrix, flat, 1e-12))
    ours = time_call(lambda: path_by_us(features, label, 1e-12), runs=runs)
    found = path_by_us(features, label, 1e-12)
    row("scikit-learn: StandardScaler, enet_path(precompute=True)", peer)
    row("alpha_bench: elastic_net_path on moments", ours, peer)
    apart = np.abs(found - theirs).max()
    record("largest difference of two coefficients", float(apart))
    print(
        f"  largest difference of two coefficients: {apart:.1e}; {int((found != 0).sum())} of {found.size} are not zero"
    )

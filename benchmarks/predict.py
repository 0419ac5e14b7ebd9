"""A day's predictions for 3,000 names by a linear model of five features: in a fresh process and warm, beside a pickle and pandas.

What a consumer has of a candidate is its artifact: ``nbcode_runtime`` reads every byte of it again before it loads. What only its import
costs is told over numpy's, which nobody who predicts is without.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import timing
from benchmarks.timing import ROOT, clean_environment, heading, row, time_call, time_process

SESSIONS, ASSETS = 61, 3000

OURS = """
import sys
import warnings
from pathlib import Path
import pandas as pd
from alpha_bench import load_fitted
out = load_fitted(Path(sys.argv[1]) / "model").predict(pd.read_parquet(Path(sys.argv[1]) / "prices.parquet"), as_of=sys.argv[2])
out.to_parquet(sys.argv[3])
"""
CONSUMER = """
import sys
import warnings
from pathlib import Path
import pandas as pd
import nbcode_runtime
(artifact,) = (one for one in (Path(sys.argv[1]) / "artifacts").iterdir() if len(one.name) == 64)
out = nbcode_runtime.load(artifact).predict(pd.read_parquet(Path(sys.argv[1]) / "prices.parquet"), as_of=sys.argv[2])
out.to_parquet(sys.argv[3])
"""
BARE = """
import pickle
import sys
from pathlib import Path
import pandas as pd
from benchmarks.bare_predict import predicted
model = pickle.loads((Path(sys.argv[1]) / "model.pkl").read_bytes())
predicted(model, pd.read_parquet(Path(sys.argv[1]) / "prices.parquet"), sys.argv[2]).to_parquet(sys.argv[3])
"""
IMPORTS = "import pandas, pyarrow.parquet"


def prices() -> pd.DataFrame:
    """A long frame of as many sessions as the model needs, date and symbol first."""
    rng = np.random.default_rng(0)
    days = pd.bdate_range("2024-01-02", periods=SESSIONS)
    names = np.array([f"S{n:04d}" for n in range(ASSETS)])
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.02, (SESSIONS, ASSETS)), axis=0))
    return pd.DataFrame(
        {
            "date": np.repeat(days, ASSETS),
            "symbol": np.tile(names, SESSIONS),
            "close": close.ravel(),
            "volume": rng.integers(10_000, 900_000, SESSIONS * ASSETS).astype(float),
        }
    )


def keep(frame: pd.DataFrame, directory: Path) -> None:
    """The same linear model twice: as alpha_bench saves it, and as a pickle of scikit-learn's with its coefficients."""
    from sklearn.linear_model import LinearRegression

    from alpha_bench import OLS, Panel, cs, features, fit_final, fwd_ret

    made = OLS().fit(
        X=[
            features.ret(5),
            features.ret(20),
            features.ret(60),
            features.volatility(20),
            cs.rank(features.ret(20)),
        ],
        y=fwd_ret(1),
    )
    longer = pd.concat([frame.assign(date=frame["date"] - pd.Timedelta(days=7 * 52)), frame])
    fitted = fit_final(made, Panel.from_frame(longer))
    fitted.save(directory / "model")
    theirs = LinearRegression()
    assert fitted.fit.linear is not None
    theirs.coef_, theirs.intercept_ = np.array(fitted.fit.linear.coef), fitted.fit.linear.intercept
    (directory / "model.pkl").write_bytes(pickle.dumps(theirs))
    frame.to_parquet(directory / "prices.parquet")
    store(directory)


def store(directory: Path) -> None:
    """The saved model as an artifact, under its digest."""
    import shutil

    from nbcode.artifact import ArtifactStore, Provenance
    from nbcode.primitives import digest_bytes
    from nbcode.run.manifest import list_files

    shutil.copytree(directory / "model", directory / "out" / "model")
    provenance = Provenance(
        model_id="benchmark",
        spec_digest=digest_bytes(b"benchmark"),
        definition_digest=None,
        environment_digest=None,
        platform_key="any",
        pins=(),
    )
    ArtifactStore(directory / "artifacts").put(directory / "out", list_files(directory / "out"), provenance)


def time_imports(*, runs: int) -> None:
    """What ``nbcode_runtime`` adds to a process that has numpy, and one that has pandas."""
    numpy = time_process([sys.executable, "-c", "import numpy"], runs=runs)
    row("python -c 'import numpy'", numpy)
    row(
        "python -c 'import numpy, nbcode_runtime'",
        ours := time_process([sys.executable, "-c", "import numpy, nbcode_runtime"], runs=runs),
    )
    print(f"  nbcode_runtime over numpy: {ours.median - numpy.median:+.3f} s", flush=True)
    timing.record("nbcode_runtime over numpy", ours.median - numpy.median)
    row(
        "python -c 'import pandas, pyarrow.parquet'", time_process([sys.executable, "-c", IMPORTS], runs=runs)
    )


def run(*, runs: int) -> None:
    import warnings

    from alpha_bench import PredictionWarning, load_fitted
    from benchmarks.bare_predict import predicted

    warnings.simplefilter("ignore", PredictionWarning)
    heading(
        f"predict: one day, {ASSETS:,} names, a linear model of 5 features, {SESSIONS} sessions of history"
    )
    frame = prices()
    day = str(frame["date"].iloc[-1].date())
    with tempfile.TemporaryDirectory() as made:
        directory = Path(made)
        keep(frame, directory)
        ours = [sys.executable, "-c", OURS, made, day, str(directory / "ours.parquet")]
        bare = [sys.executable, "-c", BARE, made, day, str(directory / "bare.parquet")]
        consumer = [sys.executable, "-c", CONSUMER, made, day, str(directory / "consumer.parquet")]
        for command in (ours, bare, consumer):
            subprocess.run(command, cwd=ROOT, env=clean_environment(), check=True, capture_output=True)
        same = pd.read_parquet(directory / "consumer.parquet")
        assert same.equals(pd.read_parquet(directory / "ours.parquet"))
        one, other = (pd.read_parquet(directory / f"{name}.parquet") for name in ("ours", "bare"))
        assert list(one["symbol"]) == list(other["symbol"])
        apart = float(np.abs(one["prediction"] - other["prediction"]).max())
        print(f"  largest difference of {len(one):,} predictions: {apart:.1e}")
        assert apart < 1e-12
        baseline = time_process(bare, runs=runs)
        row("python, pickle + pandas, to the written table", baseline)
        row("python, alpha_bench, to the written table", time_process(ours, runs=runs), baseline)
        row(
            "python, nbcode_runtime: verified, loaded, to the written table",
            time_process(consumer, runs=runs),
            baseline,
        )
        time_imports(runs=runs)
        model, theirs = load_fitted(directory / "model"), pickle.loads((directory / "model.pkl").read_bytes())
        warm = time_call(lambda: predicted(theirs, frame, day), runs=runs)
        row("pickle + pandas, warm", warm)
        row(
            "alpha_bench, warm: predict(frame, as_of=day)",
            time_call(lambda: model.predict(frame, as_of=day), runs=runs),
            warm,
        )

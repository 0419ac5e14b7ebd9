"""The notebooks of this folder and the one cell that each is given: `[meta]`. Nothing else is added but tags."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Notebook:
    """A notebook as its author left it, and what `[meta]` says of it."""

    name: str
    folder: str
    kind: str  # of model, as the page calls it
    idioms: str
    inputs: tuple[str, ...]
    result: str  # the expression behind `model:` or `signal:`
    figure: str
    expression: str
    rows: str  # an expression over the notebook's names: rows that the model predicts
    outputs: tuple[str, ...] = ()
    form: str = "py"  # the file that is promoted: percent or .ipynb
    seeded: bool = True  # whether a plain kernel gives the same figure twice
    signal: bool = False

    @property
    def source(self) -> Path:
        return HERE / self.folder / f"{self.name}.py"

    @property
    def meta(self) -> str:
        """The block of comments of the `[meta]` cell."""
        lines = [
            f"id: {self.name}",
            f"kind: {'signal' if self.signal else 'model'}",
            "horizon: 5d",
            "owner: quant",
            "inputs:",
            *(f"  {line}" for line in self.inputs),
            f"{'signal' if self.signal else 'model'}: {self.result}",
            "report:",
            f"  {self.figure}: {self.expression}",
        ]
        if self.outputs:
            lines += ["outputs:", *(f"  {line}" for line in self.outputs)]
        return "".join(f"# {line}\n" for line in lines)


CSV = "prices: ../data/prices.csv"
PARQUET = "prices: ../data/prices.parquet"
HDF = "assets: ../data/assets.h5"
FOLDER = "by_symbol: ../data/by_symbol"
REFERENCE = "reference: ../data/reference.csv"

SHARED = (
    Notebook(
        name="rolling_ridge", folder="shared", kind="scikit-learn pipeline",
        idioms="HDFStore, own splitter class, `%%time`, `display`, seaborn",
        inputs=(HDF,), result="ridge_model", figure="ic", expression="by_alpha.loc[best_alpha, 'mean']", rows="X.tail(5)",
    ),
    Notebook(
        name="boosted_native", folder="shared", kind="LightGBM Booster", seeded=False,
        idioms="module beside it, `sys.path`, unseeded draw, clock, files written",
        inputs=(PARQUET,), result="model", figure="ic", expression="metrics.ic.iloc[0]", rows="valid[features].tail(5)",
    ),
    Notebook(
        name="formula_alphas", folder="shared", kind="LightGBM regressor",
        idioms="class of alphas, `dir()`, `n_jobs=-1`, `.plot` without its import",
        inputs=(CSV,), result="gbm", figure="ic", expression="ic.mean()", rows="te[names].tail(5)",
    ),
    Notebook(
        name="grid_search", folder="shared", kind="scikit-learn search, own transformer",
        idioms="own transformer in a ColumnTransformer, `make_scorer`, clock in an f-string",
        inputs=(CSV, REFERENCE), result="grid.best_estimator_", figure="ic", expression="ic_score(y_test, pred)",
        rows="X_test.tail(5)",
    ),
    Notebook(
        name="dict_of_models", folder="shared", kind="XGBoost regressor",
        idioms="function that returns models, `defaultdict`, pickle to a file",
        inputs=(CSV,), result="best", figure="ic", expression="ics['xgb']", rows="te[feats].tail(5)",
    ),
    Notebook(
        name="two_pass_premia", folder="shared", kind="statsmodels result",
        idioms="RollingOLS, `summary()`, subplots",
        inputs=(CSV,), result="model", figure="t", expression="model.tvalues.iloc[0]", rows="np.ones(5)",
    ),
)  # fmt: skip

OWN = (
    Notebook(
        name="polars_lazy", folder="own", kind="scikit-learn, fitted on arrays",
        idioms="polars lazy, `DATA_DIR / ...`, match, walrus, `from __future__`",
        inputs=(PARQUET,), result="reg", figure="ic", expression="daily['ic'].drop_nans().mean()", rows="X[:5]",
    ),
    Notebook(
        name="sqlite_stacking", folder="own", kind="scikit-learn stacking", form="ipynb",
        idioms="sqlite3, `%autoreload`, styler, stacking of pipelines",
        inputs=("market: ../data/market.sqlite",), result="stack", figure="ic", expression="ic.mean()",
        rows="future[FEATURES].tail(5)",
    ),
    Notebook(
        name="npz_logit", folder="own", kind="statsmodels formula, Logit",
        idioms="`np.load` by an f-string, `smf.logit`, lambda, scipy.stats",
        inputs=("panel: ../data/panel.npz",), result="res", figure="auc", expression="auc", rows="oos.tail(5)",
    ),
    Notebook(
        name="joblib_folds", folder="own", kind="list of LightGBM regressors", form="ipynb",
        idioms="glob of a folder, joblib `Parallel`, tqdm, `os.environ`, float32, `gc`",
        inputs=(FOLDER,), result="models", figure="corr", expression="np.corrcoef(ensemble, holdout.target)[0, 1]",
        rows="holdout[features_].tail(5)",
    ),
    Notebook(
        name="xgb_ranker", folder="own", kind="XGBoost ranker",
        idioms="HDFStore, `%config`, `%%time`, `qid`, `.plot` with a semicolon",
        inputs=(HDF,), result="ranker", figure="ic", expression="stats_.loc['spearman', 'mean']", rows="te[X.columns].tail(5)",
    ),
    Notebook(
        name="pairs_zscore", folder="own", kind="signal", signal=True, form="ipynb",
        idioms="cointegrated pairs, z-score positions, no fitted model",
        inputs=(CSV,), result="weights", figure="sharpe", expression="sharpe",
        rows="weights.tail(2).stack().rename_axis(['date', 'symbol']).reset_index()[['date', 'symbol']]",
    ),
    Notebook(
        name="horizon_dict", folder="own", kind="dict of scikit-learn models", form="ipynb",
        idioms="dataclass of settings, `reduce` and `partial`, lambdas in a dict",
        inputs=(PARQUET,), result="fitted", figure="ic", expression="summary['mean'].mean()", rows="merged[cols].tail(5)",
    ),
    Notebook(
        name="column_transformer", folder="own", kind="scikit-learn classifier, own transformer",
        idioms="own transformer, ColumnTransformer, RandomizedSearchCV, `predict_proba`",
        inputs=(CSV, REFERENCE), result="best", figure="auc", expression="roc_auc_score(test.label, proba)",
        rows="test[['session', 'sector', *num]].tail(64)",
    ),
    Notebook(
        name="class_pipeline", folder="own", kind="scikit-learn bagging",
        idioms="class-based pipeline of a package beside it, `__file__`, logging, `__name__`",
        inputs=(PARQUET,), result="runs[winner].model_", figure="ic", expression="runs[winner].ic.mean()",
        rows="runs[winner].test_[runs[winner].columns_].tail(5)",
    ),
    Notebook(
        name="outputs_kept", folder="own", kind="LightGBM classifier", form="ipynb",
        idioms="`%%capture`, `%timeit`, early stopping, `outputs:`",
        inputs=(CSV,), result="clf", figure="auc", expression="scores['auc']", rows="te[fts].tail(5)",
        outputs=("importance: results/importance.csv", "scores: results/scores.json"),
    ),
    Notebook(
        name="own_estimator", folder="own", kind="own estimator of a cell",
        idioms="`os.walk`, own `_BaseKFold`, own regressor, seeds of everything",
        inputs=(FOLDER,), result="final", figure="corr", expression="per_era.mean()", rows="df[feature_cols].tail(5)",
    ),
    Notebook(
        name="panel_regression", folder="own", kind="statsmodels formula, OLS", form="ipynb",
        idioms="`Path.cwd()`, `open`, clustered errors, `display`, periods",
        inputs=(CSV, REFERENCE), result="fit", figure="t", expression="fit.tvalues['mom']",
        rows="m[['mom', 'vol', 'size', 'sector']].tail(5)",
    ),
)  # fmt: skip

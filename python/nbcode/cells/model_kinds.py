"""What is known by name about things that people assign as their model and that cannot be kept, with the nearest that can.

Imports nothing: `check` reads it before any run, and the end of a run by the class of the value.
"""

from __future__ import annotations

_CLUSTERINGS = frozenset(
    {"AgglomerativeClustering", "Birch", "DBSCAN", "HDBSCAN", "OPTICS", "SpectralClustering"}
)
_EMBEDDINGS = frozenset({"MDS", "SpectralEmbedding", "TSNE"})
_TRANSFORMERS = frozenset(
    """
    ColumnTransformer FeatureUnion FunctionTransformer Imputer IterativeImputer KNNImputer KernelPCA MaxAbsScaler MinMaxScaler NMF
    Normalizer OneHotEncoder OrdinalEncoder PCA PolynomialFeatures PowerTransformer QuantileTransformer RobustScaler SelectKBest
    SimpleImputer SplineTransformer StandardScaler TargetEncoder TruncatedSVD VarianceThreshold
    """.split()
)
_REGRESSIONS = frozenset(
    """
    AutoReg ARIMA BetweenOLS ExponentialSmoothing FamaMacBeth FirstDifferenceOLS GEE GLM GLS GLSAR IV2SLS Logit MNLogit MixedLM
    NegativeBinomial OLS OrderedModel PHReg PanelOLS Poisson PooledOLS Probit QuantReg RLM RandomEffects RollingOLS RollingWLS SARIMAX
    VAR WLS gee glm gls logit mixedlm mnlogit negativebinomial ols poisson probit quantreg rlm wls
    """.split()
)
_SCIKIT_LEARN = (
    "fit the scikit-learn estimator that comes nearest, such as HistGradientBoostingRegressor or MLPRegressor"
)
_OTHER_LIBRARIES = {
    "keras": "fit sklearn.neural_network.MLPRegressor, or promote the network's predictions as a signal",
    "tensorflow": "fit sklearn.neural_network.MLPRegressor, or promote the network's predictions as a signal",
    "pytorch_lightning": "promote the network's predictions as a signal",
    "lightning": "promote the network's predictions as a signal",
    "skorch": "promote the network's predictions as a signal",
    "prophet": "promote its forecasts as a signal",
    "pmdarima": "promote its forecasts as a signal",
    "sktime": "promote its forecasts as a signal",
    "darts": "promote its forecasts as a signal",
    "arch": "promote its forecasts as a signal",
    "hmmlearn": "fit sklearn.mixture.GaussianMixture, or promote the states as a signal",
    "pymc": "promote the posterior means as a signal",
    "gpytorch": "fit sklearn.gaussian_process.GaussianProcessRegressor",
    "imblearn": "fit scikit-learn's estimator with class_weight='balanced'",
    "autosklearn": _SCIKIT_LEARN,
    "flaml": "promote the estimator inside it: automl.model.estimator",
    "h2o": _SCIKIT_LEARN,
    "interpret": _SCIKIT_LEARN,
    "mlxtend": _SCIKIT_LEARN,
    "ngboost": _SCIKIT_LEARN,
    "pycaret": _SCIKIT_LEARN,
    "pygam": "fit make_pipeline(SplineTransformer(), Ridge())",
    "pyspark": _SCIKIT_LEARN,
    "quantile_forest": "fit HistGradientBoostingRegressor(loss='quantile')",
    "river": _SCIKIT_LEARN,
    "tpot": "promote the pipeline inside it: tpot.fitted_pipeline_",
}


def why_not(library: str, name: str) -> tuple[str, str] | None:
    """Why a fitted ``name`` of ``library`` (the first part of its module) cannot be kept, and the nearest way; None where nothing
    is known against it."""
    if library in _OTHER_LIBRARIES:
        return f"{library} has no form in which its models are kept", _OTHER_LIBRARIES[library]
    if library == "sklearn":
        if name == "Birch":
            return (
                "a Birch holds a tree that no file format of scikit-learn keeps",
                "fit KMeans or MiniBatchKMeans",
            )
        if name in _CLUSTERINGS:
            return (
                f"{name} puts the rows of its fit into groups and does not predict others",
                "fit KMeans or GaussianMixture, or promote its labels as a signal",
            )
        if name in _EMBEDDINGS:
            return (
                f"{name} does not predict",
                "use it in a [features] cell, and promote the estimator after it",
            )
        if name in _TRANSFORMERS:
            return (
                f"{name} transforms and does not predict",
                f"promote make_pipeline({name}(...), Ridge()), or another estimator after it",
            )
    if library in {"lightgbm", "xgboost"}:
        short = "lgb" if library == "lightgbm" else "xgb"
        if name == "cv":
            return "it gives scores of folds, not a model", f"promote {short}.train(params, data, rounds)"
        if name in {"Dataset", "DMatrix", "QuantileDMatrix"}:
            return f"a {name} is data", f"promote {short}.train(params, data, rounds)"
    return None


def is_unfitted_regression(library: str, name: str) -> bool:
    """Whether it is a model of statsmodels or linearmodels itself, whose ``fit`` gives the results that predict."""
    return library in {"linearmodels", "statsmodels"} and name in _REGRESSIONS

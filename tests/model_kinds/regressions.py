"""Results of regressions, several models together, and the notebook's own classes; and what is refused."""

from __future__ import annotations

from model_kinds.table import Kind, rows

STATSMODELS = rows(
    "statsmodels",
    """
    sm.OLS(y, XC).fit()
    sm.OLS(y, XC).fit(cov_type="HAC", cov_kwds={"maxlags": 2})
    sm.OLS(y.to_numpy(), XC.to_numpy()).fit()
    sm.OLS(y, np.ones(80)).fit()
    sm.OLS(y, XC).fit_regularized(alpha=0.01)
    sm.WLS(y, XC, weights=np.arange(1, 81)).fit()
    sm.GLS(y, XC).fit()
    sm.GLSAR(y, XC, rho=1).iterative_fit(2)
    sm.RLM(y, XC).fit()
    sm.QuantReg(y, XC).fit(q=0.5)
    sm.Logit(c2, XC).fit(disp=0)
    sm.Probit(c2, XC).fit(disp=0)
    sm.MNLogit(k3, XC).fit(disp=0)
    sm.Poisson(n, XC).fit(disp=0)
    sm.NegativeBinomial(n, XC).fit(disp=0)
    sm.GLM(y, XC).fit()
    sm.GLM(c2, XC, family=sm.families.Binomial()).fit()
    sm.GLM(c2, XC, family=sm.families.Binomial(sm.families.links.Probit())).fit()
    sm.GLM(n, XC, family=sm.families.Poisson()).fit()
    sm.GLM(yp, XC, family=sm.families.Gamma(sm.families.links.Log())).fit()
    sm.GEE(y, XC, groups=np.repeat(range(8), 10)).fit()
    smf.ols("y ~ a + b", F).fit()
    smf.ols("y ~ np.log(abs(a) + 1) + a:C(s) + I(b**2)", F).fit()
    smf.ols("y ~ a * b + C(s, Treatment('v'))", F).fit()
    smf.logit("c2 ~ b", F).fit(disp=0)
    smf.glm("n ~ a + C(s)", F, family=sm.families.Poisson()).fit()
    smf.quantreg("y ~ a", F).fit()
    """,
    needs="statsmodels",
)
PARAMETERS = rows(
    "statsmodels: parameters only",
    """
    RollingOLS(y, XC, window=20).fit()
    RollingOLS(y, XC, window=20).fit(params_only=True)
    AutoReg(y.to_numpy(), 2).fit()
    VAR(X.to_numpy()).fit(1)
    OrderedModel(ordered, X).fit(disp=0)
    smf.ols("y ~ center(a)", F).fit()
    """,
    becomes="parameters",
    needs="statsmodels",
)
LINEARMODELS = rows(
    "linearmodels",
    """
    PooledOLS(YP, XP).fit()
    PanelOLS(YP, XP, entity_effects=True).fit()
    FamaMacBeth(YP, XP).fit()
    RandomEffects(YP, XP).fit()
    """,
    needs="linearmodels",
)
TOGETHER = rows(
    "several models",
    """
    [Ridge(alpha=1.0).fit(X, y), Ridge(alpha=10.0).fit(X, y)]
    [LogisticRegression().fit(X, k), GaussianNB().fit(X, k)]
    (Ridge().fit(X, y), lgb.LGBMRegressor(n_estimators=3, verbosity=-1).fit(X, y))
    {"ridge": Ridge().fit(X, y), "lasso": Lasso(alpha=0.1).fit(X[["a"]], y)}
    {5: {"ridge": Ridge().fit(X, y)}, 10: {"ridge": Ridge().fit(X, y)}}
    {"ols": sm.OLS(y, XC).fit(), "bag": [Ridge().fit(X, y), Ridge(2.0).fit(X, y)]}
    """,
    needs="statsmodels",
)
OWN = rows(
    "classes and functions of the notebook",
    """
    make_pipeline(Winsorizer(), Ridge()).fit(X, y)
    make_pipeline(FunctionTransformer(scaled), Ridge()).fit(X, y)
    make_pipeline(FunctionTransformer(lambda x: x * 2), Ridge()).fit(X, y)
    make_pipeline(FunctionTransformer(partial(clipped, limit=0.5)), Ridge()).fit(X, y)
    make_pipeline(clipper(0.5), Ridge()).fit(X, y)
    GridSearchCV(make_pipeline(Winsorizer(), Ridge()), {"ridge__alpha": [1.0]}, cv=2, scoring=make_scorer(ic)).fit(X, y).best_estimator_
    Momentum().fit(X, y)
    MeanOf([Ridge(), lgb.LGBMRegressor(n_estimators=3, verbosity=-1)]).fit(X, y)
    [Momentum().fit(X, y), Ridge().fit(X, y)]
    """,
    becomes="own code",
    needs="lightgbm",
)


def _refused(code: str, says: str, *, at_check: bool = True, needs: str | None = None) -> Kind:
    return Kind(family="refused", code=code, becomes="refused", says=says, at_check=at_check, needs=needs)


REFUSED = [
    _refused("Birch().fit(X)", "KMeans"),
    _refused("DBSCAN().fit(X)", "KMeans"),
    _refused("AgglomerativeClustering(2).fit(X)", "KMeans"),
    _refused("LocalOutlierFactor().fit(X)", "novelty=True"),
    _refused("StandardScaler().fit(X)", "make_pipeline(StandardScaler"),
    _refused("TSNE(2)", "does not predict"),
    _refused("Ridge", "Ridge()"),
    _refused("ic", "ic(...)", at_check=False),
    _refused("sm.OLS(y, XC)", ".fit()", needs="statsmodels"),
    _refused(
        "lgb.LGBMRegressor(n_estimators=3, linear_tree=True, verbosity=-1).fit(X, y)",
        "linear",
        needs="lightgbm",
    ),
    _refused(
        "lgb.cv({'verbosity': -1}, lgb.Dataset(X, y), 2, nfold=2, stratified=False)", "", needs="lightgbm"
    ),
    _refused("lgb.Dataset(X, y)", "lgb.train", needs="lightgbm"),
    _refused(
        "xgb.XGBRegressor(n_estimators=3, multi_strategy='multi_output_tree').fit(X, Y2)",
        "several outputs",
        needs="xgboost",
    ),
    _refused(
        "xgb.XGBRegressor(n_estimators=3, enable_categorical=True).fit(K, yk)", "categories", needs="xgboost"
    ),
    _refused("[]", "collection"),
    _refused("{'model': Ridge().fit(X, y), 'columns': ['a', 'b']}", "nothing but models", at_check=False),
    _refused("X", "DataFrame", at_check=False),
]

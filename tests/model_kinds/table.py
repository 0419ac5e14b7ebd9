"""Kinds of models that people fit, each as the line that fits it, and what becomes of it when it is promoted.

The test fits every one of them, keeps it, reads it back and compares; the page docs/reference/models.md is made of the same rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Becomes = Literal["kept", "own code", "parameters", "refused"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """``code`` is the expression that gives the model; ``needs`` the distribution without which it is skipped; ``at_check`` says that
    `nbcode check` refuses it before any run; ``says`` is a part of the message and of the way out."""

    family: str
    code: str
    becomes: Becomes = "kept"
    needs: str | None = None
    says: str = ""
    at_check: bool = False


def rows(family: str, text: str, becomes: Becomes = "kept", needs: str | None = None) -> list[Kind]:
    """A kind a line."""
    lines = [line.strip() for line in text.strip().splitlines()]
    return [Kind(family=family, code=line, becomes=becomes, needs=needs) for line in lines]


REGRESSORS = rows(
    "scikit-learn: regression",
    """
    ARDRegression().fit(X, y)
    AdaBoostRegressor(n_estimators=2, random_state=0).fit(X, y)
    BaggingRegressor(n_estimators=2, random_state=0).fit(X, y)
    BayesianRidge().fit(X, y)
    CCA(1).fit(X, Y2)
    DecisionTreeRegressor(max_depth=3, random_state=0).fit(X, y)
    DummyRegressor().fit(X, y)
    ElasticNet(alpha=0.01).fit(X, y)
    ElasticNetCV(cv=TimeSeriesSplit(2)).fit(X, y)
    ExtraTreeRegressor(random_state=0).fit(X, y)
    ExtraTreesRegressor(3, random_state=0).fit(X, y)
    GammaRegressor().fit(X, yp)
    GaussianProcessRegressor(ConstantKernel() * Matern() + WhiteKernel(), random_state=0).fit(X, y)
    GradientBoostingRegressor(n_estimators=2, random_state=0).fit(X, y)
    GradientBoostingRegressor(n_estimators=2, loss="quantile", random_state=0).fit(X, y)
    HistGradientBoostingRegressor(max_iter=2, random_state=0).fit(X, y)
    HistGradientBoostingRegressor(max_iter=2, loss="quantile", quantile=0.9, random_state=0).fit(X, y)
    HuberRegressor().fit(X, y)
    IsotonicRegression().fit(X[["a"]], y)
    KNeighborsRegressor().fit(X, y)
    KernelRidge().fit(X, y)
    Lars().fit(X, y)
    LarsCV(cv=2).fit(X, y)
    Lasso(alpha=0.01).fit(X, y)
    LassoCV(cv=2).fit(X, y)
    LassoLars().fit(X, y)
    LassoLarsCV(cv=2).fit(X, y)
    LassoLarsIC().fit(X, y)
    LinearRegression().fit(X, y)
    LinearRegression().fit(A, y)
    LinearSVR(random_state=0).fit(X, y)
    MLPRegressor(hidden_layer_sizes=(4,), solver="lbfgs", max_iter=400, tol=0.1, random_state=0).fit(X, y)
    MultiOutputRegressor(Ridge()).fit(X, Y2)
    MultiTaskElasticNet().fit(X, Y2)
    MultiTaskLasso().fit(X, Y2)
    NuSVR().fit(X, y)
    OrthogonalMatchingPursuit().fit(X, y)
    PLSCanonical(1).fit(X, Y2)
    PLSRegression(2).fit(X, y)
    PoissonRegressor().fit(X, yp)
    QuantileRegressor().fit(X, y)
    RANSACRegressor(random_state=0).fit(X, y)
    RadiusNeighborsRegressor(5.0).fit(X, y)
    RandomForestRegressor(3, random_state=0).fit(X, y)
    RegressorChain(Ridge()).fit(X, Y2)
    Ridge().fit(X, y)
    RidgeCV().fit(X, y)
    SGDRegressor(random_state=0).fit(X, y)
    SVR().fit(X, y)
    StackingRegressor([("a", Ridge()), ("b", DecisionTreeRegressor(max_depth=2, random_state=0))], cv=2).fit(X, y)
    TheilSenRegressor(random_state=0, max_subpopulation=50).fit(X, y)
    TransformedTargetRegressor(Ridge(), transformer=QuantileTransformer(n_quantiles=10)).fit(X, y)
    TweedieRegressor().fit(X, yp)
    VotingRegressor([("a", Ridge()), ("b", Lasso(alpha=0.1))]).fit(X, y)
    """,
)
CLASSIFIERS = rows(
    "scikit-learn: classes",
    """
    AdaBoostClassifier(n_estimators=2, random_state=0).fit(X, c)
    BaggingClassifier(n_estimators=2, random_state=0).fit(X, k)
    BernoulliNB().fit(X, c)
    CalibratedClassifierCV(LogisticRegression(), cv=2).fit(X, c)
    CategoricalNB().fit(B, c)
    ClassifierChain(LogisticRegression()).fit(X, C2)
    ComplementNB().fit(P, c)
    DecisionTreeClassifier(max_depth=3, random_state=0).fit(X, k)
    DummyClassifier().fit(X, c)
    ExtraTreesClassifier(3, random_state=0).fit(X, k)
    FixedThresholdClassifier(LogisticRegression(), threshold=0.4).fit(X, c)
    GaussianNB().fit(X, k)
    GaussianProcessClassifier(random_state=0).fit(X[:30], c[:30])
    GradientBoostingClassifier(n_estimators=2, random_state=0).fit(X, k)
    HistGradientBoostingClassifier(max_iter=2, random_state=0).fit(X, k)
    KNeighborsClassifier().fit(X, k)
    LabelPropagation().fit(X, c)
    LinearDiscriminantAnalysis().fit(X, k)
    LinearSVC(random_state=0).fit(X, c)
    LogisticRegression().fit(X, c)
    LogisticRegression().fit(X, k)
    MLPClassifier(hidden_layer_sizes=(4,), solver="lbfgs", max_iter=400, tol=0.1, random_state=0).fit(X, k)
    MultiOutputClassifier(LogisticRegression()).fit(X, C2)
    MultinomialNB().fit(P, c)
    NearestCentroid().fit(X, k)
    NuSVC(nu=0.1).fit(X, c)
    OneVsOneClassifier(LogisticRegression()).fit(X, k)
    OneVsRestClassifier(LogisticRegression()).fit(X, k)
    OutputCodeClassifier(LogisticRegression(), random_state=0).fit(X, k)
    Perceptron(random_state=0).fit(X, c)
    QuadraticDiscriminantAnalysis().fit(X, c)
    RadiusNeighborsClassifier(5.0).fit(X, c)
    RandomForestClassifier(3, random_state=0).fit(X, k)
    RidgeClassifier().fit(X, c)
    RidgeClassifierCV().fit(X, c)
    SGDClassifier(random_state=0).fit(X, c)
    SVC().fit(X, k)
    SelfTrainingClassifier(LogisticRegression()).fit(X, c)
    StackingClassifier([("a", LogisticRegression()), ("b", GaussianNB())], cv=2).fit(X, k)
    TunedThresholdClassifierCV(LogisticRegression(), cv=2, random_state=0).fit(X, c)
    VotingClassifier([("a", LogisticRegression()), ("b", GaussianNB())], voting="soft").fit(X, k)
    """,
)
OTHERS = rows(
    "scikit-learn: clusters, outliers, mixtures",
    """
    AffinityPropagation(random_state=0).fit(X)
    BayesianGaussianMixture(n_components=2, random_state=0).fit(X)
    BisectingKMeans(2, random_state=0).fit(X)
    EllipticEnvelope(random_state=0).fit(X)
    GaussianMixture(2, random_state=0).fit(X)
    IsolationForest(n_estimators=3, random_state=0).fit(X)
    KMeans(2, n_init=1, random_state=0).fit(X)
    LocalOutlierFactor(novelty=True).fit(X)
    MeanShift().fit(X)
    MiniBatchKMeans(2, n_init=1, random_state=0).fit(X)
    OneClassSVM().fit(X)
    SGDOneClassSVM(random_state=0).fit(X)
    """,
)
PIPELINES = rows(
    "scikit-learn: pipelines and columns",
    """
    make_pipeline(StandardScaler(), Ridge()).fit(X, y)
    make_pipeline(SimpleImputer(), PolynomialFeatures(2), PCA(2, random_state=0), Ridge()).fit(X, y)
    make_pipeline(RobustScaler(), SelectKBest(f_regression, k=2), LinearRegression()).fit(X, y)
    make_pipeline(KNNImputer(), FeatureUnion([("s", SplineTransformer())]), Ridge()).fit(X, y)
    make_pipeline(IterativeImputer(random_state=0), Ridge()).fit(X, y)
    make_pipeline(PowerTransformer(), SelectFromModel(Lasso(alpha=0.01)), Ridge()).fit(X, y)
    make_pipeline(RFECV(Ridge(), cv=2), Ridge()).fit(X, y)
    make_pipeline(FeatureAgglomeration(2), Ridge()).fit(X, y)
    make_pipeline(Nystroem(n_components=5, random_state=0), Ridge()).fit(X, y)
    make_pipeline(FunctionTransformer(np.tanh), Ridge()).fit(X, y)
    make_pipeline(ColumnTransformer([("n", StandardScaler(), ["a"]), ("c", OneHotEncoder(), ["s"])]), Ridge()).fit(S, y)
    make_pipeline(TargetEncoder(random_state=0), Ridge()).fit(S[["s"]], y)
    """,
)
SEARCHES = rows(
    "scikit-learn: searches",
    """
    GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=TimeSeriesSplit(2)).fit(X, y)
    GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=2).fit(X, y).best_estimator_
    GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=Halves(), scoring=make_scorer(ic)).fit(X, y)
    GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=[(np.arange(40), np.arange(40, 80))]).fit(X, y)
    GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=2, scoring=lambda m, X, y: ic(y, m.predict(X))).fit(X, y)
    GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=2, scoring={"r2": "r2", "ic": make_scorer(ic)}, refit="ic").fit(X, y)
    GridSearchCV(make_pipeline(StandardScaler(), Ridge()), {"ridge__alpha": [0.1, 1.0]}, cv=2).fit(X, y)
    HalvingGridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=2, random_state=0).fit(X, y)
    HalvingRandomSearchCV(Ridge(), {"alpha": uniform(0.1, 1)}, cv=2, random_state=0).fit(X, y)
    LassoCV(cv=Halves()).fit(X, y)
    RandomizedSearchCV(Ridge(), {"alpha": loguniform(0.1, 10)}, n_iter=2, cv=2, random_state=0).fit(X, y)
    RidgeCV(scoring=make_scorer(ic)).fit(X, y)
    """,
)
LIGHTGBM = rows(
    "LightGBM",
    """
    lgb.LGBMRegressor(n_estimators=3, verbosity=-1).fit(X, y)
    lgb.LGBMRegressor(n_estimators=3, verbosity=-1).fit(A, y)
    lgb.LGBMRegressor(n_estimators=3, boosting_type="dart", verbosity=-1).fit(X, y)
    lgb.LGBMRegressor(n_estimators=3, boosting_type="rf", bagging_fraction=0.5, bagging_freq=1, verbosity=-1).fit(X, y)
    lgb.LGBMRegressor(n_estimators=3, min_data_per_group=2, cat_smooth=1, verbosity=-1).fit(K, yk)
    lgb.LGBMRegressor(objective=lambda y, p: (p - y, np.ones(len(y))), n_estimators=3, verbosity=-1).fit(X, y)
    lgb.LGBMClassifier(n_estimators=3, verbosity=-1).fit(X, c)
    lgb.LGBMClassifier(n_estimators=3, verbosity=-1).fit(X, k)
    lgb.LGBMRanker(n_estimators=3, verbosity=-1).fit(X, c, group=[40, 40])
    lgb.train({"verbosity": -1}, lgb.Dataset(X, y), 3)
    lgb.train({"verbosity": -1, "objective": "multiclass", "num_class": 3}, lgb.Dataset(X, k3), 3)
    lgb.train({"verbosity": -1, "min_data_per_group": 2, "cat_smooth": 1}, lgb.Dataset(W, yw, categorical_feature=["w"]), 3)
    make_pipeline(StandardScaler(), lgb.LGBMRegressor(n_estimators=3, verbosity=-1)).fit(A, y)
    RandomizedSearchCV(lgb.LGBMRegressor(n_estimators=3, verbosity=-1), {"num_leaves": randint(4, 9)}, n_iter=2, cv=2, random_state=0).fit(X, y)
    CalibratedClassifierCV(lgb.LGBMClassifier(n_estimators=3, verbosity=-1), cv=2).fit(X, c)
    VotingRegressor([("l", lgb.LGBMRegressor(n_estimators=3, verbosity=-1)), ("r", Ridge())]).fit(X, y)
    """,
    needs="lightgbm",
)
XGBOOST = rows(
    "XGBoost",
    """
    xgb.XGBRegressor(n_estimators=3).fit(X, y)
    xgb.XGBRegressor(n_estimators=3, booster="dart").fit(X, y)
    xgb.XGBRegressor(n_estimators=3, booster="gblinear", updater="coord_descent").fit(X, y)
    xgb.XGBRegressor(n_estimators=3, missing=0.0).fit(X, y)
    xgb.XGBRegressor(n_estimators=3).fit(X, Y2)
    xgb.XGBRegressor(n_estimators=9, early_stopping_rounds=1).fit(X, y, eval_set=[(X, y)], verbose=False)
    xgb.XGBRFRegressor(n_estimators=3).fit(X, y)
    xgb.XGBRFClassifier(n_estimators=3).fit(X, c)
    xgb.XGBClassifier(n_estimators=3).fit(X, c)
    xgb.XGBClassifier(n_estimators=3).fit(X, k3)
    xgb.XGBRanker(n_estimators=3).fit(X, c, qid=np.repeat([0, 1], 40))
    xgb.train({"max_depth": 2}, xgb.DMatrix(X, y), 3)
    xgb.train({"max_depth": 2, "objective": "multi:softprob", "num_class": 3}, xgb.DMatrix(X, k3), 3)
    StackingRegressor([("x", xgb.XGBRegressor(n_estimators=3)), ("r", Ridge())], cv=2).fit(X, y)
    """,
    needs="xgboost",
)
TORCH = rows(
    "PyTorch",
    """
    torch.manual_seed(0) and nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 1))
    torch.manual_seed(0) and nn.Sequential(nn.Linear(3, 4), nn.GELU(), nn.LayerNorm(4), nn.Linear(4, 2))
    """,
    needs="torch",
) + rows("PyTorch", "torch.manual_seed(0) and Net()", becomes="own code", needs="torch")
CATBOOST = rows(
    "CatBoost",
    """
    CatBoostRegressor(iterations=3, depth=3, verbose=0, allow_writing_files=False, random_seed=0).fit(X, y)
    CatBoostClassifier(iterations=3, depth=3, verbose=0, allow_writing_files=False, random_seed=0).fit(X, k)
    CatBoostRanker(iterations=3, depth=3, verbose=0, allow_writing_files=False, random_seed=0).fit(X, c, group_id=np.repeat([0, 1], 40))
    make_pipeline(StandardScaler(), CatBoostRegressor(iterations=3, verbose=0, allow_writing_files=False)).fit(X, y)
    """,
    needs="catboost",
)

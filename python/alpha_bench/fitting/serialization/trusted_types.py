"""What a saved scikit-learn model may hold beside the estimators that a definition may name: transformers, searches,
classifiers, their parts, and the functions that scikit-learn itself keeps by reference.

Nothing here does anything when it is read; and a function of this list computes numbers from numbers when it is called.
"""

from __future__ import annotations

from collections.abc import Mapping

CLASSES: Mapping[str, frozenset[str]] = {
    "sklearn.calibration": frozenset(
        {"CalibratedClassifierCV", "_CalibratedClassifier", "_SigmoidCalibration"}
    ),
    "sklearn.cluster": frozenset({"KMeans", "MiniBatchKMeans"}),
    "sklearn.compose": frozenset({"ColumnTransformer", "make_column_selector"}),
    "sklearn.decomposition": frozenset(
        {"FastICA", "FactorAnalysis", "IncrementalPCA", "NMF", "TruncatedSVD"}
    ),
    "sklearn.discriminant_analysis": frozenset(
        {"LinearDiscriminantAnalysis", "QuadraticDiscriminantAnalysis"}
    ),
    "sklearn.dummy": frozenset({"DummyClassifier"}),
    "sklearn.ensemble": frozenset(
        {
            "AdaBoostClassifier",
            "BaggingClassifier",
            "ExtraTreesClassifier",
            "GradientBoostingClassifier",
            "HistGradientBoostingClassifier",
            "RandomForestClassifier",
            "StackingClassifier",
            "VotingClassifier",
        }
    ),
    "sklearn.feature_selection": frozenset(
        {
            "GenericUnivariateSelect",
            "RFE",
            "RFECV",
            "SelectFromModel",
            "SelectKBest",
            "SelectPercentile",
            "SequentialFeatureSelector",
            "VarianceThreshold",
        }
    ),
    "sklearn.impute": frozenset({"KNNImputer", "MissingIndicator"}),
    "sklearn.kernel_approximation": frozenset({"Nystroem", "RBFSampler"}),
    "sklearn.linear_model": frozenset(
        {
            "LogisticRegression",
            "LogisticRegressionCV",
            "MultiTaskLasso",
            "Perceptron",
            "RidgeClassifier",
            "RidgeClassifierCV",
            "SGDClassifier",
        }
    ),
    "sklearn.metrics": frozenset({"_PassthroughScorer", "_Scorer"}),
    "sklearn.model_selection": frozenset(
        {
            "GridSearchCV",
            "KFold",
            "RandomizedSearchCV",
            "ShuffleSplit",
            "StratifiedKFold",
            "TimeSeriesSplit",
        }
    ),
    "sklearn.multioutput": frozenset({"MultiOutputClassifier", "MultiOutputRegressor"}),
    "sklearn.naive_bayes": frozenset({"BernoulliNB", "GaussianNB", "MultinomialNB"}),
    "sklearn.neighbors": frozenset({"KNeighborsClassifier"}),
    "sklearn.neural_network": frozenset({"MLPClassifier"}),
    "sklearn.pipeline": frozenset({"FeatureUnion"}),
    "sklearn.preprocessing": frozenset(
        {
            "Binarizer",
            "KBinsDiscretizer",
            "LabelBinarizer",
            "LabelEncoder",
            "MaxAbsScaler",
            "Normalizer",
            "OneHotEncoder",
            "OrdinalEncoder",
            "SplineTransformer",
            "TargetEncoder",
        }
    ),
    "sklearn.svm": frozenset({"LinearSVC", "NuSVC", "SVC"}),
    "sklearn.tree": frozenset({"DecisionTreeClassifier", "ExtraTreeClassifier"}),
}
"""Public classes by the package that they are imported from."""

PARTS: frozenset[str] = frozenset(
    {
        "scipy.interpolate._bsplines.BSpline",
        *(
            f"sklearn._loss._loss.{n}"
            for n in ("CyHalfBinomialLoss", "CyHalfMultinomialLoss", "CyExponentialLoss")
        ),
        *(f"sklearn._loss.link.{n}" for n in ("HalfLogitLink", "LogitLink", "MultinomialLogit")),
        *(f"sklearn._loss.loss.{n}" for n in ("ExponentialLoss", "HalfBinomialLoss", "HalfMultinomialLoss")),
        *(f"sklearn.linear_model._sgd_fast.{n}" for n in ("Hinge", "Log", "ModifiedHuber", "SquaredHinge")),
    }
)
"""Objects inside them, by their full name."""

FUNCTIONS: frozenset[str] = frozenset(
    {
        *(
            f"numpy.{n}"
            for n in ("absolute", "arcsinh", "cbrt", "exp", "exp2", "expm1", "log", "log10", "log1p")
        ),
        *(f"numpy.{n}" for n in ("log2", "negative", "reciprocal", "sign", "sinh", "sqrt", "square", "tanh")),
        "scipy._lib.array_api_compat.numpy._aliases.asarray",
        *(
            f"sklearn.feature_selection._univariate_selection.{n}"
            for n in ("f_classif", "f_regression", "r_regression")
        ),
        *(f"sklearn.feature_selection._mutual_info.mutual_info_{n}" for n in ("classif", "regression")),
        *(
            f"sklearn.metrics._classification.{n}"
            for n in ("accuracy_score", "balanced_accuracy_score", "f1_score")
        ),
        *(f"sklearn.metrics._classification.{n}" for n in ("log_loss", "precision_score", "recall_score")),
        "sklearn.metrics._ranking.roc_auc_score",
        *(f"sklearn.metrics._regression.{n}" for n in ("explained_variance_score", "max_error", "r2_score")),
        *(
            f"sklearn.metrics._regression.mean_{n}_error"
            for n in ("absolute", "absolute_percentage", "squared")
        ),
        *(f"sklearn.metrics._regression.{n}" for n in ("median_absolute_error", "root_mean_squared_error")),
        "sklearn.utils.validation.check_array",
    }
)
"""Functions of numpy and scikit-learn that an estimator may refer to."""

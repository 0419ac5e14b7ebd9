"""What a saved scikit-learn model may hold beside the estimators that a definition may name: transformers, searches,
classifiers, their parts, and the functions that scikit-learn itself keeps by reference.

Nothing here does anything when it is read; and a function of this list computes numbers from numbers when it is called.
"""

from __future__ import annotations

from collections.abc import Mapping


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CLASSES: Mapping[str, frozenset[str]] = {
    "sklearn.calibration": _words(
        """
        CalibratedClassifierCV _CalibratedClassifier _SigmoidCalibration
        """
    ),
    "sklearn.cluster": _words(
        """
        AffinityPropagation AgglomerativeClustering BisectingKMeans DBSCAN FeatureAgglomeration HDBSCAN KMeans
        MeanShift MiniBatchKMeans OPTICS SpectralBiclustering SpectralClustering SpectralCoclustering
        """
    ),
    "sklearn.compose": _words(
        """
        ColumnTransformer make_column_selector
        """
    ),
    "sklearn.covariance": _words(
        """
        EllipticEnvelope EmpiricalCovariance GraphicalLasso GraphicalLassoCV LedoitWolf MinCovDet OAS ShrunkCovariance
        """
    ),
    "sklearn.cross_decomposition": _words(
        """
        CCA PLSCanonical PLSSVD
        """
    ),
    "sklearn.decomposition": _words(
        """
        DictionaryLearning FactorAnalysis FastICA IncrementalPCA KernelPCA LatentDirichletAllocation
        MiniBatchDictionaryLearning MiniBatchNMF MiniBatchSparsePCA NMF SparseCoder SparsePCA TruncatedSVD
        """
    ),
    "sklearn.discriminant_analysis": _words(
        """
        LinearDiscriminantAnalysis QuadraticDiscriminantAnalysis
        """
    ),
    "sklearn.dummy": _words(
        """
        DummyClassifier
        """
    ),
    "sklearn.ensemble": _words(
        """
        AdaBoostClassifier BaggingClassifier ExtraTreesClassifier GradientBoostingClassifier
        HistGradientBoostingClassifier IsolationForest RandomForestClassifier RandomTreesEmbedding StackingClassifier
        VotingClassifier
        """
    ),
    "sklearn.feature_extraction": _words(
        """
        CountVectorizer DictVectorizer FeatureHasher HashingVectorizer PatchExtractor TfidfTransformer TfidfVectorizer
        """
    ),
    "sklearn.feature_selection": _words(
        """
        GenericUnivariateSelect RFE RFECV SelectFdr SelectFpr SelectFromModel SelectFwe SelectKBest SelectPercentile
        SequentialFeatureSelector VarianceThreshold
        """
    ),
    "sklearn.frozen": _words(
        """
        FrozenEstimator
        """
    ),
    "sklearn.gaussian_process": _words(
        """
        GaussianProcessClassifier
        """
    ),
    "sklearn.impute": _words(
        """
        IterativeImputer
        KNNImputer MissingIndicator
        """
    ),
    "sklearn.kernel_approximation": _words(
        """
        AdditiveChi2Sampler Nystroem PolynomialCountSketch RBFSampler SkewedChi2Sampler
        """
    ),
    "sklearn.linear_model": _words(
        """
        LogisticRegression LogisticRegressionCV MultiTaskElasticNet MultiTaskElasticNetCV MultiTaskLasso
        MultiTaskLassoCV PassiveAggressiveClassifier PassiveAggressiveRegressor Perceptron RidgeClassifier
        RidgeClassifierCV SGDClassifier SGDOneClassSVM
        """
    ),
    "sklearn.manifold": _words(
        """
        ClassicalMDS Isomap LocallyLinearEmbedding MDS SpectralEmbedding TSNE
        """
    ),
    "sklearn.metrics": _words(
        """
        _PassthroughScorer _Scorer
        """
    ),
    "sklearn.mixture": _words(
        """
        BayesianGaussianMixture GaussianMixture
        """
    ),
    "sklearn.model_selection": _words(
        """
        FixedThresholdClassifier GridSearchCV GroupKFold GroupShuffleSplit HalvingGridSearchCV HalvingRandomSearchCV KFold LeaveOneGroupOut LeaveOneOut
        LeavePGroupsOut LeavePOut PredefinedSplit RandomizedSearchCV RepeatedKFold RepeatedStratifiedKFold
        ShuffleSplit StratifiedGroupKFold StratifiedKFold StratifiedShuffleSplit TimeSeriesSplit
        TunedThresholdClassifierCV
        """
    ),
    "sklearn.multiclass": _words(
        """
        OneVsOneClassifier OneVsRestClassifier OutputCodeClassifier
        """
    ),
    "sklearn.multioutput": _words(
        """
        ClassifierChain MultiOutputClassifier MultiOutputRegressor RegressorChain
        """
    ),
    "sklearn.naive_bayes": _words(
        """
        BernoulliNB CategoricalNB ComplementNB GaussianNB MultinomialNB
        """
    ),
    "sklearn.neighbors": _words(
        """
        KNeighborsClassifier KNeighborsTransformer KernelDensity LocalOutlierFactor NearestCentroid NearestNeighbors
        NeighborhoodComponentsAnalysis RadiusNeighborsClassifier RadiusNeighborsTransformer
        """
    ),
    "sklearn.neural_network": _words(
        """
        BernoulliRBM MLPClassifier
        """
    ),
    "sklearn.pipeline": _words(
        """
        FeatureUnion
        """
    ),
    "sklearn.preprocessing": _words(
        """
        Binarizer FunctionTransformer KBinsDiscretizer KernelCenterer LabelBinarizer LabelEncoder MaxAbsScaler
        MultiLabelBinarizer Normalizer OneHotEncoder OrdinalEncoder SplineTransformer TargetEncoder
        """
    ),
    "sklearn.random_projection": _words(
        """
        GaussianRandomProjection SparseRandomProjection
        """
    ),
    "sklearn.semi_supervised": _words(
        """
        LabelPropagation LabelSpreading SelfTrainingClassifier
        """
    ),
    "sklearn.svm": _words(
        """
        LinearSVC NuSVC OneClassSVM SVC
        """
    ),
    "sklearn.tree": _words(
        """
        DecisionTreeClassifier ExtraTreeClassifier
        """
    ),
}
"""Public classes by the package that they are imported from: every estimator, transformer and splitter of scikit-learn that is no
regressor which a definition may name, but for Birch, whose tree skops does not write."""

PARTS: frozenset[str] = frozenset(
    {
        "scipy.interpolate._bsplines.BSpline",
        "sklearn.gaussian_process._gpc._BinaryGaussianProcessClassifierLaplace",
        *(
            f"sklearn.gaussian_process.kernels.{n}"
            for n in (
                "CompoundKernel",
                "DotProduct",
                "ExpSineSquared",
                "Exponentiation",
                "Matern",
                "RationalQuadratic",
            )
        ),
        *(f"sklearn.gaussian_process.kernels.{n}" for n in ("PairwiseKernel", "Sum", "WhiteKernel")),
        "sklearn.cluster._bisect_k_means._BisectingTree",
        "sklearn.multiclass._ConstantPredictor",
        *(f"sklearn.utils._metadata_requests.{n}" for n in ("MetadataRequest", "MethodMetadataRequest")),
        "sklearn.metrics._scorer._CurveScorer",
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
        *(
            f"numpy.{n}"
            for n in (
                "log2",
                "max",
                "mean",
                "median",
                "min",
                "negative",
                "reciprocal",
                "sign",
                "sinh",
                "sqrt",
                "square",
                "tanh",
            )
        ),
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
        *(f"sklearn.cluster._kmeans._kmeans_single_{n}" for n in ("elkan", "lloyd")),
        "sklearn.utils.validation.check_array",
    }
)
"""Functions of numpy and scikit-learn that an estimator may refer to."""

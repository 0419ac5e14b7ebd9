"""Which functions that cells compute figures with are listened to, and how: correlations, metrics, and means of what has dates."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from nbcode.leaks.recording.hooks import Finder, functions
from nbcode.primitives import dataclass

METRICS = frozenset(
    """accuracy_score average_precision_score balanced_accuracy_score brier_score_loss classification_report cohen_kappa_score
    confusion_matrix d2_absolute_error_score d2_log_loss_score explained_variance_score f1_score fbeta_score jaccard_score log_loss
    matthews_corrcoef max_error mean_absolute_error mean_absolute_percentage_error mean_pinball_loss mean_squared_error
    mean_squared_log_error median_absolute_error precision_recall_curve precision_score r2_score recall_score roc_auc_score roc_curve
    root_mean_squared_error zero_one_loss""".split()
)
_SCIPY = frozenset({"pearsonr", "spearmanr", "kendalltau", "weightedtau", "linregress"})
_PAIRED: Mapping[str, frozenset[str]] = {
    "sklearn.metrics": METRICS,
    "scipy.stats": _SCIPY,
    "numpy": frozenset({"corrcoef"}),
}
_METHODS: Mapping[str, Mapping[bool, frozenset[str]]] = {
    "Series": {
        True: frozenset({"corr"}),
        False: frozenset({"mean", "std", "sum", "median", "var", "sem", "prod"}),
    },
    "DataFrame": {True: frozenset({"corrwith"}), False: frozenset({"mean", "std"})},
}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Measured:
    """A function that is about to run: ``what`` it reads like, and its arguments; ``paired`` where it measures one against another."""

    what: str
    args: tuple[Any, ...]
    keywords: dict[str, Any]
    paired: bool


Saw = Callable[[Measured], None]


class Measures:
    """Tells ``saw`` of every figure that a cell computes by one of these functions, until :meth:`remove`. They compute what they
    computed; calls that libraries make of each other are none of a cell's, and ``of_cells`` says of a file whether it has cells."""

    def __init__(self, saw: Saw, of_cells: Callable[[str], bool]) -> None:
        self._saw, self._of_cells = saw, functools.cache(of_cells)
        self._changed: list[tuple[Any, str, Any]] = []
        self._loaders: list[Any] = []
        self._finder = Finder(self._loaded, self._loaders, lambda name: name in _PAIRED)

    def install(self) -> None:
        """Listen to what is imported already, and to what will be."""
        for name in _PAIRED:
            module = sys.modules.get(name)
            if module is not None:
                self._loaded(module)
        pandas = sys.modules.get("pandas")
        for kind, methods in _METHODS.items() if pandas is not None else ():
            made = getattr(pandas, kind)
            for paired, names in methods.items():
                for name in names:
                    if name in vars(made):
                        self._put(made, name, self._heard(vars(made)[name], f"{kind}.{name}", paired=paired))
        sys.meta_path.insert(0, self._finder)

    def remove(self) -> None:
        """Put everything back."""
        if self._finder in sys.meta_path:
            sys.meta_path.remove(self._finder)
        for loader in self._loaders:
            vars(loader).pop("exec_module", None)
        wrapped = {id(vars(h)[name]): before for h, name, before in self._changed if name in vars(h)}
        for holder, name, before in reversed(self._changed):
            setattr(holder, name, before)
        for module, name, value in functions() if wrapped else ():
            if id(value) in wrapped:
                setattr(module, name, wrapped[id(value)])
        self._changed.clear()

    def _loaded(self, module: ModuleType) -> None:
        for name in _PAIRED[module.__name__]:
            value = getattr(module, name, None)
            if callable(value):
                self._put(module, name, self._heard(value, name, paired=True))

    def _put(self, holder: Any, name: str, value: Any) -> None:
        self._changed.append((holder, name, vars(holder)[name]))
        setattr(holder, name, value)

    def _heard(self, function: Any, what: str, *, paired: bool) -> Any:
        of_cells = self._of_cells

        @functools.wraps(function)
        def measured(*args: Any, **keywords: Any) -> Any:
            if of_cells(sys._getframe(1).f_code.co_filename):  # noqa: SLF001 - whoever called
                self._saw(Measured(what=what, args=args, keywords=keywords, paired=paired))
            return function(*args, **keywords)

        return measured

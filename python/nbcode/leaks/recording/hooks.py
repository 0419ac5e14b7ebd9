"""Which calls of which libraries are recorded, and how: classes and functions are wrapped when their module is imported, or at once
where it is there already. A library that is not imported costs nothing, and everything is put back."""

from __future__ import annotations

import builtins
import gc
import sys
from collections.abc import Callable, Iterator
from types import CellType, FunctionType, ModuleType
from typing import Any

LIBRARIES = ("sklearn", "lightgbm", "xgboost", "catboost", "statsmodels", "skfolio", "imblearn")
FITS = frozenset({"fit", "fit_transform", "fit_predict", "fit_resample", "partial_fit"})
APPLIES = frozenset(
    {"predict", "predict_proba", "predict_log_proba", "decision_function", "score", "transform"}
)
FORETELLS = ("forecast", "get_forecast")
"""What says something of rows after those of the fit."""
_LIBRARY_APPLIES = frozenset({"apply", "kneighbors"})
_MORE = ("append", "extend", "apply")
VALIDATES = frozenset({"cross_val_score", "cross_validate", "cross_val_predict", "permutation_test_score"})
_FUNCTIONS = {
    "sklearn.model_selection._split": frozenset({"train_test_split"}),
    "sklearn.model_selection._validation": VALIDATES,
    "lightgbm.engine": frozenset({"train", "cv"}),
    "xgboost.training": frozenset({"train", "cv"}),
    "catboost.core": frozenset({"train", "cv"}),
}
_HOLDERS = {
    ("lightgbm", "Dataset"),
    ("xgboost", "DMatrix"),
    ("xgboost", "QuantileDMatrix"),
    ("catboost", "Pool"),
}
_NAMESPACE = {"__name__", "__wrapped__"}
"""What names of modules and of functions have among them, and those of classes do not."""

Wrap = Callable[[Any, str, str], Any]
"""Gives the recording twin of a function: of which group (``fit``, ``apply``, ``split``, ``hold``, ``model``, ``function``; ``inner`` and ``more``, of
which only what they call inside is left out), and its name."""


class Hooks:
    """Wraps what is to be recorded by ``wrap``, until :meth:`remove`. ``own`` says whether a file is the notebook's or the project's."""

    def __init__(self, wrap: Wrap, own: Callable[[str], bool]) -> None:
        self._wrap, self._own = wrap, own
        self._changed: list[tuple[Any, str, Any]] = []
        self._loaders: list[Any] = []
        self._modules = 0
        self._build = builtins.__build_class__
        self._finder = Finder(self._loaded, self._loaders, lambda name: name.partition(".")[0] in LIBRARIES)

    def install(self) -> None:
        """Wrap what is imported already, and look out for what will be."""
        self._modules = len(sys.modules)
        for name, module in list(sys.modules.items()):
            if name.partition(".")[0] in LIBRARIES and isinstance(module, ModuleType):
                self._loaded(module)
        self._functions_elsewhere()
        sys.meta_path.insert(0, self._finder)
        build = self._build

        def build_class(function: Any, name: str, /, *bases: Any, **keywords: Any) -> Any:
            made = build(function, name, *bases, **keywords)
            code = getattr(function, "__code__", None)
            if code is not None and self._own(code.co_filename):
                self._class(made)
            return made

        builtins.__build_class__ = build_class

    def remove(self) -> None:
        """Put everything back."""
        builtins.__build_class__ = self._build
        if self._finder in sys.meta_path:
            sys.meta_path.remove(self._finder)
        for loader in self._loaders:
            vars(loader).pop("exec_module", None)
        twins = [(_held(holder, name), before) for holder, name, before in self._changed]
        for holder, name, before in reversed(self._changed):
            setattr(holder, name, before)
        if len(sys.modules) != self._modules:  # a pass over all objects
            _put_back_elsewhere(
                {id(twin): before for twin, before in reversed(twins)}, [twin for twin, _ in twins]
            )
        self._changed.clear()

    def _loaded(self, module: ModuleType) -> None:
        names = _FUNCTIONS.get(module.__name__, frozenset())
        for name, value in list(vars(module).items()):
            if isinstance(value, type) and value.__module__ == module.__name__:
                self._class(value)
            elif name in names and isinstance(value, FunctionType):
                self._put(module, name, self._wrap(value, "function", name))

    def _functions_elsewhere(self) -> None:
        """Modules that had imported a wrapped function by its name get the wrapped one too."""
        twins = {
            id(before): getattr(holder, name)
            for holder, name, before in self._changed
            if isinstance(holder, ModuleType)
        }
        for module, name, value in functions() if twins else ():
            if id(value) in twins and twins[id(value)] is not value:
                self._put(module, name, twins[id(value)])

    def _class(self, made: type) -> None:
        library = made.__module__.partition(".")[0]
        if (library, made.__name__) in _HOLDERS:
            self._method(made, "__init__", "hold")
            return
        if library == "statsmodels":
            self._statsmodels(made)
            return
        own = vars(made)
        if "split" in own and (library not in LIBRARIES or "get_n_splits" in dir(made)):
            self._method(made, "split", "split")
        mixin = library == "sklearn" and made.__name__.endswith("Mixin")
        if (
            library == "sklearn"
            and not mixin
            and all(base.__name__ != "BaseEstimator" for base in made.__mro__)
        ):
            return
        learns = mixin or "fit" in dir(made) or "predict" in dir(made)
        names = FITS | APPLIES | (_LIBRARY_APPLIES if library in LIBRARIES else frozenset())
        for name in own.keys() & names if learns else ():
            self._method(made, name, "fit" if name in FITS else "apply")

    def _statsmodels(self, made: type) -> None:
        names = {base.__name__ for base in made.__mro__}
        if "Model" in names:
            groups = {"__init__": "model", "fit": "inner"}
        else:
            results = {"Results", "ResultsWrapper"} & names  # a wrapper holds the functions of what it wraps
            foretells = dict.fromkeys(("predict", *FORETELLS), "apply")
            groups = {**foretells, **dict.fromkeys(_MORE, "more")} if results else {}
        for name in groups.keys() & vars(made).keys():
            self._method(made, name, groups[name])

    def _method(self, made: type, name: str, group: str) -> None:
        value = vars(made)[name]
        if isinstance(value, FunctionType):
            self._put(made, name, self._wrap(value, group, name))
        elif hasattr(value, "fn") and hasattr(
            value, "check"
        ):  # scikit-learn's method that is there under a condition
            self._put(value, "fn", self._wrap(value.fn, group, name))

    def _put(self, holder: Any, name: str, value: Any) -> None:
        before = _held(holder, name)
        try:
            setattr(holder, name, value)
        except (AttributeError, TypeError):
            return
        self._changed.append((holder, name, before))


def _held(holder: Any, name: str) -> Any:
    return vars(holder)[name] if isinstance(holder, type) else getattr(holder, name)


def _put_back_elsewhere(before: dict[int, Any], twins: list[Any]) -> None:
    """What was imported meanwhile has taken wrapped functions along: by a name of its own, in a closure, as ``__wrapped__``."""
    for holder in gc.get_referrers(*twins):
        if isinstance(holder, CellType):
            holder.cell_contents = before[id(holder.cell_contents)]
        elif isinstance(holder, dict) and holder.keys() & _NAMESPACE:
            for name, value in list(holder.items()):
                if id(value) in before:
                    holder[name] = before[id(value)]


def functions() -> Iterator[tuple[ModuleType, str, Any]]:
    """Every function that a module of the libraries has by a name."""
    for module in list(sys.modules.values()):
        if isinstance(module, ModuleType) and module.__name__.partition(".")[0] in LIBRARIES:
            for name, value in list(vars(module).items()):
                if isinstance(value, FunctionType):
                    yield module, name, value


class Finder:
    """Tells ``loaded`` of a module whose name is ``wanted`` when it has been executed; ``loaders`` are changed for it, and are to be put
    back."""

    def __init__(
        self, loaded: Callable[[ModuleType], None], loaders: list[Any], wanted: Callable[[str], bool]
    ) -> None:
        self._loaded, self._loaders, self._wanted = loaded, loaders, wanted

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """The spec that the other finders give, whose loader tells when it is done; None for other modules."""
        if not self._wanted(name):
            return None
        found = next(self._found(name, path, target), None)
        loader = None if found is None else found.loader
        execute = getattr(loader, "exec_module", None)
        if execute is None or not hasattr(loader, "__dict__"):
            return found

        def exec_module(module: ModuleType) -> None:
            execute(module)
            self._loaded(module)

        vars(loader)["exec_module"] = exec_module
        self._loaders.append(loader)
        return found

    def _found(self, name: str, path: Any, target: Any) -> Iterator[Any]:
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            if (
                not isinstance(finder, Finder)
                and find is not None
                and (spec := find(name, path, target)) is not None
            ):
                yield spec

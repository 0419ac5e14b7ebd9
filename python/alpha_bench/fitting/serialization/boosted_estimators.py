"""LightGBM's and XGBoost's estimators and boosters: each library's own text of the trees, and beside it the parameters as data.

What is read back is the library's own object, so that it stands wherever the one that was fitted stood: alone, in a pipeline,
in a search, in an ensemble of scikit-learn.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from alpha_bench.definitions import LIGHTGBM, XGBOOST, check_installed
from alpha_bench.errors import SavedModelError
from alpha_bench.fitting.serialization.boosted_trees import FILES
from alpha_bench.fitting.serialization.plain_values import (
    array_of,
    parameters_of,
    plain_array,
    plain_parameters,
)

LIBRARIES = {"lightgbm": LIGHTGBM, "xgboost": XGBOOST}
KINDS: Mapping[str, frozenset[str]] = {
    "lightgbm": frozenset({"Booster", "LGBMClassifier", "LGBMModel", "LGBMRanker", "LGBMRegressor"}),
    "xgboost": frozenset(
        {"Booster", "XGBClassifier", "XGBRFClassifier", "XGBRFRegressor", "XGBRanker", "XGBRegressor"}
    ),
}


class Files(Protocol):
    """Where the bytes of a part go."""

    def add(self, suffix: str, data: bytes) -> str:
        """Keep ``data`` and give the name of its file."""
        ...


def library_of(value: object) -> str | None:
    """``lightgbm`` or ``xgboost`` where ``value`` is one of theirs that can be kept."""
    root = type(value).__module__.partition(".")[0]
    return root if type(value).__name__ in KINDS.get(root, ()) else None


def write(value: Any, files: Files) -> dict[str, object]:
    """Its node; the trees go to a file. Raises AlphaBenchError R35 for trees that could not be read back."""
    library, name = type(value).__module__.partition(".")[0], type(value).__name__
    node: dict[str, object] = {"form": library, "class": name}
    if name != "Booster":
        node["params"] = plain_parameters(value) | {"n_jobs": 1}
    data, further = _lightgbm(value) if library == "lightgbm" else _xgboost(value)
    if data is None:
        return node
    node |= further
    try:
        _read(node, data)
    except ValueError as error:
        raise SavedModelError(
            "R35",
            f"this {name} could not be read back: {error}",
            fix="fit it on numbers, without linear trees, trees of several outputs, or categories of XGBoost",
        ) from error
    suffix = "." + FILES[LIBRARIES[library]].rpartition(".")[2]
    return node | {"file": files.add(suffix, data)}


def read(node: Mapping[str, Any], file: Any) -> Any:
    """The object of :func:`write`; ``file`` gives the bytes of a name. Raises ValueError, KeyError, TypeError."""
    return _read(node, file(node["file"]) if "file" in node else None)


def _lightgbm(value: Any) -> tuple[bytes | None, dict[str, object]]:
    from alpha_bench.fitting.serialization import _lightgbm as window

    alone = type(value).__name__ == "Booster"
    booster = value if alone else getattr(value, "_Booster", None)
    if booster is None:
        return None, {}
    classes = None if alone else getattr(value, "_classes", None)
    ranks_at = None if alone else getattr(value, "_eval_at", None)
    objective = None if alone else getattr(value, "_objective", None)
    return window.LightGBMTrees(booster).to_bytes(), {
        "features": int(booster.num_feature()),
        "columns": _named(booster.feature_name(), "Column_"),
        "categories": json.loads(json.dumps(booster.pandas_categorical, default=_scalar)),
        "classes": None if classes is None else plain_array(classes),
        "objective": objective if isinstance(objective, str) else None,
        "ranks_at": None if ranks_at is None else [int(v) for v in ranks_at],
    }


def _xgboost(value: Any) -> tuple[bytes | None, dict[str, object]]:
    from alpha_bench.fitting.serialization import _xgboost as window

    alone = type(value).__name__ == "Booster"
    if not alone and not value.__sklearn_is_fitted__():
        return None, {}
    booster = value if alone else value.get_booster()
    columns = list(booster.feature_names or ())
    features = int(booster.num_features())
    best = None if alone else getattr(value, "best_iteration", None)
    if best is not None:
        booster = booster[: best + 1]
    return window.XGBoostTrees(booster).to_bytes(), {"features": features, "columns": columns}


def _read(node: Mapping[str, Any], data: bytes | None) -> Any:
    library, name = str(node["form"]), str(node["class"])
    check_installed(LIBRARIES[library])
    if name not in KINDS[library]:
        raise ValueError(f"{library}.{name} is no class that is kept")
    params = parameters_of(node.get("params", {}))
    if library == "lightgbm":
        from alpha_bench.fitting.serialization import _lightgbm as lightgbm

        categories = node.get("categories")
        booster = None if data is None else lightgbm.booster_of(data, int(node["features"]), categories)
        if name == "Booster":
            return booster
        classes = node.get("classes")
        return lightgbm.estimator_of(
            name,
            params,
            booster,
            None if classes is None else array_of(classes),
            objective=node.get("objective"),
            ranks_at=node.get("ranks_at"),
        )
    from alpha_bench.fitting.serialization import _xgboost as xgboost

    if name == "Booster":
        if data is None:
            raise ValueError("a booster has trees")
        return xgboost.read(data, int(node["features"]))
    return xgboost.estimator_of(name, params, data, int(node.get("features", 0)))


def _named(names: Sequence[str], default: str) -> list[str]:
    """The names of the columns, none where they are the library's own numbers."""
    return [] if all(name == f"{default}{k}" for k, name in enumerate(names)) else list(names)


def _scalar(value: Any) -> object:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise TypeError(f"a category is a {type(value).__name__}")

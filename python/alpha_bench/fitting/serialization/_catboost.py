"""The window to catboost: symmetric trees as its own JSON in canonical form, read back only after every number in it has been looked at.

The library stamps a model with the clock and with a number of its own; neither is kept.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from alpha_bench.errors import MissingLibraryError, SavedModelError
from alpha_bench.fitting.serialization.plain_values import parameters_of, plain_parameters

KINDS = frozenset({"CatBoost", "CatBoostClassifier", "CatBoostRanker", "CatBoostRegressor"})
_MOST_DEPTH = 16
_SECTIONS = frozenset({"features_info", "model_info", "oblivious_trees", "scale_and_bias"})


def write(value: Any, writer: Any) -> dict[str, object]:
    """Its node; the trees go to a file. Raises AlphaBenchError R35 for trees that could not be read back."""
    name = type(value).__name__
    node: dict[str, object] = {"form": "catboost", "class": name, "params": plain_parameters(value)}
    if not value.is_fitted():
        return node
    try:
        plain = _exported(value)
        features = _check(plain)
    except (ValueError, KeyError, TypeError) as error:
        raise SavedModelError(
            "R35",
            f"this {name} could not be read back: {error}",
            fix="fit it on numbers, with grow_policy='SymmetricTree'",
        ) from error
    columns = [str(c) for c in value.feature_names_ or ()]
    numbered = columns == [str(k) for k in range(len(columns))]
    data = (json.dumps(plain, sort_keys=True, separators=(",", ":")) + "\n").encode()
    return node | {
        "features": features,
        "columns": [] if numbered else columns,
        "file": writer.add(".json", data),
    }


def read(node: Mapping[str, Any], reader: Any) -> Any:
    """The library's own estimator. Raises ValueError, KeyError, TypeError for what is no such node."""
    try:
        import catboost
    except ModuleNotFoundError as error:
        raise MissingLibraryError(
            "R60", "catboost is not installed", fix="pip install 'alpha-bench[catboost]'"
        ) from error

    name = str(node["class"])
    if name not in KINDS:
        raise ValueError(f"catboost.{name} is no class that is kept")
    params = parameters_of(node["params"])
    made = catboost.CatBoost(params) if name == "CatBoost" else getattr(catboost, name)(**params)
    if "file" not in node:
        return made
    plain = json.loads(reader.file(node["file"]))
    if _check(plain) != int(node["features"]):
        raise ValueError("the trees are of other features")
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "model.json")
        path.write_text(json.dumps(plain, sort_keys=True), encoding="utf-8")
        try:
            made.load_model(str(path), format="json")
        except catboost.CatBoostError as error:
            raise ValueError(f"catboost refuses the trees: {str(error).splitlines()[0]}") from error
    made.set_leaf_values(np.array(_leaves(plain)))
    made.set_scale_and_bias(*plain["scale_and_bias"])
    return made


def _leaves(plain: Mapping[str, Any]) -> list[float]:
    return [v for tree in plain["oblivious_trees"] for v in tree["leaf_values"]]


def _exported(value: Any) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "model.json")
        value.save_model(str(path), format="json")
        plain: dict[str, Any] = json.loads(path.read_bytes())
    info = plain["model_info"]
    kept: dict[str, Any] = {"params": {"loss_function": info["params"]["loss_function"]}}
    if "class_params" in info:
        kept["class_params"] = info["class_params"]
    if "oblivious_trees" in plain:
        # The library writes numbers of 16 digits; its own arrays have the seventeenth.
        exact = iter(value.get_leaf_values().tolist())
        for tree in plain["oblivious_trees"]:
            tree["leaf_values"] = [next(exact) for _ in tree["leaf_values"]]
        scale, bias = value.get_scale_and_bias()
        plain["scale_and_bias"] = [scale, list(bias) if isinstance(bias, list | tuple) else [bias]]
    return {**plain, "model_info": kept}


def _check(plain: Mapping[str, Any]) -> int:
    """How many features the trees are of. Raises ValueError, KeyError, TypeError where a number is not one that it can be."""
    if set(plain) != _SECTIONS or not set(plain["model_info"]) <= {"class_params", "params"}:
        raise ValueError(f"unknown or missing section(s) {sorted(set(plain) ^ _SECTIONS)[:3]}")
    if set(plain["features_info"]) != {"float_features"}:
        raise ValueError("it has categorical, text or embedding features")
    floats = plain["features_info"]["float_features"]
    for number, feature in enumerate(floats):
        if feature["feature_index"] != number or feature["flat_feature_index"] != number:
            raise ValueError(f"feature {number} is not where it should be")
        _numbers(feature["borders"], None, f"feature {number}")
    scale, bias = plain["scale_and_bias"]
    _numbers([scale, *bias], None, "scale and bias")
    for number, tree in enumerate(plain["oblivious_trees"]):
        _check_tree(tree, number, len(floats), len(bias))
    return len(floats)


def _check_tree(tree: Mapping[str, Any], number: int, features: int, outputs: int) -> None:
    where = f"tree {number}"
    splits = tree["splits"] or []
    if len(splits) > _MOST_DEPTH:
        raise ValueError(f"{where} is too deep")
    leaves = 1 << len(splits)
    _numbers(tree["leaf_values"], leaves * max(1, outputs), where)
    _numbers(tree["leaf_weights"], leaves, where)
    for split in splits:
        if split["split_type"] != "FloatFeature":
            raise ValueError(f"{where} splits in a way that is not saved here")
        index = split["float_feature_index"]
        if type(index) is not int or not 0 <= index < features:
            raise ValueError(f"{where} splits by a feature that the model does not have")
        _numbers([split["border"]], 1, where)


def _numbers(values: Any, count: int | None, where: str) -> None:
    if (count is not None and len(values) != count) or not all(
        type(v) in {int, float} and math.isfinite(v) for v in values
    ):
        raise ValueError(f"{where} has other than {'' if count is None else f'{count} '}finite numbers")

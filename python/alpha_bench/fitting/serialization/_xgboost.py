"""The window to xgboost: trees as its own JSON in canonical form, read back only after every number in it has been looked at.

The library's reader trusts its input. So a document is taken apart here first: its fields, and of each tree the counts, the length of
every array, the features and children that it points to.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from alpha_bench.runtime import Floats

_ARRAYS = (
    "base_weights", "default_left", "left_children", "loss_changes", "parents", "right_children", "split_conditions",
    "split_indices", "split_type", "sum_hessian",
)  # fmt: skip
_EMPTY = ("categories", "categories_nodes", "categories_segments", "categories_sizes")
_NO_PARENT = 2147483647
_MOST_NODES = 1 << 22
_MOST_OUTPUTS = 1 << 12
_OBJECTIVES = ("reg:", "count:", "rank:", "binary:", "multi:", "survival:")


class XGBoostTrees:
    """Fitted trees of xgboost."""

    def __init__(self, booster: Any) -> None:
        booster.set_param({"nthread": 1})
        self._booster = booster

    def predict(self, matrix: Floats) -> Floats:
        import xgboost

        rows = xgboost.DMatrix(matrix, nthread=1)
        return np.asarray(self._booster.predict(rows, validate_features=False), dtype=np.float64)

    def to_bytes(self) -> bytes:
        plain = json.loads(bytes(self._booster.save_raw("json")))
        plain["learner"] |= {"attributes": {}, "feature_names": [], "feature_types": []}
        return (json.dumps(plain, sort_keys=True, separators=(",", ":")) + "\n").encode("ascii")


def read(data: bytes, features: int) -> XGBoostTrees:
    """Raises ValueError where ``data`` is not what :meth:`XGBoostTrees.to_bytes` writes for ``features`` features."""
    return XGBoostTrees(booster_of(data, features))


def booster_of(data: bytes, features: int) -> Any:
    """XGBoost's own ``Booster`` of what :meth:`XGBoostTrees.to_bytes` wrote. Raises ValueError as :func:`read`."""
    import xgboost

    booster = xgboost.Booster()
    try:
        booster.load_model(_checked(data, features))
    except xgboost.core.XGBoostError as error:
        raise ValueError(f"xgboost refuses the trees: {str(error).splitlines()[0]}") from error
    return booster


def estimator_of(name: str, params: Mapping[str, Any], data: bytes | None, features: int) -> Any:
    """XGBoost's own estimator ``name`` with the trees of ``data``; None: not fitted. Raises ValueError as :func:`read`."""
    import xgboost

    made = getattr(xgboost, name)(**params)
    if data is not None:
        try:
            made.load_model(_checked(data, features))
        except xgboost.core.XGBoostError as error:
            raise ValueError(f"xgboost refuses the trees: {str(error).splitlines()[0]}") from error
    return made


def _checked(data: bytes, features: int) -> bytearray:
    try:
        plain = json.loads(data, parse_constant=_refuse)
        _check(plain, features)
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"the trees are not xgboost's: {type(error).__name__} {error}") from error
    return bytearray(json.dumps(plain, sort_keys=True).encode("ascii"))


def _refuse(word: str) -> float:
    raise ValueError(f"{word} is no number here")


def _only(plain: Mapping[str, Any], *names: str) -> None:
    if set(plain) != set(names):
        raise ValueError(f"unknown or missing field(s) {sorted(set(plain) ^ set(names))[:3]}")


def _check(plain: Mapping[str, Any], features: int) -> None:
    _only(plain, "learner", "version")
    learner = plain["learner"]
    _only(
        learner,
        "attributes",
        "feature_names",
        "feature_types",
        "gradient_booster",
        "learner_model_param",
        "objective",
    )
    if learner["attributes"] or learner["feature_names"] or learner["feature_types"]:
        raise ValueError("the trees have names or attributes of their own")
    param = learner["learner_model_param"]
    classes, targets = int(param["num_class"]), int(param["num_target"])
    if param["num_feature"] != str(features):
        raise ValueError(f"the trees are of {param['num_feature']} features, expected {features}")
    if not 0 <= classes <= _MOST_OUTPUTS or not 1 <= targets <= _MOST_OUTPUTS:
        raise ValueError(f"the trees are of {classes} classes and {targets} targets")
    objective = str(learner["objective"]["name"])
    if not objective.startswith(_OBJECTIVES) or (objective.startswith("multi:") and classes < 2):
        raise ValueError(f"objective {learner['objective']['name']!r}")
    outputs = max(classes, targets)
    booster = learner["gradient_booster"]
    match booster["name"]:
        case "gbtree":
            _check_trees(booster["model"], features, outputs)
        case "dart":
            _only(booster, "gbtree", "name", "weight_drop")
            _check_trees(booster["gbtree"]["model"], features, outputs)
            _check_numbers(booster["weight_drop"], len(booster["gbtree"]["model"]["trees"]), "weight_drop")
        case "gblinear":
            _only(booster["model"], "boosted_rounds", "weights")
            _check_numbers(booster["model"]["weights"], (features + 1) * outputs, "weights")
        case name:
            raise ValueError(f"booster {name!r}")


def _check_numbers(values: list[Any], count: int, where: str) -> None:
    if len(values) != count or not all(type(v) in {int, float} and math.isfinite(v) for v in values):
        raise ValueError(f"other than {count} numbers in {where}")


def _check_trees(model: Mapping[str, Any], features: int, outputs: int) -> None:
    _only(model, "cats", "gbtree_model_param", "iteration_indptr", "tree_info", "trees")
    trees = model["trees"]
    count = len(trees)
    counted = model["gbtree_model_param"]["num_trees"] == str(count) and len(model["tree_info"]) == count
    rounds = [int(v) for v in model["iteration_indptr"]]
    known = all(type(v) is int and 0 <= v < outputs for v in model["tree_info"])
    if not counted or not known or any(map(len, model["cats"].values())):
        raise ValueError("the trees are not counted right, or decide by categories")
    if rounds[:1] != [0] or rounds[-1] != count or rounds != sorted(rounds):
        raise ValueError("the rounds are not those of the trees")
    for number, tree in enumerate(trees):
        _check_tree(tree, number, features)


def _check_tree(tree: Mapping[str, Any], number: int, features: int) -> None:
    where = f"tree {number}"
    _only(tree, "id", "tree_param", *_ARRAYS, *_EMPTY)
    nodes = int(tree["tree_param"]["num_nodes"])
    if not 1 <= nodes <= _MOST_NODES or tree["id"] != number or any(tree[name] for name in _EMPTY):
        raise ValueError(f"{where} is of a kind that is not saved here")
    if tree["tree_param"]["num_feature"] != str(features) or tree["tree_param"]["size_leaf_vector"] not in {
        "0",
        "1",
    }:
        raise ValueError(f"{where} is of other features")
    for name in _ARRAYS:
        values = tree[name]
        if len(values) != nodes or not all(type(v) in {int, float} and math.isfinite(v) for v in values):
            raise ValueError(f"{where} has other than {nodes} numbers in {name}")
    if any(tree["split_type"]) or any(
        type(v) is not int or not 0 <= v < features for v in tree["split_indices"]
    ):
        raise ValueError(f"{where} splits by a feature that the model does not have")
    seen = [0] * nodes
    parents = [_NO_PARENT] * nodes
    for node, pair in enumerate(zip(tree["left_children"], tree["right_children"], strict=True)):
        if pair == (-1, -1):
            continue
        for child in pair:
            if type(child) is not int or not node < child < nodes:
                raise ValueError(f"{where} points outside itself")
            seen[child] += 1
            parents[child] = node
    if seen != [0] + [1] * (nodes - 1) or tree["parents"] != parents:
        raise ValueError(f"{where} is no tree")

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
    import xgboost

    try:
        plain = json.loads(data, parse_constant=_refuse)
        _check(plain, features)
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"the trees are not xgboost's: {type(error).__name__} {error}") from error
    booster = xgboost.Booster()
    try:
        booster.load_model(bytearray(json.dumps(plain, sort_keys=True).encode("ascii")))
    except xgboost.core.XGBoostError as error:
        raise ValueError(f"xgboost refuses the trees: {str(error).splitlines()[0]}") from error
    return XGBoostTrees(booster)


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
    if (param["num_feature"], param["num_class"], param["num_target"]) != (str(features), "0", "1"):
        raise ValueError(f"the trees are of {param['num_feature']} features, expected {features}")
    if not str(learner["objective"]["name"]).startswith(("reg:", "count:", "rank:")):
        raise ValueError(f"objective {learner['objective']['name']!r}")
    booster = learner["gradient_booster"]
    if booster["name"] != "gbtree":
        raise ValueError(f"booster {booster['name']!r}")
    model = booster["model"]
    _only(model, "cats", "gbtree_model_param", "iteration_indptr", "tree_info", "trees")
    trees = model["trees"]
    count = len(trees)
    counted = model["gbtree_model_param"]["num_trees"] == str(count) and len(model["tree_info"]) == count
    rounds = [int(v) for v in model["iteration_indptr"]]
    if not counted or any(model["tree_info"]) or any(map(len, model["cats"].values())):
        raise ValueError("the trees are not counted right")
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

"""The window to lightgbm: trees as its own text, read back only after every number in it has been looked at.

The library's reader trusts its input. So a file is taken apart here first: the header, and of each tree the counts, the length of every
array, the features and children that it points to. Only what is known is handed on, and nothing of it names a file or a command.
"""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from alpha_bench.runtime import Floats

_HEADER = frozenset(
    {
        "average_output",
        "feature_infos",
        "feature_names",
        "label_index",
        "max_feature_idx",
        "monotone_constraints",
        "num_class",
        "num_tree_per_iteration",
        "objective",
        "tree_sizes",
        "version",
    }
)
_INNER = ("split_feature", "split_gain", "threshold", "decision_type", "left_child", "right_child")
_INNER_TOO = ("internal_value", "internal_weight", "internal_count")
_LEAF = ("leaf_value", "leaf_weight", "leaf_count")
_TREE = frozenset({"num_leaves", "num_cat", "is_linear", "shrinkage", *_INNER, *_INNER_TOO, *_LEAF})
_WHOLE = frozenset(
    {"split_feature", "decision_type", "left_child", "right_child", "leaf_count", "internal_count"}
)
_OBJECTIVE = re.compile(r"[a-z0-9_]+( [a-z_]+:[-+.0-9e]+| sqrt)*")
_NAMES = re.compile(r"Column_\d+( Column_\d+)*")
_MOST_LEAVES = 1 << 17


class LightGBMTrees:
    """Fitted trees of lightgbm."""

    def __init__(self, booster: Any) -> None:
        self._booster = booster

    def predict(self, matrix: Floats) -> Floats:
        return np.asarray(self._booster.predict(matrix, num_threads=1), dtype=np.float64)

    def to_bytes(self) -> bytes:
        """The model, without what the library appends for people (importances) and the training parameters, which the
        definition has; features are numbered, not named."""
        text = str(self._booster.model_to_string())
        names = " ".join(f"Column_{k}" for k in range(self._booster.num_feature()))
        text = re.sub(r"^feature_names=.*$", f"feature_names={names}", text, count=1, flags=re.MULTILINE)
        return (text[: text.index("\nend of trees\n")] + "\nend of trees\n").encode("ascii")


def read(data: bytes, features: int) -> LightGBMTrees:
    """Raises ValueError where ``data`` is not what :meth:`LightGBMTrees.to_bytes` writes for ``features`` features."""
    import lightgbm

    try:
        text = data.decode("ascii")
    except UnicodeDecodeError as error:
        raise ValueError("the trees are no text") from error
    head, *trees = re.split(r"\n\n(?=Tree=)", text.removesuffix("\n\nend of trees\n"))
    if not text.endswith("\n\nend of trees\n") or not head.startswith("tree\nversion=v4\n"):
        raise ValueError("the trees have no beginning or no end")
    _check_header(_pairs(head.removeprefix("tree\n"), _HEADER, "the header"), trees, features)
    for number, tree in enumerate(trees):
        first, _, body = tree.rstrip("\n").partition("\n")
        if first != f"Tree={number}":
            raise ValueError(f"tree {number} is not where it should be")
        _check_one(_pairs(body, _TREE, first), first, features)
    try:
        return LightGBMTrees(lightgbm.Booster(model_str=text))
    except lightgbm.basic.LightGBMError as error:
        raise ValueError(f"lightgbm refuses the trees: {error}") from error


def _pairs(text: str, known: frozenset[str], where: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in text.split("\n"):
        name, _, value = line.partition("=")
        if name not in known or name in found:
            raise ValueError(f"{where} has a line {line[:40]!r}")
        found[name] = value
    return found


def _check_header(header: dict[str, str], trees: list[str], features: int) -> None:
    expected = {
        "num_class": "1",
        "num_tree_per_iteration": "1",
        "label_index": "0",
        "max_feature_idx": str(features - 1),
    }
    wrong = [name for name, value in expected.items() if header.get(name) != value]
    if wrong:
        raise ValueError(f"{wrong[0]} is {header.get(wrong[0])!r}, expected {expected[wrong[0]]!r}")
    if not _OBJECTIVE.fullmatch(header.get("objective", "")):
        raise ValueError("the objective is not one")
    names = header.get("feature_names", "")
    if not _NAMES.fullmatch(names) or len(names.split(" ")) != features:
        raise ValueError("the names of the features are not the library's own")
    if len(header.get("feature_infos", "").split(" ")) != features:
        raise ValueError("feature_infos has another length")
    sizes = header.get("tree_sizes", "").split(" ")
    if [s for s in sizes if s] != [str(len(tree) + 2) for tree in _with_ends(trees)]:
        raise ValueError("tree_sizes are not those of the trees")


def _with_ends(trees: list[str]) -> list[str]:
    """Each tree with the newline that stands between it and the next."""
    return [tree.rstrip("\n") + "\n" for tree in trees]


def _check_one(tree: dict[str, str], where: str, features: int) -> None:
    leaves = _numbers(tree, "num_leaves", 1, where)[0]
    if not 1 <= leaves <= _MOST_LEAVES or tree.get("num_cat") != "0" or tree.get("is_linear") != "0":
        raise ValueError(f"{where} is of a kind that is not saved here")
    _numbers(tree, "shrinkage", 1, where)
    if leaves == 1:
        _numbers(tree, "leaf_value", 1, where)
        return
    size = int(leaves)
    arrays = {name: _numbers(tree, name, size - 1, where) for name in (*_INNER, *_INNER_TOO)}
    for name in _LEAF:
        _numbers(tree, name, size, where)
    if not all(0 <= f < features for f in arrays["split_feature"]):
        raise ValueError(f"{where} splits by a feature that the model does not have")
    if not all(d in {0, 2, 4, 6, 8, 10} for d in arrays["decision_type"]):
        raise ValueError(f"{where} decides in a way that is not saved here")
    _check_children([int(v) for v in arrays["left_child"]], [int(v) for v in arrays["right_child"]], where)


def _numbers(tree: dict[str, str], name: str, count: int, where: str) -> list[float]:
    values = [float(v) for v in tree.get(name, "").split(" ") if v]
    if len(values) != count or not all(map(math.isfinite, values)):
        raise ValueError(f"{where} has {len(values)} numbers in {name}, expected {count} finite ones")
    if name in _WHOLE and not all(v.is_integer() for v in values):
        raise ValueError(f"{where} has a fraction in {name}")
    return values


def _check_children(left: list[int], right: list[int], where: str) -> None:
    """Each of the inner nodes 0 .. n-1 has two children; a child is an inner node, or ``~leaf`` of the n+1 leaves; every node but
    the first and every leaf is the child of exactly one. So a walk from node 0 ends. Raises ValueError."""
    inner = len(left)
    children = [*left, *right]
    expected = sorted([*range(1, inner), *(~leaf for leaf in range(inner + 1))])
    if sorted(children) != expected:
        raise ValueError(f"{where} is no tree")
    if any(0 <= child <= node for node in range(inner) for child in (left[node], right[node])):
        raise ValueError(f"{where} has a child before its parent")

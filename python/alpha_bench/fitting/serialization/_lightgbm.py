"""The window to lightgbm: trees as its own text, read back only after every number in it has been looked at.

The library's reader trusts its input. So a file is taken apart here first: the header, and of each tree the counts, the length of every
array, the features and children that it points to. Only what is known is handed on, and nothing of it names a file or a command.
"""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Mapping, Sequence
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
_CATEGORIES = ("cat_boundaries", "cat_threshold")
_TREE = frozenset(
    {"num_leaves", "num_cat", "is_linear", "shrinkage", *_INNER, *_INNER_TOO, *_LEAF, *_CATEGORIES}
)
_WHOLE = frozenset(
    {
        "split_feature",
        "decision_type",
        "left_child",
        "right_child",
        "leaf_count",
        "internal_count",
        *_CATEGORIES,
    }
)
_OBJECTIVE = re.compile(r"[a-z0-9_]+( [a-z_]+:[-+.0-9e]+| sqrt)*")
_NAMES = re.compile(r"Column_\d+( Column_\d+)*")
_MOST_LEAVES = 1 << 17
_MOST_CLASSES = 1 << 12
_BY_CATEGORY = 1


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
    return LightGBMTrees(booster_of(data, features))


def booster_of(data: bytes, features: int, categories: Sequence[Sequence[Any]] | None = None) -> Any:
    """LightGBM's own ``Booster`` of what :meth:`LightGBMTrees.to_bytes` wrote; ``categories`` are those of the frame's categorical
    columns, in their order. Raises ValueError as :func:`read`."""
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
    if categories is not None:
        text += f"\npandas_categorical:{json.dumps(categories)}\n"
    try:
        return lightgbm.Booster(model_str=text)
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
    classes = header.get("num_class", "")
    if not classes.isdecimal() or not 1 <= int(classes) <= _MOST_CLASSES or len(trees) % int(classes):
        raise ValueError(f"num_class is {classes!r}, for {len(trees)} trees")
    expected = {
        "num_tree_per_iteration": classes,
        "label_index": "0",
        "max_feature_idx": str(features - 1),
    }
    wrong = [name for name, value in expected.items() if header.get(name) != value]
    if wrong:
        raise ValueError(f"{wrong[0]} is {header.get(wrong[0])!r}, expected {expected[wrong[0]]!r}")
    if not _OBJECTIVE.fullmatch(header.get("objective", "custom")):
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
    leaves, categorical = (int(_numbers(tree, name, 1, where)[0]) for name in ("num_leaves", "num_cat"))
    if not 1 <= leaves <= _MOST_LEAVES or not 0 <= categorical < leaves or tree.get("is_linear") != "0":
        raise ValueError(f"{where} is of a kind that is not saved here")
    _numbers(tree, "shrinkage", 1, where)
    if leaves == 1:
        _numbers(tree, "leaf_value", 1, where)
        return
    arrays = {name: _numbers(tree, name, leaves - 1, where) for name in (*_INNER, *_INNER_TOO)}
    for name in _LEAF:
        _numbers(tree, name, leaves, where)
    if not all(0 <= f < features for f in arrays["split_feature"]):
        raise ValueError(f"{where} splits by a feature that the model does not have")
    if not all(0 <= d < 12 for d in arrays["decision_type"]):
        raise ValueError(f"{where} decides in a way that is not saved here")
    _check_categories(tree, arrays, categorical, where)
    _check_children([int(v) for v in arrays["left_child"]], [int(v) for v in arrays["right_child"]], where)


def _check_categories(
    tree: Mapping[str, str], arrays: Mapping[str, list[float]], count: int, where: str
) -> None:
    """A node that decides by category names the number of a set as its threshold; the sets are runs of ``cat_threshold``."""
    if not count and any(name in tree for name in _CATEGORIES):
        raise ValueError(f"{where} has categories that no node asks for")
    bounds = _numbers(tree, "cat_boundaries", count + 1, where) if count else [0.0]
    words = _numbers(tree, "cat_threshold", int(bounds[-1]), where) if count else []
    if bounds[0] != 0 or any(a >= b for a, b in itertools.pairwise(bounds)):
        raise ValueError(f"{where} has sets of categories that overlap")
    if not all(0 <= w < 1 << 32 for w in words):
        raise ValueError(f"{where} has other than sets of categories")
    asked = [
        t for d, t in zip(arrays["decision_type"], arrays["threshold"], strict=True) if int(d) & _BY_CATEGORY
    ]
    if sorted(asked) != list(range(count)):
        raise ValueError(f"{where} asks for categories that it does not have")


def _numbers(tree: Mapping[str, str], name: str, count: int, where: str) -> list[float]:
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


def estimator_of(
    name: str, params: Mapping[str, Any], booster: Any, classes: Any, *, objective: str | None, ranks_at: Any
) -> Any:
    """LightGBM's own estimator ``name`` around a booster, as its fit would have left it. ``booster`` None: not fitted."""
    import lightgbm

    made = getattr(lightgbm, name)(**params)
    if booster is None:
        return made
    made._Booster = booster  # the library has no public way from a booster to its estimator  # noqa: SLF001
    made._n_features = made._n_features_in = booster.num_feature()  # noqa: SLF001
    made._best_iteration = booster.best_iteration  # noqa: SLF001
    made._objective = objective  # noqa: SLF001
    made.fitted_ = True
    if ranks_at is not None:
        made._eval_at = ranks_at  # noqa: SLF001
    if classes is not None:
        made._le = lightgbm.compat._LGBMLabelEncoder().fit(classes)  # noqa: SLF001
        made._classes = made._le.classes_  # noqa: SLF001
        made._n_classes = len(made._classes)  # noqa: SLF001
    return made

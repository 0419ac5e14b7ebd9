"""The window to skops: fitted scikit-learn estimators as files that are the same bytes each time and run nothing when read.

skops names members after memory addresses and stamps them with the clock; structured arrays carry whatever was in their
padding. :func:`to_skops` rewrites all of it: identifiers and members are numbered in the order of the schema, padding is zero,
entries have no time. :func:`from_skops` checks every type that the file names against a list of our own before skops reads it.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import numpy as np

from alpha_bench.definitions import ALLOWED
from alpha_bench.errors import SavedModelError
from alpha_bench.fitting.serialization.parts import NotKept, Part
from alpha_bench.fitting.serialization.trusted_types import CLASSES, FUNCTIONS, PARTS

_SCHEMA = "schema.json"
_MEMBER = re.compile(r"[0-9]+\.(npy|npz|bin)")
_PLAIN_LOADERS = frozenset(
    {
        "DTypeNode",
        "DictNode",
        "JsonNode",
        "ListNode",
        "MaskedArrayNode",
        "NdArrayNode",
        "PartialNode",  # what it calls is a node of its own, and a function of the list
        "SliceNode",
        "TupleNode",
        "TypeNode",
    }
)
_PLAIN_TYPES = frozenset(
    {
        *(f"builtins.{name}" for name in ("dict", "float", "int", "list", "slice", "str", "tuple")),
        "functools.partial",
        *(
            f"numpy.{name}"
            for name in (
                "bool",
                "bool_",
                "dtype",
                "float32",
                "float64",
                "int32",
                "int64",
                "ma.MaskedArray",
                "ndarray",
                "uint64",
                "uint8",
            )
        ),
        "sklearn.impute._iterative._ImputerTriplet",
        "sklearn.utils._bunch.Bunch",
    }
)
_OBJECT_LOADERS = frozenset({"LossNode", "ObjectNode", "RandomGeneratorNode", "RandomStateNode", "TreeNode"})
_PARTS = frozenset(
    {
        "numpy.random._generator.Generator",
        "numpy.random.mtrand.RandomState",
        *(f"sklearn._loss._loss.{n}" for n in ("CyHalfGammaLoss", "CyHalfPoissonLoss", "CyHalfSquaredError")),
        *(
            f"sklearn._loss._loss.{n}"
            for n in ("CyAbsoluteError", "CyHalfTweedieLoss", "CyHalfTweedieLossIdentity")
        ),
        *(f"sklearn._loss._loss.{n}" for n in ("CyHuberLoss", "CyPinballLoss")),
        *(f"sklearn._loss.link.{n}" for n in ("IdentityLink", "Interval", "LogLink")),
        *(f"sklearn._loss.loss.{n}" for n in ("HalfGammaLoss", "HalfPoissonLoss", "HalfSquaredError")),
        *(f"sklearn._loss.loss.{n}" for n in ("AbsoluteError", "HalfTweedieLoss", "HalfTweedieLossIdentity")),
        *(f"sklearn._loss.loss.{n}" for n in ("HuberLoss", "PinballLoss")),
        "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper",
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
        *(f"sklearn.gaussian_process.kernels.{n}" for n in ("ConstantKernel", "Product", "RBF")),
        *(f"sklearn.metrics._dist_metrics.{n}" for n in ("EuclideanDistance64", "ManhattanDistance64")),
        "sklearn.neighbors._ball_tree.BallTree",
        "sklearn.neighbors._kd_tree.KDTree",
        *(f"sklearn.neural_network._stochastic_optimizers.{n}" for n in ("AdamOptimizer", "SGDOptimizer")),
        "sklearn.preprocessing._function_transformer.FunctionTransformer",
        "sklearn.tree._tree.Tree",
        f"{Part.__module__}.{Part.__name__}",
        f"{NotKept.__module__}.{NotKept.__name__}",
    }
)


def to_skops(fitted: Any) -> bytes:
    """The estimator as bytes; equal estimators give equal bytes.

    Raises:
        AlphaBenchError: R35 when it holds a type that could not be read back.
    """
    with zipfile.ZipFile(io.BytesIO(_dumped(fitted))) as source:
        schema = json.loads(source.read(_SCHEMA))
        _check_types(schema)
        names: dict[str, str] = {}
        _renumber(schema, {}, names)
        members = [(new, _without_padding(source.read(old))) for old, new in names.items()]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as target:
        for name, data in (*members, (_SCHEMA, json.dumps(schema, indent=1).encode())):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o600 << 16
            target.writestr(entry, data)
    return out.getvalue()


def _dumped(fitted: Any) -> bytes:
    from skops.io import dumps

    try:
        return bytes(dumps(fitted))
    except Exception as error:
        # skops has no one exception for what it cannot write: it is what the object's own reduction raises.
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise SavedModelError(
            "R35",
            f"{type(fitted).__name__} holds what is no data: {reason[:200]}",
            fix="use another estimator or parameter",
        ) from error


def from_skops(data: bytes) -> Any:
    """The estimator that :func:`to_skops` wrote.

    Raises:
        AlphaBenchError: R35 when the file is not one, or names a type outside the list.
    """
    from skops.io import loads

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as source:
            strange = [n for n in source.namelist() if n != _SCHEMA and not _MEMBER.fullmatch(n)]
            schema = json.loads(source.read(_SCHEMA))
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise SavedModelError(
            "R35", f"not a saved estimator: {error}", fix="promote or save it again"
        ) from error
    if strange:
        raise SavedModelError(
            "R35", f"a saved estimator has no member {strange[0]!r}", fix="promote or save it again"
        )
    trusted = sorted(_check_types(schema))
    try:
        return loads(data, trusted=trusted)
    except Exception as error:
        # The types are known, and how they are put together is not theirs: skops meets that with any exception at all.
        reason = f"{type(error).__name__}: {error}"
        raise SavedModelError(
            "R35", f"not a saved estimator: {reason}", fix="promote or save it again"
        ) from error


def _check_types(schema: object) -> set[str]:
    """The types that ``schema`` names, all of them known. Raises R35 for the first that is not."""
    found = set()
    for node in _nodes(schema):
        loader, name = str(node.get("__loader__")), f"{node.get('__module__')}.{node.get('__class__')}"
        if not (
            (loader in _PLAIN_LOADERS and name in _PLAIN_TYPES)
            or (loader in _OBJECT_LOADERS and (name in _PARTS or name in PARTS or _is_estimator(name)))
            or (loader == "FunctionNode" and name in FUNCTIONS)
        ):
            raise SavedModelError(
                "R35",
                f"{name} ({loader}) is not a type that a model may hold",
                fix="use another estimator or parameter",
            )
        found.add(name)
    return found


def _is_estimator(name: str) -> bool:
    """Whether ``sklearn.linear_model._ridge.Ridge`` is ``sklearn.linear_model.Ridge`` of the allow-lists."""
    package, _, rest = name.removeprefix("sklearn.").partition(".")
    known = (ALLOWED, CLASSES) if name.startswith("sklearn.") else ()
    return any(rest.rpartition(".")[2] in names.get(f"sklearn.{package}", ()) for names in known)


def _nodes(value: object) -> Iterator[dict[str, object]]:
    if isinstance(value, dict):
        if "__class__" in value:
            yield value
        for inner in value.values():
            yield from _nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _nodes(inner)


def _renumber(value: object, ids: dict[object, int], names: dict[str, str]) -> None:
    """Replace addresses by numbers in the order of the schema; ``names`` collects old and new member names."""
    for node in _nodes(value):
        if "__id__" in node:
            # Which equal constants are one object depends on the interpreter: each use gets a number of its own.
            key: object = object() if node.get("is_json") else node["__id__"]
            node["__id__"] = ids.setdefault(key, len(ids) + 1)
        if isinstance(node.get("file"), str):
            old = str(node["file"])
            node["file"] = names.setdefault(old, f"{len(names) + 1}.{old.rpartition('.')[2]}")


def _without_padding(data: bytes) -> bytes:
    """An ``.npy`` of structured values with zeros between its fields; anything else as it is."""
    if not data.startswith(b"\x93NUMPY"):
        return data
    array = np.load(io.BytesIO(data), allow_pickle=False)
    if array.dtype.names is None:
        return data
    clean = np.zeros(array.shape, array.dtype)
    for name in array.dtype.names:
        clean[name] = array[name]
    out = io.BytesIO()
    np.save(out, clean, allow_pickle=False)
    return out.getvalue()

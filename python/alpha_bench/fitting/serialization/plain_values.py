"""Parameters and small arrays as JSON, and back: numbers exactly as they were."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

_KINDS = frozenset("biufUO")


def plain(value: Any) -> Any:
    """``value`` as JSON data. Raises TypeError for what is none; NaN and infinity are text, see :func:`number`."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": repr(value)}
    if isinstance(value, np.ndarray):
        return {"array": plain_array(value)}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, dict) and all(isinstance(k, str) for k in value):
        return {"map": [[k, plain(v)] for k, v in value.items()]}
    raise TypeError(f"a {type(value).__name__} is no plain value")


def value_of(data: Any) -> Any:
    """What :func:`plain` wrote; tuples have become lists. Raises ValueError for anything else."""
    if isinstance(data, list):
        return [value_of(v) for v in data]
    if isinstance(data, Mapping):
        match dict(data):
            case {"float": "nan" | "inf" | "-inf" as text}:
                return float(text)
            case {"array": Mapping() as array}:
                return array_of(array)
            case {"map": list() as pairs}:
                return {str(k): value_of(v) for k, v in pairs}
        raise ValueError("no plain value")
    return data


def plain_parameters(estimator: Any) -> dict[str, Any]:
    """The parameters of an estimator that are data; what is none (a callback, a function) is left out, and so is None."""
    found = {}
    for name, value in estimator.get_params(deep=False).items():
        if value is None:
            continue
        try:
            found[name] = json.loads(json.dumps(plain(value)))
        except TypeError:
            continue
    return found


def parameters_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """What :func:`plain_parameters` wrote, for the estimator's own constructor."""
    return {str(name): value_of(value) for name, value in data.items()}


def plain_array(values: Any) -> dict[str, object]:
    """An array of numbers, truth values or text as its type, its shape and its values in C order. Raises TypeError."""
    array = np.asarray(values)
    if array.dtype.kind not in _KINDS:
        raise TypeError(f"an array of {array.dtype} is no plain value")
    flat = [plain(v) for v in array.ravel().tolist()]
    return {"dtype": array.dtype.str, "shape": list(array.shape), "values": flat}


def array_of(data: Mapping[str, Any]) -> Any:
    """What :func:`plain_array` wrote. Raises ValueError, KeyError, TypeError for anything else."""
    dtype = np.dtype(str(data["dtype"]))
    if dtype.kind not in _KINDS:
        raise ValueError(f"an array of {dtype} is not kept")
    values = [value_of(v) for v in data["values"]]
    shape = tuple(int(n) for n in data["shape"])
    if dtype.kind == "O":
        array = np.empty(len(values), dtype=object)
        array[:] = values
        return array.reshape(shape)
    return np.array(values, dtype=dtype).reshape(shape)

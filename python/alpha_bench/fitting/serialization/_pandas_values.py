"""The window to pandas for parts of models: a series, a frame or an index as arrays, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

_PLAIN = frozenset("biufMmOUS")


def is_pandas(value: object) -> bool:
    """Whether it is a series, a frame or an index."""
    return isinstance(value, pd.Series | pd.DataFrame | pd.Index)


def state_of(value: Any) -> dict[str, object]:
    """Arrays and names. Raises TypeError for what has no plain values (categories, several levels, time zones)."""
    if isinstance(value, pd.Index):
        return {"kind": "index", "name": _name(value.name), **_values(value)}
    index = _values(value.index) | {"name": _name(value.index.name)}
    if isinstance(value, pd.Series):
        return {"kind": "series", "name": _name(value.name), "index": index, **_values(value)}
    columns = [{"name": _name(c), **_values(value.iloc[:, k])} for k, c in enumerate(value.columns)]
    return {"kind": "frame", "name": _name(value.columns.name), "index": index, "columns": columns}


def of_state(state: Mapping[str, Any]) -> Any:
    """What :func:`state_of` took. Raises ValueError, KeyError, TypeError for anything else."""
    if state["kind"] == "index":
        return _index(state)
    index = _index(state["index"])
    if state["kind"] == "series":
        return pd.Series(_array(state), index=index, name=state["name"])
    if state["kind"] != "frame":
        raise ValueError(f"no pandas value: {state['kind']!r}")
    columns = state["columns"]
    made = pd.DataFrame(dict(enumerate(_array(c) for c in columns)), index=index)
    made.columns = pd.Index([c["name"] for c in columns], name=state["name"])
    return made


def _values(value: Any) -> dict[str, object]:
    if isinstance(value, pd.MultiIndex):
        raise TypeError("an index of several levels is no plain value")
    array = value.to_numpy()
    if array.dtype.kind not in _PLAIN or isinstance(value.dtype, pd.CategoricalDtype | pd.DatetimeTZDtype):
        raise TypeError(f"a {type(value).__name__} of {value.dtype} is no plain value")
    if array.dtype.kind == "O" and not all(isinstance(v, str | float | int | None) for v in array.tolist()):
        raise TypeError(f"a {type(value).__name__} of objects is no plain value")
    return {"values": array, "dtype": str(value.dtype)}


def _array(state: Mapping[str, Any]) -> Any:
    return pd.array(state["values"], dtype=state["dtype"])


def _index(state: Mapping[str, Any]) -> Any:
    return pd.Index(_array(state), name=state["name"])


def _name(value: Any) -> object:
    value = value.item() if hasattr(value, "item") else value
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"a name that is a {type(value).__name__} is no plain value")

"""What is kept of how an estimator was found: nothing that a clock wrote, and of scorers, splitters and distributions what is data.

A prediction needs none of it. So a search whose scorer is a function of the notebook is kept, and its scorer is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alpha_bench.errors import SavedModelError
from alpha_bench.fitting.serialization._skops import to_skops
from alpha_bench.fitting.serialization.parts import SEARCH_SETTINGS, NotKept

_BY_THE_CLOCK = frozenset({"refit_time_"})
_RESULTS = "cv_results_"


def kept_attributes(estimator: Any) -> Mapping[str, Any]:
    """The attributes of a scikit-learn object that are saved, each as it is or as what stands for it."""
    state: Mapping[str, Any] = vars(estimator)
    if not (SEARCH_SETTINGS | {_RESULTS}) & state.keys():
        return state
    kept = {name: value for name, value in state.items() if name not in _BY_THE_CLOCK}
    for name in SEARCH_SETTINGS & kept.keys():
        if not _is_data(kept[name]):
            kept[name] = NotKept(f"`{name}` of the {type(estimator).__name__}")
    found = kept.get(_RESULTS)
    if isinstance(found, Mapping):
        kept[_RESULTS] = {
            name: value for name, value in found.items() if not name.endswith("_time") and _is_data(value)
        }
    return kept


def _is_data(value: object) -> bool:
    """Whether it can be saved and read back."""
    if value is None or isinstance(value, str | int | float):
        return True
    try:
        to_skops(value)
    except SavedModelError:
        return False
    return True

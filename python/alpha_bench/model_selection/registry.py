"""The splitters by name, and a splitter from plain data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeAlias

from alpha_bench.errors import DefinitionError
from alpha_bench.model_selection.purged import (
    CombinatorialPurgedKFold,
    PurgedKFold,
    parse_combinatorial,
    parse_purged_kfold,
)
from alpha_bench.model_selection.walk_forward import WalkForward, parse_walk_forward

AnySplitter: TypeAlias = WalkForward | PurgedKFold | CombinatorialPurgedKFold

SPLITTERS: Mapping[str, Mapping[str, object]] = MappingProxyType(
    {
        "walk_forward": MappingProxyType({"folds": 12, "embargo": "5d", "window": "expanding"}),
        "purged_kfold": MappingProxyType({"folds": 5, "embargo": "5d"}),
        "combinatorial_purged_kfold": MappingProxyType({"groups": 6, "test_groups": 2, "embargo": "5d"}),
    }
)
"""By name: the parameters that users write, with their defaults."""

_PARSERS: Mapping[str, Callable[..., AnySplitter]] = {
    "walk_forward": parse_walk_forward,
    "purged_kfold": parse_purged_kfold,
    "combinatorial_purged_kfold": parse_combinatorial,
}


def parse_splitter(name: str, given: Mapping[str, object]) -> AnySplitter:
    """The splitter ``name`` with the parameters ``given``, the others by default.

    Raises:
        AlphaBenchError: R28, R01 or R02 for a value. KeyError for a name or a parameter that is not in :data:`SPLITTERS`.
    """
    values = {**SPLITTERS[name], **given}
    return _PARSERS[name](*(values[p] for p in SPLITTERS[name]))


_REMAINDER = "remainder"


def plain_fields(name: str) -> frozenset[str]:
    """The fields of a splitter's plain data."""
    written = {"embargo_sessions" if p == "embargo" else p for p in SPLITTERS[name]}
    return frozenset({"splitter", *written, *([_REMAINDER] if name == "combinatorial_purged_kfold" else [])})


def completed(plain: object) -> object:
    """Plain data with what older ones leave out: combinatorial blocks were cut as numpy cuts."""
    if not isinstance(plain, Mapping) or plain.get("splitter") != "combinatorial_purged_kfold":
        return plain
    return {_REMAINDER: "first", **plain}


def splitter_from_plain(plain: Mapping[str, object]) -> AnySplitter:
    """The inverse of ``to_plain``: every field of :func:`plain_fields` has to be there. Raises as :func:`parse_splitter`, and R28."""
    made = parse_splitter(
        str(plain["splitter"]),
        {
            "embargo" if k == "embargo_sessions" else k: v
            for k, v in plain.items()
            if k not in {"splitter", _REMAINDER}
        },
    )
    if not isinstance(made, CombinatorialPurgedKFold):
        return made
    if plain[_REMAINDER] == "last":
        return made
    if plain[_REMAINDER] == "first":
        return replace(made, remainder="first")
    raise DefinitionError(
        "R28",
        f"remainder is {plain[_REMAINDER]!r}",
        fix='write "last", or "first" for blocks cut as numpy cuts',
    )


def arguments_of(splitter: AnySplitter) -> dict[str, object]:
    """The splitter as its user writes it: ``{"folds": 12, "embargo": "5d", "window": "rolling:250"}``."""
    written: dict[str, object] = {}
    for name, value in splitter.to_plain().items():
        if name == "embargo_sessions":
            written["embargo"] = f"{value}d"
        elif name not in {"splitter", _REMAINDER}:
            written[name] = (
                ":".join(str(part) for item in value.items() for part in item)
                if isinstance(value, dict)
                else value
            )
    return written

"""Which columns of a wide file of prices an evaluation reads, told from their names and types alone, so that the others are never read.

What a definition reads, what the report and the looks at the panel compare it with (prices and volumes by what they are called, texts), what derived fields are made
of. Where a look may compare what is read with any column there is (constants, groups), where the file is not wide, and where anything is odd, all are read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from alpha_bench.errors import AlphaBenchError
from alpha_bench.names import CLASSIFIERS, CUSTOM_OP, FILINGS
from alpha_bench.panel.derived_fields import names_in

WIDE = 16
"""A file of no more columns of numbers is read as it is."""
_PRICE = "close"
_LEAVES = frozenset({"const"})
_BESIDE = re.compile(
    r"(?:^|_|\d)(?:open|high|low|close|last|settle|vwap|price|prc|px|bid|ask|mid|nav|return|ret|adj|adjusted|raw|volume|vol|turnover|adv|"
    r"market_?value|market_?equity|split|dividend|cap|mcap|mktcap|marketcap|capitali[sz]ation|shares|outstanding)(?:_|$|\d)",
    re.IGNORECASE,
)
"""What prices, volumes and what is made of them are called: the report looks at these beside what is read."""


def fields_read(plain: object) -> frozenset[str] | None:
    """The fields that a definition, given as plain data, reads; None where it also reads groups, who left, or what its own code does."""
    names = set[str]()
    for node in _nodes(plain):
        if isinstance(node.get("field"), str):
            names.add(str(node["field"]))
        elif "op" in node and (_has_code(node) or _is_of_groups(node)):
            return None
    return frozenset(names)


def _has_code(node: Mapping[str, Any]) -> bool:
    return bool(node["op"] == CUSTOM_OP)


def _is_of_groups(node: Mapping[str, Any]) -> bool:
    """Whether it reads what is no field: who is in a group, or who left."""
    return (not node.get("args") and node["op"] not in _LEAVES) or "name" in (node.get("params") or {})


def columns_read(
    kinds: Mapping[str, bool],
    wanted: Collection[str],
    *,
    derive: Mapping[str, str],
    rename: Mapping[str, str] | None = None,
    keys: Collection[str] = ("date", "symbol"),
) -> frozenset[str] | None:
    """Of the columns of a long file those that are read where a definition reads the fields ``wanted``, by their names in the file; None: all.

    Args:
        kinds: column -> whether it holds plain numbers, which can be left alone.
        wanted: fields by their names in the panel.
        derive: further fields and their formulas.
        rename: new names of columns.
        keys: the columns of dates and symbols, by their names in the panel.
    """
    called = {name: (rename or {}).get(name, name) for name in kinds}
    numbers = {called[name] for name, plain in kinds.items() if plain} - {*keys} - CLASSIFIERS
    if len(numbers) <= WIDE or _PRICE not in numbers or len({*called.values()}) < len(called):
        return None
    try:
        parts = {name: names_in(name, formula) for name, formula in derive.items()}
    except AlphaBenchError:
        return None
    if any(not (made := _made_of([name], parts)) or not made <= numbers for name in wanted):
        return None
    read = {*wanted, *parts, *keys, *(one for names in parts.values() for one in names)}
    return frozenset(
        name for name, new in called.items() if new not in numbers or new in read or _beside(new)
    )


def _beside(name: str) -> bool:
    return name.lower() in FILINGS or _BESIDE.search(name) is not None


def _made_of(wanted: Collection[str], parts: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The columns that fields come from in the end; a formula may read what another gives."""
    found, left = set[str](), [*wanted]
    seen = set[str]()
    while left:
        name = left.pop()
        if name in seen:
            continue
        seen.add(name)
        if name in parts:
            left += parts[name]
            if name not in parts[name]:
                continue
        found.add(name)
    return frozenset(found)


def _nodes(plain: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(plain, Mapping):
        yield plain
        for value in plain.values():
            yield from _nodes(value)
    elif isinstance(plain, list | tuple):
        for value in plain:
            yield from _nodes(value)

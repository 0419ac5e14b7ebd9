"""What was told of each pair: when the corpus was first tried, and when the table was last made (`make leaks`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from leak_pairs.pairs import HERE

FILE = HERE / "record.json"


@dataclass(frozen=True, kw_only=True)
class Told:
    """Codes told of the leak and of the twin."""

    leak: tuple[str, ...]
    twin: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Record:
    """By pair."""

    first: Mapping[str, Told]
    now: Mapping[str, Told]


def _told(plain: Mapping[str, Mapping[str, list[str]]]) -> dict[str, Told]:
    return {name: Told(leak=tuple(t["leak"]), twin=tuple(t["twin"])) for name, t in plain.items()}


def read() -> Record:
    plain = json.loads(FILE.read_text(encoding="utf-8"))
    return Record(first=_told(plain["first"]), now=_told(plain["now"]))


def write(first: Mapping[str, Told], now: Mapping[str, Told]) -> None:
    """One line a pair, in the order of names."""
    parts = {
        when: {name: {"leak": list(told[name].leak), "twin": list(told[name].twin)} for name in sorted(told)}
        for when, told in (("first", first), ("now", now))
    }
    blocks = [
        f'"{when}": {{\n' + ",\n".join(f'"{n}": {json.dumps(t)}' for n, t in told.items()) + "\n}"
        for when, told in parts.items()
    ]
    FILE.write_text("{\n" + ",\n".join(blocks) + "\n}\n", encoding="utf-8")


RECORD = read()

"""What was told of each pair: when the corpus was first tried, when the table was last made (`make leaks`), and by the peers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from leak_pairs.pairs import HERE

FILE = HERE / "record.json"


@dataclass(frozen=True, kw_only=True)
class Told:
    """Codes, or a peer's words, told of the leak and of its twin; None where it had nothing that it could look at."""

    leak: tuple[str, ...] | None
    twin: tuple[str, ...] | None


By = Mapping[str, Told]
"""By the pair's name."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """``peers`` by the peer's name."""

    first: By
    now: By
    peers: Mapping[str, By]


def _told(plain: Mapping[str, Mapping[str, list[str] | None]]) -> dict[str, Told]:
    def words(found: list[str] | None) -> tuple[str, ...] | None:
        return None if found is None else tuple(found)

    return {name: Told(leak=words(both["leak"]), twin=words(both["twin"])) for name, both in plain.items()}


def read() -> Record:
    plain = json.loads(FILE.read_text(encoding="utf-8"))
    peers = {peer: _told(told) for peer, told in plain["peers"].items()}
    return Record(first=_told(plain["first"]), now=_told(plain["now"]), peers=peers)


def write(record: Record) -> None:
    """One line a pair, in the order of names."""
    peers = ",\n".join(f"{json.dumps(peer)}: {_block(told)}" for peer, told in sorted(record.peers.items()))
    text = (
        f'{{\n"first": {_block(record.first)},\n"now": {_block(record.now)},\n"peers": {{\n{peers}\n}}\n}}\n'
    )
    FILE.write_text(text, encoding="utf-8")


def _block(told: By) -> str:
    lines = (
        f"{json.dumps(name)}: {json.dumps({'leak': told[name].leak, 'twin': told[name].twin})}"
        for name in sorted(told)
    )
    return "{\n" + ",\n".join(lines) + "\n}"

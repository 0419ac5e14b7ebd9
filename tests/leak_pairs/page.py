"""The table of recall in docs/explanation/why-to-believe-it.md, and `make leaks`, which makes it: every pair anew, and the peers."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from leak_pairs import record
from leak_pairs.files import FILES
from leak_pairs.files import write as write_file
from leak_pairs.handed_over import hand_all_over
from leak_pairs.judging import judged
from leak_pairs.pairs import HERE, OWN, PAIRS, PLAIN, Pair
from leak_pairs.record import By, Record, Told

ROOT = HERE.parents[1]
PAGE = ROOT / "docs" / "explanation" / "why-to-believe-it.md"
BEGIN, END = "<!-- begin: make leaks -->\n", "<!-- end -->\n"
PEERS = {"leaklint": "0.1.0", "leakage-buster": "1.0.2", "leak-detect": "0.0.1"}
"""Name on PyPI and version, as `make leak-peers` installs them."""
_HEAD = (
    "| kind | pairs | first | now | "
    + " | ".join(PEERS)
    + " |\n|---|---|---|---|"
    + "---|" * len(PEERS)
    + "\n"
)


def block(known: Record) -> str:
    """What stands between the marks: a row a kind, a row a language, and by name what is missed and falsely told."""
    kinds = list(dict.fromkeys((pair.language, pair.kind) for pair in PAIRS))
    rows = [
        _row(kind, [p for p in PAIRS if p.kind == kind], known) for _, kind in sorted(kinds, reverse=True)
    ]
    rows += [
        _row(f"**{words}**", [p for p in PAIRS if p.language == language], known)
        for language, words in ((PLAIN, "plain notebooks"), (OWN, "alpha_bench's language"))
    ]
    rows.append(_row("**all**", PAIRS, known))
    missed = [p.name for p in PAIRS if not known.now[p.name].leak]
    false = [p.name for p in PAIRS if known.now[p.name].twin]
    return (
        _HEAD
        + "".join(rows)
        + _later(known)
        + f"\nMissed now: {_names(missed)}. False alarms now: {_names(false)}.\n"
    )


def _row(kind: str, pairs: Iterable[Pair], known: Record) -> str:
    there = list(pairs)
    at_first = [pair for pair in there if not pair.later]
    cells = [_count(at_first, known.first), _count(there, known.now)]
    cells += [_count([p for p in there if p.language == PLAIN], known.peers[peer]) for peer in PEERS]
    return f"| {kind} | {len(there)} | " + " | ".join(cells) + " |\n"


def _later(known: Record) -> str:
    """Of the pairs that came later what was told when they were first tried."""
    later = [pair for pair in PAIRS if pair.later]
    return f"\n{len(later)} pairs were written after the first record, and are not in its column; when they were first tried: {_count(later, known.first)}.\n"


def _count(pairs: list[Pair], told: By) -> str:
    """Leaks told and twins told: `3, 1`."""
    if not pairs:
        return "–"
    leaks, twins = (sum(bool(getattr(told[p.name], part)) for p in pairs) for part in ("leak", "twin"))
    return f"{leaks}, {twins}"


def _names(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"


def write_page(known: Record) -> None:
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(before + BEGIN + block(known) + END + after, encoding="utf-8")


def judge_all() -> dict[str, Told]:
    told = {}
    for pair in PAIRS:
        leak, twin = judged(pair, "leak"), judged(pair, "twin")
        told[pair.name] = Told(leak=leak.codes, twin=twin.codes)
        why = f" (not looked at: {leak.not_looked_at})" if leak.not_looked_at and not leak.codes else ""
        print(
            f"{'told  ' if leak.codes else 'MISSED'} {pair.kind:36} {pair.name:34} {' '.join(leak.codes) or '-':12}"
            f" twin {' '.join(twin.codes) or '-'}{why}",
            flush=True,
        )
    return told


def ask_peers() -> dict[str, By]:
    """What each peer says, in an environment of its own."""
    plain = [pair for pair in PAIRS if pair.language == PLAIN]
    with TemporaryDirectory() as folder:
        given, data = Path(folder) / "given", Path(folder) / "data"
        given.mkdir()
        data.mkdir()
        hand_all_over(plain, given)
        for name in FILES:
            write_file(data, name)
        return {peer: _asked(peer, plain, given, data) for peer in PEERS}


def _asked(peer: str, pairs: list[Pair], given: Path, data: Path) -> By:
    python = ROOT / ".venv-peers" / peer / "bin" / "python"
    script = ROOT / "benchmarks" / "peers" / f"leaks_{peer.replace('-', '_')}.py"
    done = subprocess.run([python, script, given, data], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{peer}: {done.stderr[-2000:]}")
    said = json.loads(done.stdout)
    return {p.name: Told(leak=said[f"{p.name}.leak"], twin=said[f"{p.name}.twin"]) for p in pairs}


def main() -> None:
    absent = [peer for peer in PEERS if not (ROOT / ".venv-peers" / peer / "bin" / "python").exists()]
    if absent:
        sys.exit(f"no environment for {', '.join(absent)}: make leak-peers")
    made = Record(first=record.read().first, now=judge_all(), peers=ask_peers())
    record.write(made)
    known = record.read()
    write_page(known)
    print(block(known))


if __name__ == "__main__":
    main()

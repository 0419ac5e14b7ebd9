"""What is kept, read to the last byte."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from nbcode.environment._fingerprint import corruption, read_note
from nbcode.primitives import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredEnvironment:
    """An environment that is kept. ``problem`` is what is not as it was made, or None; ``proofs`` counts its distributions by how
    their content was proved when it was made: ``wheel`` by the lock's hash of the wheel, ``installed`` by uv's word and what is
    installed, ``record`` and ``tree`` by what was locked as installed."""

    home: Path
    problem: str | None
    proofs: tuple[tuple[str, int], ...]


def verify_environments(store: Path) -> tuple[StoredEnvironment, ...]:
    """Hash every file of every environment under ``store``. Some seconds each; changes nothing."""
    folder = store / "environments"
    if not folder.is_dir():
        return ()
    homes = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    return tuple(_verified(home) for home in homes)


def _verified(home: Path) -> StoredEnvironment:
    problem = corruption(home)
    try:
        about = read_note(home).about
    except (OSError, ValueError, KeyError, TypeError):
        about = []
    entries = about if isinstance(about, list) else []
    proofs = Counter(str(one["proof"]) for one in entries if isinstance(one, dict))
    return StoredEnvironment(home=home, problem=problem, proofs=tuple(sorted(proofs.items())))

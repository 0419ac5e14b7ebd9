"""The window to what is remembered of cuts, so that each is made once. What cannot be read is forgotten."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from alpha_bench.describe import write_atomic
from nbcode.inputs.dated import Cut
from nbcode.primitives import Digest, dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class MadeCut:
    """A cut that is there: where, its content and what was kept."""

    path: Path
    digest: Digest
    size_bytes: int
    cut: Cut


@dataclass(frozen=True, kw_only=True, slots=True)
class RememberedCut:
    """The same without its place; ``digest`` is None where no row was kept, so that nothing is there."""

    digest: Digest | None
    size_bytes: int
    cut: Cut


def recalled_cut(memory: Path) -> RememberedCut | None:
    """What is remembered in the file ``memory``, None where nothing is."""
    try:
        stored = json.loads(memory.read_bytes())
        cut = Cut(rows=stored["rows"], of_rows=stored["of_rows"], last=stored["last"])
        digest = None if stored["digest"] is None else Digest(stored["digest"])
        return RememberedCut(digest=digest, size_bytes=stored["size_bytes"], cut=cut)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def remember_cut(memory: Path, made: MadeCut | Cut) -> None:
    """Remember it in the file ``memory``, of a file without a row that was kept the ``Cut`` alone; a disk that is full costs only time later."""
    cut = made if isinstance(made, Cut) else made.cut
    stored = {
        "digest": None if isinstance(made, Cut) else made.digest,
        "size_bytes": 0 if isinstance(made, Cut) else made.size_bytes,
        "rows": cut.rows,
        "of_rows": cut.of_rows,
        "last": cut.last,
    }
    with contextlib.suppress(OSError):
        memory.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(memory, json.dumps(stored).encode(), durable=False, mode=0o600)

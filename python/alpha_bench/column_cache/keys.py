"""What a panel holds, by digest: each field in blocks of sessions, so that a day more changes the last block only.

A block's digest is SHA-256 over its numbers, session by session; the digest of a block that is not full yet is the digest of the
sessions that it has, so the digest of any number of first sessions is known from the whole. A value of an expression depends on the
blocks that its look-back reaches, and a column's block is known by these: see :meth:`Blocks.key`.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from alpha_bench.engine import Fields, TileAxis, is_leaf, tile_axis
from alpha_bench.expressions import Expr, walk
from alpha_bench.runtime import Floats, cores, digest_of, host_processor, parallel_for

BLOCK = 256
"""Sessions in a block."""
_SHAPE = 1  # of keys and files; another number makes every stored column unknown


_IMPORTS = re.compile(rb"^\s*(?:from|import)\s+alpha_bench(?:\.|\s+import\s+)(\w+)", re.MULTILINE)
_BY_NUMPYS_LOOPS = frozenset({"exp", "log", "log_ret", "pow", "signed_power"})
"""Operators whose last bit depends on which of numpy's vector loops run."""


class Blocks:
    """Digests of a panel's fields, made when they are first asked for. The panel's arrays must not change meanwhile."""

    def __init__(self, panel: Fields) -> None:
        self._panel = panel
        self._full: dict[str, list[bytes]] = {}
        self._growing: dict[tuple[str, int], list[bytes]] = {}
        self._asked: dict[Expr, tuple[bytes, int | None, tuple[str, ...]]] = {}

    def key(self, expr: Expr, block: int, rows: int) -> str:
        """Names the first ``rows`` sessions of block ``block`` of the column ``expr``, as 64 hexadecimal digits.

        Equal keys mean equal bits: a key is made from the expression, the numbers of its fields as far back as it looks, where the
        block lies (rolling kernels cut their sessions into blocks of their own from the first one on), and from all that computes:
        the sources of the engine and of all that it imports, the versions of numpy and numba, the processor.
        """
        digest, lookback, fields = self._about(expr)
        named = hashlib.sha256(f"{engine_key()}|{block}|{rows}|{self._panel.shape[1]}|".encode() + digest)
        if any(e.op in _BY_NUMPYS_LOOPS for e in walk((expr,))):
            named.update(_numpy_loops())
        first = 0 if lookback is None else max(0, block * BLOCK - lookback) // BLOCK
        for field in fields:
            for earlier in range(first, block):
                named.update(self._full_blocks(field)[earlier])
            named.update(self._first(field, block, rows))
        return named.hexdigest()

    def _about(self, expr: Expr) -> tuple[bytes, int | None, tuple[str, ...]]:
        """The digest of the expression, how far it looks back (None: to the first session), the fields that it reads."""
        if expr not in self._asked:
            nodes = list(walk((expr,)))
            fields = sorted({str(dict(e.params)["name"]) for e in nodes if is_leaf(e) and e.op != "const"})
            whole = any(not is_leaf(e) and tile_axis(e) is TileAxis.WHOLE for e in nodes)
            digest = digest_of(expr.to_plain()).encode()
            self._asked[expr] = (digest, None if whole else expr.lookback, tuple(fields))
        return self._asked[expr]

    def _values(self, field: str) -> Floats:
        values = self._panel.fields.get(field)
        return self._panel.groups[field] if values is None else values

    def _new_digest(self, field: str) -> Any:
        """The digest of nothing yet; of a group, its names, for whom its numbers stand."""
        return hashlib.sha256(repr(self._panel.group_names.get(field, ())).encode())

    def _full_blocks(self, field: str) -> list[bytes]:
        """The digests of the full blocks of a field."""
        if field not in self._full:
            values = self._values(field)
            found = [b""] * (len(values) // BLOCK)

            def one(number: int) -> None:
                digest = self._new_digest(field)
                digest.update(np.ascontiguousarray(values[number * BLOCK : (number + 1) * BLOCK]).data)
                found[number] = digest.digest()

            parallel_for(one, range(len(found)), cores() if values.nbytes > 1 << 20 else 1)
            self._full[field] = found
        return self._full[field]

    def _first(self, field: str, block: int, rows: int) -> bytes:
        """The digest of the first ``rows`` sessions of a block."""
        if rows == BLOCK:
            return self._full_blocks(field)[block]
        if (field, block) not in self._growing:
            digest, found = self._new_digest(field), []
            for row in self._values(field)[block * BLOCK : (block + 1) * BLOCK]:
                digest.update(np.ascontiguousarray(row).data)
                found.append(digest.digest())
            self._growing[field, block] = found
        return self._growing[field, block][rows - 1]


@cache
def engine_key() -> str:
    """What besides the data and the expression could change a bit of a column, as one digest."""
    digest = hashlib.sha256(f"{_SHAPE}|{BLOCK}|{platform.machine()}|{_processor()}".encode())
    for name in ("numpy", "numba", "llvmlite"):
        digest.update(f"|{name} {version(name)}".encode())
    digest.update(code_digest(Path(__file__).parents[1]))
    return digest.hexdigest()[:32]


def code_digest(package: Path) -> bytes:
    """SHA-256 over every source file, doors too, of the rooms that make values: the engine, and all that it imports.

    The rooms are read from the sources themselves, so a room that the engine begins to use counts from then on.
    """
    found: dict[str, list[Path]] = {}
    wanted = ["engine"]
    while wanted:
        room = wanted.pop()
        if room in found:
            continue
        files = [*(package / room).rglob("*.py"), *(package / room).rglob("*.pyi")] or [
            package / f"{room}.py"
        ]
        found[room] = files
        for file in files:
            wanted += (name.decode() for name in _IMPORTS.findall(file.read_bytes()))
    digest = hashlib.sha256()
    for file in sorted(file for files in found.values() for file in files):
        digest.update(f"|{file.relative_to(package).as_posix()}|".encode() + file.read_bytes())
    return digest.digest()


def _processor() -> str:
    """What compiled kernels are compiled for; asked of the processor itself, since a sandbox need not have ``/proc``."""
    asked = [os.environ.get(name, "") for name in ("NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES", "NUMBA_OPT")]
    return "|".join([host_processor(), *asked])


@cache
def _numpy_loops() -> bytes:
    """Which of numpy's vector loops run here: the bits of a logarithm differ between them, those of arithmetic do not."""
    features = np._core._multiarray_umath.__cpu_features__  # type: ignore[attr-defined]  # noqa: SLF001
    return "|".join(sorted(name for name, there in features.items() if there)).encode()

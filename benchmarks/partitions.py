"""A panel of 2,485 sessions x 3,000 names in 120 files of days, in a bucket of a real S3 gateway: what its pin reads on the first day, on the next one and on the one
after a new file came; and what the pod's first container reads. ``python -m benchmarks partitions``; needs ``make cluster-build`` for the gateway."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SESSIONS, NAMES, FILES = 2485, 3000, 120


def run(runs: int) -> None:  # noqa: ARG001 - the figures are counts of bytes, and one time each
    """Print the table."""
    sys.path.insert(0, str(ROOT / "tests"))
    from fakes.object_stores import BUCKET, gateway, program

    binary = program()
    if binary is None:
        print("partitions: versitygw has not been built: make cluster-build")
        return
    with tempfile.TemporaryDirectory() as folder, gateway(binary, Path(folder) / "s3") as served:
        os.environ.update(served.variables)
        for name, data in _files(range(FILES)):
            _put(served.bucket(BUCKET), f"us/daily/{name}", data)
            _put(served.bucket(BUCKET), f"us/stated/{name}", data, sha256=hashlib.sha256(data).hexdigest())
        _measured(served, Path(folder), f"s3://{BUCKET}/us/daily")


def _measured(served: Any, folder: Path, uri: str) -> None:
    from fakes.object_stores import BUCKET
    from nbcode.inputs import identify, stage_reference

    laptop, pod, pods = folder / "laptop", folder / "pod", folder / "pods"
    first = _row("laptop, first day", lambda: identify(uri, laptop, keep=False))
    _row("laptop, the same day again", lambda: identify(uri, laptop, keep=False))
    for name, data in _files(range(FILES, FILES + 1)):
        _put(served.bucket(BUCKET), f"us/daily/{name}", data)
    second = _row("laptop, second day", lambda: identify(uri, laptop, keep=False))
    assert second.source.digest != first.source.digest
    _row("pod, second day, an empty folder", lambda: stage_reference(second.source, pod))
    _row("pods that share a folder, first day", lambda: stage_reference(first.source, pods))
    _row("pods that share a folder, second day", lambda: stage_reference(second.source, pods))
    _row(
        "laptop, where the writer stated each SHA-256",
        lambda: identify(f"s3://{BUCKET}/us/stated", folder / "other", keep=False),
    )
    kept = sum(p.stat().st_size for p in laptop.rglob("*") if p.is_file())
    print(
        f"  of {second.source.size_bytes:,} bytes in {len(second.source.files)} files; the laptop keeps {kept:,} bytes: digests"
    )


def _row(what: str, act: Callable[[], Any]) -> Any:
    with _counted() as read:
        began = time.perf_counter()
        found = act()
        took = time.perf_counter() - began
    print(f"  {what:46} {len(read):4} files {sum(read):14,} bytes read and hashed {took:7.2f} s")
    return found


@contextmanager
def _counted() -> Iterator[list[int]]:
    """The sizes of what is read from the store meanwhile, as it arrives."""
    from nbcode.inputs import _obstore

    read: list[int] = []
    plain = _obstore.Objects.read

    def counting(self: Any, one: Any, version: str | None = None) -> Any:
        found, blocks = plain(self, one, version)
        number = len(read)
        read.append(0)

        def each() -> Iterator[bytes]:
            for block in blocks:
                read[number] += len(block)
                yield block

        return found, each()

    _obstore.Objects.read = counting  # type: ignore[method-assign]
    try:
        yield read
    finally:
        _obstore.Objects.read = plain  # type: ignore[method-assign]


def _files(numbers: range) -> Iterator[tuple[str, bytes]]:
    """Each file: its name and its bytes; prices by the file's own seed."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    symbols = np.array([f"S{n:04}" for n in range(NAMES)])
    days = np.busday_offset("2015-01-01", np.arange(SESSIONS + SESSIONS // FILES + 1), roll="forward")
    edges = [*np.linspace(0, SESSIONS, FILES + 1).astype(int).tolist(), len(days)]
    for number in numbers:
        some = days[edges[number] : edges[number + 1]]
        draw = np.random.default_rng(number)
        rows = len(some) * NAMES
        table = pa.table(
            {
                "date": pa.array(np.repeat(some, NAMES)).cast(pa.date32()),
                "symbol": np.tile(symbols, len(some)),
                **{field: draw.uniform(10, 100, rows).round(2) for field in ("open", "high", "low", "close")},
                "volume": draw.integers(1_000, 1_000_000, rows),
            }
        )
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd")
        yield f"from={some[0]}/part.parquet", sink.getvalue().to_pybytes()


def _put(bucket: Any, name: str, data: bytes, **attributes: str) -> None:
    import obstore

    obstore.put(bucket, name, data, attributes=attributes)

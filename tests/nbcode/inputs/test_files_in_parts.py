"""Of a wide parquet file in a bucket the columns that are asked for are read, and no byte of another; each is what it was when the whole file was read."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import obstore
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fakes.object_stores import World, in_memory
from nbcode.inputs import (
    InputSource,
    StagingError,
    difference,
    identify,
    source_from_json,
    stage_reference,
)
from nbcode.inputs._parts import joined, layout_of, parts_of
from nbcode.primitives import digest_bytes, digest_path

ROWS = 4_000
COLUMNS = ("date", "symbol", "close", *(f"x{number:02}" for number in range(57)))
READ = ("date", "symbol", "close", "x05")


def wide(seed: int = 0, rows: int = ROWS, **how: Any) -> bytes:
    """A file of 60 columns: dates, names as a dictionary, and 58 of numbers, in several row groups."""
    chance = np.random.default_rng(seed)
    held: dict[str, Any] = {
        "date": pa.array(np.arange(rows, dtype="int32") // 40 + 17_000).cast(pa.date32()),
        "symbol": [f"N{row % 40:02}" for row in range(rows)],
    }
    held |= {name: chance.random(rows) for name in COLUMNS[2:]}
    told = io.BytesIO()
    pq.write_table(pa.table(held), told, **{"row_group_size": max(1, rows // 3), **how})
    return told.getvalue()


class Asked:
    """Which bytes were asked for of which object; a whole object is (0, None)."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ranges: list[tuple[str, int, int | None]] = []
        plain = obstore.get

        def get(store: Any, path: str, *, options: Any = None) -> Any:
            if not (options or {}).get("head"):
                begin, end = (options or {}).get("range", (0, None))
                self.ranges.append((path, begin, end))
            return plain(store, path, options=options)

        monkeypatch.setattr(obstore, "get", get)

    @property
    def size_bytes(self) -> int:
        assert all(end is not None for _, _, end in self.ranges)
        return sum(end - begin for _, begin, end in self.ranges if end is not None)

    @property
    def whole(self) -> list[str]:
        return [path for path, _, end in self.ranges if end is None]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    return Asked(monkeypatch)


def pinned(world: World, store: Path, *, keep: bool = False) -> InputSource:
    return identify(world.uri, store, keep=keep, opening=world.opening).source


def put_days(world: World, count: int = 3, **how: Any) -> dict[str, bytes]:
    files = {f"date=2024-01-{day:02}/prices.parquet": wide(day, **how) for day in range(1, count + 1)}
    for path, data in files.items():
        world.put(path, data)
    return files


def test_the_read_columns_are_read_and_no_byte_of_another(
    tmp_path: Path, asked: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    world = in_memory()
    files = put_days(world)
    source = pinned(world, tmp_path / "laptop").of_columns(READ)
    asked.ranges.clear()
    folder = stage_reference(source, tmp_path / "pod", opening=world.opening)
    assert not asked.whole
    for path, data in files.items():
        (tmp_path / "whole.parquet").write_bytes(data)
        layout = layout_of(tmp_path / "whole.parquet")
        assert layout is not None
        unread = [span for name, spans in layout.columns.items() if name not in READ for span in spans]
        for key, begin, end in asked.ranges:
            if key.endswith(path):
                assert end is not None
                assert all(end <= first or last <= begin for first, last in unread), (begin, end)
        there = folder / path
        assert there.stat().st_size == len(data)
        assert pq.read_table(there, columns=[*READ]).equals(pq.read_table(io.BytesIO(data), columns=[*READ]))
        assert difference(folder, source) is None
    whole = sum(map(len, files.values()))
    with capsys.disabled():
        print(
            f"\n60 columns, 4 read: {asked.size_bytes:,} of {whole:,} bytes, {asked.size_bytes / whole:.1%}, "
            f"in {len(asked.ranges)} requests of {len(files)} files"
        )
    assert asked.size_bytes < whole / 8


def test_no_identity_is_another_and_what_was_written_before_is_read(tmp_path: Path) -> None:
    world = in_memory()
    files = put_days(world)
    source = pinned(world, tmp_path)
    (tmp_path / "here").mkdir()
    for path, data in files.items():
        (tmp_path / "here" / path).parent.mkdir()
        (tmp_path / "here" / path).write_bytes(data)
    few = source.of_columns(READ)
    assert source.digest == few.digest == digest_path(tmp_path / "here")
    assert source_from_json(json.loads(json.dumps(few.to_json()))) == few
    none = source.of_columns(None)
    assert none.parts_digest is None
    assert "parts" not in json.dumps(none.to_json())  # as it was always written
    (memory,) = (tmp_path / "cache" / "inputs").glob("source-*.json")
    old = {path: row[:3] for path, row in json.loads(memory.read_bytes()).items()}
    memory.write_text(json.dumps(old))
    again = identify(world.uri, tmp_path, keep=False, opening=world.opening)
    assert (again.read_files, again.source) == (0, none)


def flipped(data: bytes, name: str, folder: Path) -> bytes:
    (folder / "whole.parquet").write_bytes(data)
    layout = layout_of(folder / "whole.parquet")
    assert layout is not None
    begin, end = layout.rest[-1] if name == "the footer" else layout.columns[name][1]
    middle = (begin + end) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def unpinned(source: InputSource) -> InputSource:
    """The same without ETags: a store that keeps none, so that bytes alone tell."""
    return replace(source, files=tuple(replace(one, etag="", version=None) for one in source.files))


@pytest.mark.parametrize("part", ["close", "symbol", "the footer"])
def test_a_byte_of_a_read_part_that_is_another_is_refused(part: str, tmp_path: Path) -> None:
    world = in_memory()
    files = put_days(world)
    source = unpinned(pinned(world, tmp_path / "laptop").of_columns(READ))
    path = next(iter(files))
    world.put(path, flipped(files[path], part, tmp_path))
    with pytest.raises(StagingError, match="is not staged") as refused:
        stage_reference(source, tmp_path / "pod", opening=world.opening)
    (found,) = refused.value.diagnostics
    assert found.code == "NBC-E02"
    assert path in (found.cause or "")
    assert (part if part == "the footer" else f"column {part}") in (found.cause or "")
    assert not [*(tmp_path / "pod").rglob("*.parquet")]


def test_a_byte_of_an_unread_column_is_not_noticed_by_who_never_reads_it_and_is_by_who_reads_all(
    tmp_path: Path,
) -> None:
    world = in_memory()
    files = put_days(world)
    all_of_it = pinned(world, tmp_path / "laptop")
    path = next(iter(files))
    world.put(path, flipped(files[path], "x31", tmp_path))
    stage_reference(unpinned(all_of_it.of_columns(READ)), tmp_path / "pod", opening=world.opening)
    assert pinned(world, tmp_path / "other").digest != all_of_it.digest
    with pytest.raises(StagingError, match="is not staged"):  # the control
        stage_reference(unpinned(all_of_it.of_columns(None)), tmp_path / "pod", opening=world.opening)


def test_another_object_in_its_place_is_noticed_as_ever(tmp_path: Path) -> None:
    world = in_memory()
    files = put_days(world)
    source = pinned(world, tmp_path / "laptop").of_columns(READ)
    path = next(iter(files))
    world.put(path, files[path])
    with pytest.raises(StagingError, match="is not staged") as refused:
        stage_reference(source, tmp_path / "pod", opening=world.opening)
    assert [one.code for one in refused.value.diagnostics] == ["NBC-E12"]


@pytest.mark.parametrize("change", [lambda blocks: blocks[:-1], lambda blocks: [*blocks, b"more"]])
def test_an_answer_with_fewer_or_more_bytes_is_refused(
    change: Callable[[list[bytes]], list[bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nbcode.objects import Bucket

    world = in_memory()
    put_days(world)
    source = pinned(world, tmp_path / "laptop").of_columns(READ)
    plain = Bucket.read_range
    monkeypatch.setattr(Bucket, "read_range", lambda *given, **named: iter(change([*plain(*given, **named)])))
    with pytest.raises(StagingError, match="is not staged") as refused:
        stage_reference(source, tmp_path / "pod", opening=world.opening)
    assert [one.code for one in refused.value.diagnostics] == ["NBC-E12"]


def test_what_is_here_in_parts_is_never_taken_for_the_whole(tmp_path: Path) -> None:
    world = in_memory()
    put_days(world)
    whole = pinned(world, tmp_path / "laptop")
    few, fewer = whole.of_columns(READ), whole.of_columns(READ[:3])
    shared = tmp_path / "shared"
    places = [stage_reference(one, shared, opening=world.opening) for one in (few, fewer)]
    assert len({*places}) == 2
    assert not [*(shared / "data" / "fetched" / "files").glob("*")]
    all_of_it = stage_reference(whole.of_columns(None), shared, opening=world.opening)
    assert digest_path(all_of_it) == whole.digest
    assert digest_path(places[0]) != whole.digest


def nested() -> bytes:
    told = io.BytesIO()
    table = pq.read_table(io.BytesIO(wide())).append_column("legs", pa.array([[1.0, 2.0]] * ROWS))
    pq.write_table(table, told)
    return told.getvalue()


def twice() -> bytes:
    told = io.BytesIO()
    table = pq.read_table(io.BytesIO(wide()))
    pq.write_table(table.rename_columns([*COLUMNS[:-1], "x00"]), told)
    return told.getvalue()


@pytest.mark.parametrize(
    "data",
    [nested(), twice(), b"", b"PAR1", wide()[:-20] + b"PAR1", b"date,close\n"],
    ids=["nested", "a column twice", "empty", "its magic alone", "cut off", "no parquet"],
)
def test_an_odd_file_has_no_parts_and_is_read_whole(data: bytes, tmp_path: Path, asked: Asked) -> None:
    world = in_memory()
    world.put("odd.parquet", data)
    source = pinned(world, tmp_path / "laptop").of_columns(READ)
    assert source.parts_digest is None
    asked.ranges.clear()
    stage_reference(source, tmp_path / "pod", opening=world.opening)
    assert len(asked.whole) == len(asked.ranges) == 1


@pytest.mark.parametrize(
    ("chunks", "is_taken"),
    [
        ([(4, 10), (14, 10)], True),
        ([(4, 10), (13, 10)], False),
        ([(4, 10), (14, 990)], False),
        ([(0, 10), (14, 10)], False),
        ([(-4, 10), (14, 10)], False),
        ([(4, -1), (14, 10)], False),
        ([(4, 10), (14, 1 << 62)], False),
    ],
    ids=["as it should", "overlap", "over the footer", "over the magic", "before it", "negative", "far out"],
)
def test_a_footer_that_says_what_cannot_be_is_not_believed(
    chunks: list[tuple[int, int]], is_taken: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nbcode.inputs import _parts

    (tmp_path / "x.parquet").write_bytes(wide(rows=10)[:1000].ljust(1000))
    said = {f"c{n}": ((begin, begin + size),) for n, (begin, size) in enumerate(chunks)}
    monkeypatch.setattr(_parts, "_columns", lambda *_: said if all(s >= 0 for _, s in chunks) else None)

    class File:
        metadata = schema = None

        def __init__(self, _path: Path) -> None: ...
        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr(pq, "ParquetFile", File)
    assert (layout_of(tmp_path / "x.parquet") is not None) == is_taken


def test_an_encrypted_file_is_read_whole(tmp_path: Path) -> None:
    data = wide()
    (tmp_path / "x.parquet").write_bytes(data[:-4] + b"PARE")
    assert parts_of(tmp_path / "x.parquet") is None


def test_a_file_without_rows_has_no_parts_or_is_all_of_them(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_bytes(wide(rows=0))
    parts = parts_of(tmp_path / "x.parquet")
    assert parts is None or parts.size_bytes == (tmp_path / "x.parquet").stat().st_size


def test_the_parts_are_all_of_the_file(tmp_path: Path) -> None:
    data = wide(write_page_index=True)
    (tmp_path / "x.parquet").write_bytes(data)
    layout = layout_of(tmp_path / "x.parquet")
    assert layout is not None
    every = [*layout.rest, *(span for spans in layout.columns.values() for span in spans)]
    assert joined(every) == ((0, len(data)),)
    parts = parts_of(tmp_path / "x.parquet")
    assert parts is not None
    assert parts.size_bytes == len(data)
    assert {one.name for one in parts.columns if not one.number} == {"date", "symbol"}


def test_a_file_is_read_whole_where_little_would_be_left_out_or_questions_cost_more(
    tmp_path: Path, asked: Asked
) -> None:
    world = in_memory()
    put_days(world)
    source = pinned(world, tmp_path / "laptop")
    assert source.of_columns(COLUMNS[:40]).parts_digest is None
    assert source.of_columns([*READ, "no such column"]).parts_digest is None
    world = in_memory()
    put_days(world, row_group_size=50)  # 80 row groups: as many questions a column
    few = pinned(world, tmp_path / "groups").of_columns(READ[:3])
    asked.ranges.clear()
    folder = stage_reference(few, tmp_path / "pod", opening=world.opening)
    assert len(asked.whole) == 3
    assert digest_path(folder) == few.digest
    assert difference(folder, few) is None


def test_what_its_writer_stated_is_not_looked_at_and_is_read_whole(tmp_path: Path, asked: Asked) -> None:
    world = in_memory()
    data = wide()
    world.put("a.parquet", data, sha256=digest_bytes(data).hex)
    source = pinned(world, tmp_path / "laptop").of_columns(READ)
    assert (asked.ranges, source.parts_digest) == ([], None)


def test_parts_that_are_not_those_of_the_file_are_refused_before_its_footer_is_asked(tmp_path: Path) -> None:
    world = in_memory()
    put_days(world, 1)
    (one,) = unpinned(pinned(world, tmp_path / "laptop").of_columns(READ)).files
    assert one.parts is not None
    for rest in (((0, 10**15),), ((-1, 4),), ((8, 4),), ()):
        lying = replace(one, parts=replace(one.parts, rest=rest))
        source = InputSource(uri=world.uri, digest=one.digest, files=(lying,))
        with pytest.raises(StagingError, match="is not staged") as refused:
            stage_reference(source, tmp_path / "pod", opening=world.opening)
        assert [found.code for found in refused.value.diagnostics] == ["NBC-E02"]


def test_what_is_read_of_a_folder_that_another_wrote_into_is_told(tmp_path: Path) -> None:
    world = in_memory()
    files = put_days(world)
    source = pinned(world, tmp_path / "laptop").of_columns(READ)
    folder = stage_reference(source, tmp_path / "pod", opening=world.opening)
    path = next(iter(files))
    there = folder / path
    data = there.read_bytes()
    there.unlink()
    there.write_bytes(flipped(data, "close", tmp_path))
    assert "column close" in (difference(folder, source) or "")
    there.write_bytes(data)
    assert difference(folder, source) is None
    (folder / "more.parquet").write_bytes(wide(rows=1))
    assert difference(folder, source) is not None

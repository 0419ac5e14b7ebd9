"""A declared folder travels by its files: a new day costs one of them, and a list that is not the folder's own is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fakes.object_stores import in_memory
from nbcode.primitives import Digest, NbcodeError, digest_bytes, digest_file, digest_files
from nbcode.run._object_store import ObjectStore
from nbcode.run.carried import get_input, has_input, put_input

DAYS = {"2024/01.parquet": b"one" * 100, "2024/02.parquet": b"two" * 100, "notes.txt": b"three"}


@pytest.fixture
def store() -> ObjectStore:
    world = in_memory()
    return ObjectStore(world.uri, world.opening)


def written(folder: Path, files: dict[str, bytes]) -> Digest:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return digest_files({name: digest_file(folder / name) for name in files})


def there(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_folder_comes_out_as_it_went_in(store: ObjectStore, tmp_path: Path) -> None:
    digest = written(tmp_path / "daily", DAYS)
    assert not has_input(store, digest, 605)
    assert put_input(store, digest, tmp_path / "daily") == 605
    assert has_input(store, digest, 605)
    get_input(store, digest, tmp_path / "pod")
    assert there(tmp_path / "pod") == DAYS


def test_the_next_day_costs_its_own_file(store: ObjectStore, tmp_path: Path) -> None:
    put_input(store, written(tmp_path / "daily", DAYS), tmp_path / "daily")
    again = DAYS | {"2024/03.parquet": b"the next day"}
    digest = written(tmp_path / "daily", again)
    assert put_input(store, digest, tmp_path / "daily") == len(b"the next day")
    assert put_input(store, digest, tmp_path / "daily") == 0
    get_input(store, digest, tmp_path / "pod")
    assert there(tmp_path / "pod") == again


def test_a_file_is_carried_as_a_file(store: ObjectStore, tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_bytes(b"a,b\n")
    digest = digest_bytes(b"a,b\n")
    assert put_input(store, digest, tmp_path / "prices.csv") == 4
    get_input(store, digest, tmp_path / "pod" / "0.csv")
    assert (tmp_path / "pod" / "0.csv").read_bytes() == b"a,b\n"


def test_a_folder_that_is_another_by_now_is_not_carried(store: ObjectStore, tmp_path: Path) -> None:
    digest = written(tmp_path / "daily", DAYS)
    (tmp_path / "daily" / "notes.txt").write_bytes(b"four")
    with pytest.raises(NbcodeError, match="NBC-E12 `daily` changed while the run was submitted"):
        put_input(store, digest, tmp_path / "daily")
    assert not has_input(store, digest, 605)


def test_a_folder_of_which_a_file_is_gone_is_not_there(store: ObjectStore, tmp_path: Path) -> None:
    digest = written(tmp_path / "daily", DAYS)
    put_input(store, digest, tmp_path / "daily")
    assert has_input(store, digest, 605)  # the control
    world = store._bucket()
    world.delete(store._place(f"blobs/sha256/{digest_bytes(DAYS['notes.txt']).hex}"))
    assert not has_input(store, digest, 605)


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "a/../../b", "/etc/passwd", "a//b", "."],
    ids=["up", "up later", "absolute", "empty", "itself"],
)
def test_a_list_that_leads_out_of_its_folder_is_none(store: ObjectStore, tmp_path: Path, name: str) -> None:
    data = b"evil"
    digest = digest_files({name: digest_bytes(data)})
    store.put_blob(digest_bytes(data), data)
    listed = {"uri": "", "digest": str(digest), "files": [{"path": name, "digest": str(digest_bytes(data)), "size_bytes": 4, "etag": "", "version": None}]}  # fmt: skip
    store.put(f"folders/sha256/{digest.hex}", json.dumps(listed).encode())
    with pytest.raises(NbcodeError, match="NBC-H40"):
        get_input(store, digest, tmp_path / "pod" / "in")
    assert set(there(tmp_path)) <= {"pod/in"}
    assert b"evil" not in there(tmp_path).values()


@pytest.mark.parametrize("held", [b"", b"[]", b"{", b'{"uri": ""}', b"[" * 100_000])
def test_a_list_that_is_none_is_not_taken_for_one(store: ObjectStore, tmp_path: Path, held: bytes) -> None:
    digest = digest_bytes(b"a file")
    store.put(f"folders/sha256/{digest.hex}", held)
    store.put_blob(digest, b"a file")
    get_input(store, digest, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"a file"

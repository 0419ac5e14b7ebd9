"""Data in an object store: the same for a store in memory and for a real gateway that speaks S3."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from fakes.object_stores import BUCKET, VERSIONED, World, in_memory
from nbcode.inputs import StagingError, identify, source_from_json, stage_reference
from nbcode.inputs._files import RefusedFileError
from nbcode.inputs.fetching import fetch
from nbcode.primitives import digest_bytes, digest_path

_NUMBERS = itertools.count()


@pytest.fixture(params=["memory", "s3", "s3 with versions"])
def world(request, monkeypatch) -> World:
    if request.param == "memory":
        return in_memory()
    served = request.getfixturevalue("served")
    for name, value in served.variables.items():
        monkeypatch.setenv(name, value)
    bucket = VERSIONED if "versions" in request.param else BUCKET
    prefix = f"t{next(_NUMBERS)}"
    made = World(uri=f"s3://{bucket}/{prefix}", store=_Below(served.bucket(bucket), prefix))
    made.put = made.store.put  # type: ignore[method-assign]
    made.delete = made.store.delete  # type: ignore[method-assign]
    return made


class _Below:
    """A prefix of a bucket."""

    def __init__(self, store: object, prefix: str) -> None:
        self._store, self._prefix = store, prefix

    def put(self, path: str, data: bytes) -> None:
        import obstore

        obstore.put(self._store, f"{self._prefix}/{path}", data)  # type: ignore[arg-type]

    def delete(self, path: str) -> None:
        import obstore

        obstore.delete(self._store, f"{self._prefix}/{path}")  # type: ignore[arg-type]


DAYS = {f"date=2024-01-0{n}/part.parquet": b"day %d" % n * (1000 + n) for n in range(1, 6)}


def put_days(world: World, days: dict[str, bytes] = DAYS) -> None:
    for path, data in days.items():
        world.put(path, data)


def test_a_prefix_has_the_digest_of_the_same_folder_of_this_machine(world, tmp_path):
    put_days(world)
    for path, data in DAYS.items():
        (tmp_path / "here" / path).parent.mkdir(parents=True)
        (tmp_path / "here" / path).write_bytes(data)
    found = identify(world.uri, tmp_path / "store", opening=world.opening)
    assert found.source.digest == digest_path(tmp_path / "here")
    assert digest_path(fetch(found.source, tmp_path / "store", opening=world.opening)) == found.source.digest


def test_a_new_day_costs_its_own_file(world, tmp_path):
    put_days(world)
    first = identify(world.uri, tmp_path, opening=world.opening)
    assert (first.read_files, first.read_bytes) == (5, sum(map(len, DAYS.values())))
    again = identify(world.uri, tmp_path, opening=world.opening)
    assert (again.read_files, again.read_bytes, again.source) == (0, 0, first.source)
    world.put("date=2024-01-06/part.parquet", b"day 6")
    second = identify(world.uri, tmp_path, opening=world.opening)
    assert (second.read_files, second.read_bytes) == (1, 5)
    assert second.source.digest != first.source.digest
    world.delete("date=2024-01-06/part.parquet")
    assert identify(world.uri, tmp_path, opening=world.opening).source.digest == first.source.digest


def test_a_file_that_was_delivered_again_is_read_again(world, tmp_path):
    put_days(world)
    first = identify(world.uri, tmp_path, opening=world.opening)
    path = "date=2024-01-03/part.parquet"
    world.put(path, DAYS[path].replace(b"3", b"4"))  # as large as before
    second = identify(world.uri, tmp_path, opening=world.opening)
    assert (second.read_files, second.read_bytes) == (1, len(DAYS[path]))
    assert second.source.digest != first.source.digest


def test_what_is_staged_is_what_was_pinned(world, tmp_path):
    put_days(world)
    source = identify(world.uri, tmp_path / "laptop", keep=False, opening=world.opening).source
    assert not (tmp_path / "laptop" / "data").exists()  # the laptop keeps none of it
    told = source_from_json(source.to_json())
    path = stage_reference(told, tmp_path / "pod", opening=world.opening)
    assert digest_path(path) == source.digest
    assert (path / "date=2024-01-02" / "part.parquet").read_bytes() == DAYS["date=2024-01-02/part.parquet"]
    put_days(world, dict.fromkeys(DAYS, b"gone"))
    assert stage_reference(told, tmp_path / "pod", opening=world.opening) == path  # it has them already


def test_another_object_in_its_place_is_not_staged(world, tmp_path):
    put_days(world)
    source = identify(world.uri, tmp_path / "laptop", keep=False, opening=world.opening).source
    path = "date=2024-01-03/part.parquet"
    world.put(path, DAYS[path].replace(b"3", b"4"))
    if source.files[0].version is not None:  # the bucket has the old one still, and that is staged
        assert digest_path(stage_reference(source, tmp_path / "pod", opening=world.opening)) == source.digest
        return
    with pytest.raises(StagingError, match="is not staged") as refused:
        stage_reference(source, tmp_path / "pod", opening=world.opening)
    (finding,) = refused.value.diagnostics
    assert finding.code == "NBC-E12"
    assert path in str(finding.cause)


def test_another_digest_is_not_staged(world, tmp_path):
    put_days(world)
    source = identify(world.uri, tmp_path / "laptop", keep=False, opening=world.opening).source
    forged = replace(source, files=tuple(replace(f, digest=digest_bytes(b"other")) for f in source.files))
    with pytest.raises(StagingError, match="is not staged") as refused:
        stage_reference(forged, tmp_path / "pod", opening=world.opening)
    assert refused.value.diagnostics[0].code == "NBC-E02"
    assert not list((tmp_path / "pod").rglob("*.parquet"))
    with pytest.raises(ValueError, match="its digest is not that of its files"):
        source_from_json(forged.to_json())


def test_nothing_there_is_said(world, tmp_path):
    with pytest.raises(RefusedFileError, match="nothing is at") as refused:
        identify(world.uri, tmp_path, opening=world.opening)
    assert refused.value.code == "E01"


def test_one_object_is_one_file(served, monkeypatch, tmp_path):
    for name, value in served.variables.items():
        monkeypatch.setenv(name, value)
    _Below(served.bucket(VERSIONED), "one").put("prices.parquet", b"some bytes")
    source = identify(f"s3://{VERSIONED}/one/prices.parquet", tmp_path).source
    assert source.digest == digest_bytes(b"some bytes")
    assert [f.path for f in source.files] == [""]
    assert source.files[0].version
    path = fetch(source, tmp_path)
    assert (path.name, path.read_bytes()) == ("prices.parquet", b"some bytes")


@pytest.mark.parametrize(
    ("variables", "uri", "expected"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, f"s3://{BUCKET}/x", ("E50", "AWS_SECRET_ACCESS_KEY")),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, f"s3://{BUCKET}/x", ("E50", "AWS_ENDPOINT_URL")),
        ({}, "s3://no-such-bucket/x", ("E01", "nbcode.toml")),
    ],
)
def test_what_to_do_is_said(request, monkeypatch, variables, uri, expected):
    served, store = request.getfixturevalue("served"), request.getfixturevalue("tmp_path")
    for name, value in (served.variables | variables).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(RefusedFileError, match=uri) as refused:
        identify(uri, store)
    assert refused.value.code == expected[0]
    assert expected[1] in refused.value.fix


def test_a_mounted_folder_is_staged(tmp_path):
    (tmp_path / "volume").mkdir()
    (tmp_path / "volume" / "a.parquet").write_bytes(b"here")
    source = identify(str(tmp_path / "volume"), tmp_path / "store", keep=False).source
    assert source.digest == digest_path(tmp_path / "volume")
    assert digest_path(stage_reference(source, tmp_path / "pod")) == source.digest

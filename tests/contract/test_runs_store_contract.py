"""The object store that a cluster's runs travel through: the same for one in memory and for a real gateway that speaks S3."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from obstore.exceptions import GenericError

from fakes.object_stores import BUCKET, KEYS, VERSIONED, Counted, in_memory
from nbcode.configuration import ArgoConfig
from nbcode.objects import Bucket, Opening, Refusal, StoreError, open_address
from nbcode.primitives import NbcodeError, digest_bytes
from nbcode.run import _object_store
from nbcode.run._object_store import ObjectStore, open_store, store_of

_NUMBERS = itertools.count()
GOOD, OTHER = b"the bytes of a blob", b"others, as many yes"
BLOB = digest_bytes(GOOD)
AWAY = "Generic S3 error: Error performing PUT in 333ms, after 2 retries - HTTP error: error sending request"


@pytest.fixture(params=["memory", "s3", "s3 with versions"])
def opening(request, monkeypatch) -> Opening:
    if request.param == "memory":
        return in_memory().opening
    served = request.getfixturevalue("served")
    for name, value in served.variables.items():
        monkeypatch.setenv(name, value)
    place = f"s3://{VERSIONED if 'versions' in request.param else BUCKET}/runs-{next(_NUMBERS)}"
    return lambda _uri: open_address(place)


@pytest.fixture
def counted(monkeypatch) -> Counted:
    return Counted(monkeypatch)


@pytest.fixture
def store(opening: Opening) -> ObjectStore:
    return ObjectStore("s3://runs/of-a-test", opening)


def test_what_is_put_is_there_whole(store, tmp_path):
    assert store.get("runs/a/x") is None
    assert store.size("runs/a/x") is None
    store.put("runs/a/x", b"one")
    store.put("runs/a/x", b"another")
    (tmp_path / "file").write_bytes(b"from a file")
    store.put("runs/a/y", tmp_path / "file")
    store.put("runs/a/empty", b"")
    assert (store.get("runs/a/x"), store.size("runs/a/x")) == (b"another", 7)
    assert (store.get("runs/a/y"), store.get("runs/a/empty")) == (b"from a file", b"")


def test_what_is_there_is_not_written_again_by_who_would_create_it(store):
    assert store.create("runs/a/end", b"first")
    assert store.create("runs/a/end", b"first")  # of a put whose answer was lost
    assert not store.create("runs/a/end", b"second")
    assert store.get("runs/a/end") == b"first"
    store.put("runs/a/end", b"second")  # control: a plain put does
    assert store.get("runs/a/end") == b"second"


def test_a_blob_goes_once(store, counted, tmp_path):
    (tmp_path / "same").write_bytes(GOOD)
    assert store.put_blob(BLOB, GOOD) == len(GOOD)
    assert store.put_blob(BLOB, tmp_path / "same") == 0
    assert store.has_blob(BLOB, len(GOOD))
    assert not store.has_blob(BLOB, len(GOOD) + 1)
    assert not store.has_blob(digest_bytes(OTHER), len(OTHER))
    assert counted.put.count(f"blobs/sha256/{BLOB.hex}") == 1
    store.get_blob(BLOB, tmp_path / "taken" / "blob")
    assert (tmp_path / "taken" / "blob").read_bytes() == GOOD


@pytest.mark.parametrize("before", ["written by us", "never written down"])
def test_other_bytes_of_the_right_size_are_found_and_replaced_before_a_run(store, before, tmp_path):
    if before == "written by us":
        store.put_blob(BLOB, GOOD)
    store.put(f"blobs/sha256/{BLOB.hex}", OTHER)
    assert store.size(f"blobs/sha256/{BLOB.hex}") == len(GOOD)  # control: the size alone says nothing
    with pytest.raises(NbcodeError, match="could not be used"):
        store.get_blob(BLOB, tmp_path / "blob")
    assert not store.has_blob(BLOB, len(GOOD))
    assert store.put_blob(BLOB, GOOD) == len(GOOD)
    store.get_blob(BLOB, tmp_path / "blob")
    assert (tmp_path / "blob").read_bytes() == GOOD
    assert store.put_blob(BLOB, GOOD) == 0


def test_what_nobody_wrote_down_is_read_once(store, counted):
    store.put(f"blobs/sha256/{BLOB.hex}", GOOD)
    for _ in range(3):
        assert store.has_blob(BLOB, len(GOOD))
    assert counted.read.count(f"blobs/sha256/{BLOB.hex}") == 1
    assert store.put_blob(BLOB, GOOD) == 0


@pytest.mark.parametrize("held", [True, False])
def test_a_file_that_changed_is_not_left_under_the_digest_it_had(store, held, monkeypatch, tmp_path):
    monkeypatch.setattr(_object_store, "_HELD", 1 << 20 if held else 0)
    (tmp_path / "prices").write_bytes(OTHER)
    with pytest.raises(NbcodeError, match="changed while it was brought") as refused:
        store.put_blob(BLOB, tmp_path / "prices")
    assert refused.value.diagnostics[0].code == "NBC-E12"
    assert store.size(f"blobs/sha256/{BLOB.hex}") is None
    (tmp_path / "prices").write_bytes(GOOD)  # control
    assert store.put_blob(BLOB, tmp_path / "prices") == len(GOOD)


def test_what_is_larger_than_a_part_comes_back(store, tmp_path):
    large = bytes(range(256)) * (33 << 12)
    (tmp_path / "large").write_bytes(large)
    store.put_blob(digest_bytes(large), tmp_path / "large")
    store.get_blob(digest_bytes(large), tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == large
    assert store.put_blob(digest_bytes(large), tmp_path / "large") == 0


def test_a_folder_comes_as_files_and_goes(store, tmp_path):
    names = ("run.json", "raw/a b+c#%.png", "raw/models/é.skops", "raw/images/1.png")
    for name in names:
        store.put(f"runs/a/out/{name}", name.encode())
    store.put("runs/ab/out/other", b"")
    assert store.keys("runs/a/out") == tuple(sorted(names))
    assert store.keys("runs/nobody") == ()
    store.download("runs/a/out", tmp_path / "out")
    assert {
        p.relative_to(tmp_path / "out").as_posix(): p.read_bytes().decode() for p in _files(tmp_path / "out")
    } == dict(zip(names, names, strict=True))
    store.remove("runs/a/out/raw")
    store.remove("runs/a/out/raw")
    assert store.keys("runs/a/out") == ("run.json",)
    assert store.keys("runs/ab") == ("out/other",)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


class Down:
    """A bucket that does not answer so many times; ``waited`` are the pauses."""

    def __init__(self, monkeypatch, times: int, error: Exception | None = None) -> None:
        self.left, self.waited, self.error = times, [], error
        for name in ("put", "head", "read", "below", "delete"):
            plain = getattr(Bucket, name)
            monkeypatch.setattr(Bucket, name, self._instead(plain))

    def _instead(self, plain: Callable[..., object]) -> Callable[..., object]:
        def asked(*given: object, **named: object) -> object:
            if self.left:
                self.left -= 1
                raise self.error or StoreError(Refusal.AWAY, AWAY)
            return plain(*given, **named)

        return asked

    def store(self, patience_s: float) -> ObjectStore:
        return ObjectStore(
            "s3://runs/x",
            in_memory().opening,
            patience_s=patience_s,
            pause=self.waited.append,
            monotonic_s=lambda: sum(self.waited),
        )


@pytest.mark.parametrize("times", [1, 5, 12])
def test_a_store_that_is_down_for_a_minute_is_waited_for(monkeypatch, times):
    down = Down(monkeypatch, times)
    assert down.store(_object_store.PATIENT_S).put_blob(BLOB, GOOD) == len(GOOD)
    assert len(down.waited) == times
    assert (sum(down.waited) > 60) == (times == 12)
    assert max(down.waited) <= 8


@pytest.mark.parametrize(
    ("patience_s", "error"),
    [
        (0.0, StoreError(Refusal.AWAY, AWAY)),
        (_object_store.PATIENT_S, StoreError(Refusal.DENIED, "403 Forbidden")),
        (_object_store.PATIENT_S, StoreError(Refusal.MISSING, "no such bucket")),
    ],
)
def test_what_waiting_does_not_mend_is_said_at_once(monkeypatch, patience_s, error):
    down = Down(monkeypatch, 1, error)
    with pytest.raises(NbcodeError, match="could not be used for a") as refused:
        down.store(patience_s).put("a", b"")
    assert down.waited == []
    assert refused.value.diagnostics[0].code == "NBC-H40"


def test_a_store_that_stays_away_is_given_up(monkeypatch):
    down = Down(monkeypatch, 10_000)
    with pytest.raises(NbcodeError, match="could not be used for a") as refused:
        down.store(_object_store.PATIENT_S).get("a")
    assert _object_store.PATIENT_S <= sum(down.waited) < _object_store.PATIENT_S + 10
    assert "error sending request" in str(refused.value.diagnostics[0].cause)


@pytest.mark.parametrize(
    ("variables", "uri", "said"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, f"s3://{BUCKET}/x", ("403", "AWS_SECRET_ACCESS_KEY")),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, f"s3://{BUCKET}/x", ("HTTP error", "doctor")),
        ({}, "s3://no-such-bucket/x", ("NoSuchBucket", "doctor")),
    ],
)
def test_what_a_real_store_refuses_is_said_with_its_fix(served, monkeypatch, variables, uri, said):
    for name, value in (served.variables | variables).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(NbcodeError, match="could not be used for a") as refused:
        open_store(uri).put("a", b"")
    (told,) = refused.value.diagnostics
    assert told.code == "NBC-H40"
    assert said[0] in str(told.cause)
    assert any(said[1] in str(one) for one in told.fixes)
    assert KEYS[1] not in str(told)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (AWAY, Refusal.AWAY),
        ("Server returned non-2xx status code: 503 Service Unavailable: <?xml", Refusal.AWAY),
        ("Server returned non-2xx status code: 429 Too Many Requests", Refusal.AWAY),
        ("Server returned non-2xx status code: 501 Not Implemented", Refusal.OTHER),
        ("Server returned non-2xx status code: 400 Bad Request", Refusal.OTHER),
        ("Error performing GET http://169.254.169.254/ - HTTP error: error sending request", Refusal.DENIED),
    ],
)
def test_what_was_said_has_its_kind(said, kind):
    class Answers:
        def __call__(self, _uri: str) -> tuple[object, str]:
            raise GenericError(said)

    seen = []
    store = ObjectStore(
        "s3://runs/x", Answers(), patience_s=1.0, pause=seen.append, monotonic_s=lambda: len(seen)
    )
    with pytest.raises(NbcodeError, match="could not be used for a") as refused:
        store.get("a")
    assert bool(seen) == (kind is Refusal.AWAY)
    assert ("AWS_ACCESS_KEY_ID" in str(refused.value.diagnostics[0].fixes[0])) == (kind is Refusal.DENIED)


@pytest.mark.parametrize("uri", ["", "runs", "s3://", "https://store/runs"])
def test_another_address_is_none_of_a_store(uri):
    with pytest.raises(ValueError, match="no address of an object store"):
        open_store(uri)
    assert store_of(ArgoConfig(store="s3://runs/x"), {}).uri == "s3://runs/x"  # control

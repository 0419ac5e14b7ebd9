"""Laws of the store: content is the name; whole or not at all; the second writer finds it there."""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcode.artifact import (
    ArtifactMissingError,
    ArtifactRefusedError,
    ArtifactStore,
    Manifest,
    Provenance,
    decode_manifest,
    encode_manifest,
    place_shared,
    verify,
)
from nbcode.primitives import Digest, digest_bytes
from nbcode.run import ResultFile
from nbcode.run.manifest import list_files

PROVENANCE = Provenance(
    model_id="tiny",
    spec_digest=digest_bytes(b"spec"),
    definition_digest=None,
    environment_digest=None,
    platform_key="test",
    pins=(("PYTHONHASHSEED", "0"),),
)


def output(root: Path, **files: bytes) -> Path:
    out = root / "out"
    (out / "model").mkdir(parents=True)
    (out / "model" / "model.json").write_bytes(b"{}")
    (out / "report.json").write_bytes(files.get("report", b'{"figures":{}}'))
    return out


def put(store: Path, out: Path) -> Digest:
    return ArtifactStore(store).put(out, list_files(out), PROVENANCE).digest


def test_what_was_put_can_be_opened_and_verified(tmp_path: Path) -> None:
    store = ArtifactStore(tmp_path / "artifacts")
    out = output(tmp_path)
    kept = store.put(out, list_files(out), PROVENANCE)
    assert store.open(kept.digest) == kept
    assert verify(kept.path, kept.digest) == ()
    assert [f.path for f in kept.files] == ["model/model.json", "provenance.json", "report.json"]
    assert kept.path.name == kept.digest.hex


def test_the_same_content_is_the_same_artifact_and_other_content_is_not(tmp_path: Path) -> None:
    first = put(tmp_path / "a", output(tmp_path / "1"))
    assert put(tmp_path / "a", output(tmp_path / "2")) == first
    assert put(tmp_path / "b", output(tmp_path / "3")) == first
    assert put(tmp_path / "a", output(tmp_path / "4", report=b"{}")) != first
    assert len(list((tmp_path / "a").glob("[0-9a-f]*"))) == 2


def one_file(*paths: Path) -> bool:
    return len({(path.stat().st_dev, path.stat().st_ino) for path in paths}) == 1


def test_files_that_are_equal_are_stored_once_and_others_are_not(tmp_path: Path) -> None:
    store = tmp_path / "artifacts"
    first, second = (store / put(store, output(tmp_path / n, report=n.encode())).hex for n in ("one", "two"))
    assert one_file(first / "model" / "model.json", second / "model" / "model.json")
    assert not one_file(first / "report.json", second / "report.json")
    assert verify(first) == verify(second) == ()


def test_a_shared_file_that_was_changed_in_place_is_found_everywhere_and_is_given_to_nobody_else(
    tmp_path: Path,
) -> None:
    store = tmp_path / "artifacts"
    first = store / put(store, output(tmp_path / "one")).hex
    changed = first / "model" / "model.json"
    changed.chmod(0o644)
    changed.write_bytes(b"[]")
    second = store / put(store, output(tmp_path / "two", report=b"{}")).hex
    assert [d.code for d in verify(first)] == ["NBC-I06"]
    assert verify(second) == ()
    third = store / put(store, output(tmp_path / "three", report=b"[]")).hex
    assert one_file(second / "model" / "model.json", third / "model" / "model.json")


def test_where_the_disk_gives_no_file_two_names_a_copy_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "not permitted")

    monkeypatch.setattr(os, "link", refused)
    store = tmp_path / "artifacts"
    first, second = (store / put(store, output(tmp_path / n, report=n.encode())).hex for n in ("one", "two"))
    assert not one_file(first / "model" / "model.json", second / "model" / "model.json")
    place_shared(first / "report.json", tmp_path / "report.json")
    assert (tmp_path / "report.json").read_bytes() == b"one"
    assert verify(first) == verify(second) == ()
    assert not list(store.rglob("*.link"))


def test_a_missing_artifact_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(ArtifactMissingError, match="no artifact sha256:"):
        ArtifactStore(tmp_path).open(digest_bytes(b"nothing"))


def _link(out: Path) -> None:
    (out / "report.json").unlink()
    (out / "report.json").symlink_to("/etc/hostname")


def _link_directory(out: Path) -> None:
    (out / "model").rename(out.parent / "elsewhere")
    (out / "model").symlink_to(out.parent / "elsewhere")


def _fifo(out: Path) -> None:
    (out / "report.json").unlink()
    os.mkfifo(out / "report.json")


@pytest.mark.parametrize(
    "spoil",
    [
        _link,
        _link_directory,
        _fifo,
        lambda out: (out / "report.json").write_bytes(b"other"),
        lambda out: (out / "report.json").unlink(),
    ],
    ids=["link", "link to a directory", "fifo", "other bytes", "missing"],
)
def test_what_is_not_as_described_is_refused_and_leaves_nothing(spoil, tmp_path: Path) -> None:
    out = output(tmp_path)
    files = list_files(out)
    spoil(out)
    with pytest.raises(ArtifactRefusedError, match=r"report\.json|model"):
        ArtifactStore(tmp_path / "artifacts").put(out, files, PROVENANCE)
    assert list((tmp_path / "artifacts").iterdir()) == []


@pytest.mark.parametrize(
    "path", ["../x", "/etc/x", "a/../../x", "manifest.json", "provenance.json", "a//b", ""]
)
def test_a_path_that_is_not_inside_is_refused(path: str, tmp_path: Path) -> None:
    out = output(tmp_path)
    (first, *_) = list_files(out)
    with pytest.raises(ArtifactRefusedError, match=r"not a path inside|a name that the store"):
        ArtifactStore(tmp_path / "artifacts").put(out, [replace(first, path=path)], PROVENANCE)
    assert not (tmp_path / "artifacts").exists()


def _tamper_bytes(path: Path) -> None:
    (path / "report.json").chmod(0o644)
    (path / "report.json").write_bytes(b'{"figures":[]}')


def _tamper_manifest(path: Path) -> None:
    (path / "manifest.json").chmod(0o644)
    data = (path / "manifest.json").read_bytes()
    (path / "manifest.json").write_bytes(data.replace(b"text", b"tixt").replace(b'"size":"2"', b'"size":"3"'))


def _tamper_by_link(path: Path) -> None:
    (path / "report.json").rename(path.parent / "aside")
    (path / "report.json").symlink_to(path.parent / "aside")


@pytest.mark.parametrize(
    ("tamper", "told"),
    [
        (_tamper_bytes, "other bytes"),
        (_tamper_manifest, "not the one of its name"),
        (_tamper_by_link, "not a plain file"),
        (lambda p: (p / "report.json").unlink(), "missing"),
        (lambda p: (p / "extra.py").write_text("x"), "not listed"),
        (lambda p: (p / "manifest.json").unlink(), "cannot be read"),
    ],
    ids=["bytes", "manifest", "link", "missing", "extra", "no manifest"],
)
def test_tampering_is_told(tamper, told: str, tmp_path: Path) -> None:
    out = output(tmp_path)
    kept = ArtifactStore(tmp_path / "artifacts").put(out, list_files(out), PROVENANCE)
    tamper(kept.path)
    found = verify(kept.path, kept.digest)
    assert {d.code for d in found} == {"NBC-I06"}
    assert any(told in d.cause for d in found)


def _put_many(store: Path, out: Path, count: int) -> None:
    for _ in range(count):
        put(store, out)


def test_many_writers_of_one_content_leave_one_artifact(tmp_path: Path) -> None:
    out = output(tmp_path)
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_put_many, args=(tmp_path / "store", out, 10)) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [w.exitcode for w in writers] == [0] * 4
    (kept,) = (tmp_path / "store").glob("[0-9a-f]*")
    assert verify(kept) == ()


KILLED = """
import sys, time
from pathlib import Path
from nbcode.artifact import ArtifactStore
sys.path.insert(0, {here!r})
from test_store import PROVENANCE
from nbcode.run.manifest import list_files
out = Path({out!r})
import nbcode.artifact.store as store
def wait(made, home, *, durable):
    print("copied", flush=True)
    time.sleep(60)
store.place_directory = wait
ArtifactStore(Path({store!r})).put(out, list_files(out), PROVENANCE)
"""


def test_what_a_killed_put_left_is_swept_by_the_next(tmp_path: Path) -> None:
    out = output(tmp_path)
    store = tmp_path / "store"
    code = KILLED.format(here=str(Path(__file__).parent), out=str(out), store=str(store))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    assert {p.name[:10] for p in store.iterdir()} == {".incoming-", ".shared"}
    kept = put(store, out)
    assert sorted(p.name for p in store.iterdir()) == [".shared", kept.hex]


names = st.text(alphabet="abcdefgh_-.0123456789", min_size=1, max_size=12).filter(lambda n: n.strip("."))


@given(st.dictionaries(names, st.tuples(st.integers(0, 2**60), st.binary(max_size=8)), max_size=6))
def test_a_manifest_survives_its_encoding(content: dict[str, tuple[int, bytes]]) -> None:
    content.pop("manifest.json", None)
    manifest = Manifest(
        files=tuple(
            ResultFile(path=name, size_bytes=size, digest=digest_bytes(data), media_type="text/plain")
            for name, (size, data) in sorted(content.items())
        )
    )
    assert decode_manifest(encode_manifest(manifest)) == manifest


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b'{"files":[1],"schema_version":1}', b'{ "files":[],"schema_version":1}', b"\xff"],
)
def test_what_is_no_manifest_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        decode_manifest(data)


def stored_manifest() -> bytes:
    """Written before manifests went through the codec."""
    return (Path(__file__).parents[2] / "golden" / "records" / "manifest.json").read_bytes()


def test_a_stored_manifest_is_read_and_keeps_its_digest() -> None:
    manifest = decode_manifest(stored_manifest())
    assert [(f.path, f.size_bytes, f.media_type) for f in manifest.files] == [
        ("model/model.json", 2**53 + 1, "application/json"),
        ("report.html", 0, "text/html"),
    ]
    assert encode_manifest(manifest) == stored_manifest()
    assert (
        digest_bytes(stored_manifest())
        == "sha256:f198ebe0bb16b6a35e3bcfa6d12c1bcc8461aef2dcff0e27e00c7f53188fdf12"
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"size":"0"', b'"size":0'),
        (b'"size":"0"', b'"size":"00"'),
        (b'"size":"0"', b'"size":"-1"'),
        (b'"path":"report.html"', b'"path":"../report.html"'),
        (b'"sha256":"cd', b'"sha256":"CD'),
        (b'"schema_version":1', b'"schema_version":2'),
        (b'"schema_version":1', b'"schema_version":true'),
        (b'{"files"', b'{"extra":1,"files"'),
    ],
)
def test_a_manifest_that_is_written_otherwise_is_refused(old: bytes, new: bytes) -> None:
    assert stored_manifest().count(old) == 1
    with pytest.raises(ValueError, match=r"manifest|sha256|path"):
        decode_manifest(stored_manifest().replace(old, new))

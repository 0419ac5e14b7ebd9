"""Laws of archives: one version is one byte string; whatever differs from it in any place is refused before anything is written."""

from __future__ import annotations

import io
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from nbcode.primitives import NbcodeError, canonical_json, digest_bytes, digest_file, to_plain
from nbcode.registry.archive import (
    RECORD_NAME,
    ArchivedVersion,
    ArchiveRefusedError,
    check_archive,
    list_archived,
    unpack_archive,
    write_archive,
)

FILES = {
    "MLmodel": b"{}\n",
    "spec.json": b'{"schema_version":1}',
    "wheels/alpha_bench-0.1.0-py3-none-any.whl": b"PK" * 300,
    "ab" * 32 + "/pictures/" + "a_long_name_" * 6 + ".svg": b"<svg/>",
    "ab" * 32 + "/empty.json": b"",
    "ab" * 32 + "/größe.json": b"1" * 512,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, data in FILES.items():
        (tmp_path / "version" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "version" / name).write_bytes(data)
    return tmp_path / "version"


def record_of(folder: Path) -> ArchivedVersion:
    return ArchivedVersion(
        model="xsmom",
        version=3,
        key=digest_bytes(b"key"),
        spec_digest=digest_bytes(b"spec"),
        artifact_digest=digest_bytes(b"artifact"),
        registered_at="2026-01-05T09:00:00.250Z",
        registered_by="quant",
        owner="team",
        path="notebook",
        line="",
        notebook="a.ipynb",
        snapshot=None,
        registry="http://mlflow.example:5000",
        files=list_archived(folder),
    )


def archive_of(folder: Path, record: ArchivedVersion | None = None) -> bytes:
    stream = io.BytesIO()
    digest = write_archive(record or record_of(folder), folder, stream)
    assert digest == digest_bytes(stream.getvalue())
    return stream.getvalue()


def checked(data: bytes, place: Path) -> ArchivedVersion:
    """What is in ``data``; nothing is written when it is refused, by either reader."""
    (place / "one.tar").write_bytes(data)
    record = check_archive(place / "one.tar")
    assert unpack_archive(place / "one.tar", place / "unpacked") == record
    return record


def test_a_version_comes_out_as_it_went_in_and_other_programs_can_read_it(
    folder: Path, tmp_path: Path
) -> None:
    data = archive_of(folder)
    assert checked(data, tmp_path) == record_of(folder)
    assert {name: (tmp_path / "unpacked" / name).read_bytes() for name in FILES} == FILES
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        assert tar.getnames() == [RECORD_NAME, *(f"model/{name}" for name in sorted(FILES))]


def test_a_version_is_one_byte_string_whatever_the_times_and_modes_of_its_files(folder: Path) -> None:
    first = archive_of(folder)
    for path in folder.rglob("*.json"):
        path.chmod(0o400)
    assert archive_of(folder) == first
    (folder / "spec.json").chmod(0o600)
    (folder / "spec.json").write_bytes(b"{}")
    assert archive_of(folder) != first


def test_an_archive_with_any_byte_changed_is_refused(folder: Path, tmp_path: Path) -> None:
    """Every header, every member's bytes, every padding, the record and the end."""
    data = archive_of(folder)
    for at in range(len(data)):
        if at % 7 and at > 1024:
            continue
        torn = bytearray(data)
        torn[at] ^= 0x01
        (tmp_path / "one.tar").write_bytes(torn)
        with pytest.raises(ArchiveRefusedError, match=r"the archive is refused: "):
            check_archive(tmp_path / "one.tar")


@pytest.mark.parametrize("member", sorted(FILES))
def test_an_archive_with_a_member_changed_is_refused(folder: Path, tmp_path: Path, member: str) -> None:
    record = record_of(folder)
    data = archive_of(folder)
    (folder / member).chmod(0o600)
    (folder / member).write_bytes(FILES[member] + b"x")
    with pytest.raises(ArchiveRefusedError, match=r"has other bytes|is not as nbcode"):
        archive_of(folder, record)
    more = replace(record, files=list_archived(folder))
    assert archive_of(folder, more) != data


def test_a_cut_or_longer_archive_is_refused(folder: Path, tmp_path: Path) -> None:
    data = archive_of(folder)
    for size in (0, 1, 511, 512, 1000, len(data) // 2, len(data) - 1024, len(data) - 1):
        (tmp_path / "one.tar").write_bytes(data[:size])
        with pytest.raises(ArchiveRefusedError, match=r"refused"):
            check_archive(tmp_path / "one.tar")
    (tmp_path / "one.tar").write_bytes(data + bytes(512))
    with pytest.raises(ArchiveRefusedError, match=r"it has [\d,]+ bytes, and says"):
        check_archive(tmp_path / "one.tar")


@pytest.mark.parametrize("path", ["../x", "/x", "a/../../x", "a\\b", "", ".", "a/./b", "a//b", "a\0b", "a/"])
def test_a_path_that_leads_elsewhere_is_refused(folder: Path, path: str) -> None:
    record = record_of(folder)
    with pytest.raises(ValueError, match=r"not a path inside a version|sorted by path"):
        replace(record, files=(replace(record.files[0], path=path),))


def test_a_record_that_names_such_a_path_is_refused(folder: Path, tmp_path: Path) -> None:
    plain = to_plain(record_of(folder))
    assert isinstance(plain, dict)
    plain["files"] = [{"path": "../x", "size": 0, "sha256": "0" * 64}]
    digest = digest_bytes(canonical_json(plain))
    wire = canonical_json({"digest": digest, "schema_version": 1, "version": plain})
    info = tarfile.TarInfo(RECORD_NAME)
    info.size = len(wire)
    data = info.tobuf(tarfile.PAX_FORMAT, "utf-8", "strict") + wire + bytes(-len(wire) % 512 + 1024)
    (tmp_path / "one.tar").write_bytes(data)
    with pytest.raises(ArchiveRefusedError, match=r"not a path inside a version"):
        check_archive(tmp_path / "one.tar")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE])
def test_a_link_or_folder_in_the_place_of_a_file_is_refused(
    folder: Path, tmp_path: Path, kind: bytes
) -> None:
    data = archive_of(folder)
    info = tarfile.TarInfo("model/spec.json")
    info.size, info.mtime, info.type, info.linkname = len(FILES["spec.json"]), 0, kind, "/etc/passwd"
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        at = tar.getmember("model/spec.json").offset
    torn = data[:at] + info.tobuf(tarfile.USTAR_FORMAT)[:512] + data[at + 512 :]
    (tmp_path / "one.tar").write_bytes(torn)
    with pytest.raises(ArchiveRefusedError, match=r"the header of spec\.json is not as nbcode writes it"):
        check_archive(tmp_path / "one.tar")


def test_a_file_that_says_it_is_huge_is_refused_before_it_is_read(folder: Path, tmp_path: Path) -> None:
    record = record_of(folder)
    huge = replace(record, files=(replace(record.files[0], size=1 << 50),))
    stream = io.BytesIO()
    with pytest.raises(ArchiveRefusedError, match=r"it ends within|other bytes"):
        write_archive(huge, folder, stream)
    (tmp_path / "one.tar").write_bytes(stream.getvalue())
    with pytest.raises(ArchiveRefusedError, match=r"it has [\d,]+ bytes, and says that it has 1,125,\d"):
        check_archive(tmp_path / "one.tar")


def test_a_link_is_not_archived(folder: Path) -> None:
    (folder / "link").symlink_to("/etc/passwd")
    with pytest.raises(ArchiveRefusedError, match=r"link is no plain file"):
        list_archived(folder)


def test_what_is_no_archive_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(NbcodeError, match=r"NBC-X04 .* cannot be read"):
        check_archive(tmp_path / "none.tar")
    (tmp_path / "one.tar").write_bytes(b"hello" * 1000)
    with pytest.raises(ArchiveRefusedError, match=r"it is no tar of nbcode"):
        check_archive(tmp_path / "one.tar")
    assert digest_file(tmp_path / "one.tar")

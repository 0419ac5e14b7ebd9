"""The result manifest: built inside, last and atomically; read and believed outside only when all of it agrees."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
import shutil
import stat
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Literal

from alpha_bench.describe import place_directory, write_atomic
from nbcode.configuration import setting
from nbcode.primitives import (
    Diagnostic,
    Digest,
    Json,
    canonical_json,
    dataclass,
    digest_bytes,
    digest_file,
    from_plain,
    to_plain,
)
from nbcode.run.executed import TIMED_NAME
from nbcode.run.values import Limits, ResultFile, ResultManifest

RESULT_NAME = "result.json"
_MEDIA_TYPES = {
    ".json": "application/json",
    ".html": "text/html",
    ".parquet": "application/vnd.apache.parquet",
    ".ipynb": "application/x-ipynb+json",
    ".npz": "application/vnd.numpy.npz",
    ".npy": "application/vnd.numpy.npy",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".skops": "application/vnd.skops",
}


def list_files(out: Path) -> tuple[ResultFile, ...]:
    """Every regular file of the result below ``out`` but its manifest, sorted by path. Raises ``ValueError`` for links and anything
    else that is neither file nor directory."""
    found = []
    for directory, names, files in os.walk(out):
        for name in (*names, *files):
            path = Path(directory) / name
            mode = path.lstat().st_mode
            relative = path.relative_to(out).as_posix()
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                raise ValueError(f"{relative} is a link or a special file")
            if stat.S_ISREG(mode) and relative not in (RESULT_NAME, TIMED_NAME):
                found.append(_file(path, relative))
    return tuple(sorted(found, key=lambda f: f.path))


def _file(path: Path, relative: str) -> ResultFile:
    return ResultFile(
        path=relative,
        size_bytes=path.stat().st_size,
        digest=digest_file(path),
        media_type=_MEDIA_TYPES.get(path.suffix, "application/octet-stream"),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _WireFile:
    path: str
    size_bytes: int
    sha256: str
    media_type: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _WireResult:
    schema_version: Literal[1]
    nonce: str
    spec_digest: Digest
    definition_digest: Digest | None
    pins: Mapping[str, str]
    files: tuple[_WireFile, ...]


def result_to_json(result: ResultManifest) -> dict[str, Json]:
    """The form that is written."""
    wire = _WireResult(
        schema_version=1,
        nonce=result.nonce,
        spec_digest=result.spec_digest,
        definition_digest=result.definition_digest,
        pins=dict(result.pins),
        files=tuple(
            _WireFile(path=f.path, size_bytes=f.size_bytes, sha256=f.digest.hex, media_type=f.media_type)
            for f in result.files
        ),
    )
    plain = to_plain(wire)
    assert isinstance(plain, dict)
    return plain


def write_result(result: ResultManifest, out: Path) -> None:
    """Write ``out/result.json``: whole or not at all."""
    write_atomic(out / RESULT_NAME, canonical_json(result_to_json(result)), durable=True)


def read_result(out: Path) -> ResultManifest:
    """Read ``out/result.json``. Raises ``ValueError`` when it is missing or not one."""
    try:
        plain = json.loads((out / RESULT_NAME).read_bytes())
    except (OSError, RecursionError) as error:
        raise ValueError(f"no complete result manifest: {error}") from error
    wire = from_plain(_WireResult, plain, "the result manifest")
    return ResultManifest(
        nonce=wire.nonce,
        spec_digest=wire.spec_digest,
        definition_digest=wire.definition_digest,
        pins=tuple(sorted(wire.pins.items())),
        files=tuple(
            ResultFile(
                path=_inner(f.path),
                size_bytes=f.size_bytes,
                digest=Digest("sha256:" + f.sha256),
                media_type=f.media_type,
            )
            for f in wire.files
        ),
    )


def result_digest(result: ResultManifest) -> Digest:
    """The identity of what a run left, whichever process made it: path and digest of each file."""
    return digest_bytes(canonical_json([[file.path, str(file.digest)] for file in result.files]))


def _inner(path: str) -> str:
    parts = PurePosixPath(path).parts
    if not parts or parts[0] == "/" or ".." in parts or str(PurePosixPath(path)) != path:
        raise ValueError(f"{path!r} is no path inside the result")
    return path


def output_problem(out: Path, limits: Limits) -> Diagnostic | None:
    """NBC-H06 when what was left is too much, too many, or not plain files; None when it is fine."""
    count = size = 0
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        return _h06(
            f"`{out.name}` of the run is a link or a special file", "Only plain files can be kept", _PLAIN
        )
    for directory, names, files in os.walk(out):
        for name in (*names, *files):
            status = (Path(directory) / name).lstat()
            if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
                return _h06(
                    f"`{name}` in the output is a link or a special file",
                    "Only plain files can be kept",
                    _PLAIN,
                )
            count += 1
            size += status.st_size
    if count > limits.output_files:
        return _h06(f"the run left {count} files", f"The limit is {limits.output_files}", _FEWER)
    if size > limits.output_bytes:
        return _h06(f"the run left {_mb(size)}", f"The limit is {_mb(limits.output_bytes)}", _LESS)
    return None


def integrity_problem(out: Path, *, nonce: str, spec_digest: Digest) -> str | None:
    """Why what is in ``out`` is no result of the run with ``nonce``; None when its manifest is this run's own and everything
    that it lists, and nothing else, is there."""
    try:
        result = read_result(out)
        if result.nonce != nonce:
            return "the result manifest is not this run's"
        if result.spec_digest != spec_digest:
            return "the result manifest is of another spec"
        if result.files != list_files(out):
            return "the files are not what the result manifest lists"
    except ValueError as error:
        return str(error)
    return None


def collect_result(source: Path, into: Path) -> ResultManifest:
    """Put the result in ``source`` at ``into``: whole, every digest checked where it arrived, or not at all. Files are linked
    where the disk allows it, else copied. What is at ``into`` already stays when it is that result, else it is replaced.

    Raises ``ValueError`` when the result is not what its manifest says, ``OSError`` when the disk refuses.
    """
    result = read_result(source)
    if _is_there(result, into):
        return result
    into.parent.mkdir(parents=True, exist_ok=True)
    beside = into.with_name(f"{into.name}.{secrets.token_hex(6)}.part")
    try:
        for name in (*(file.path for file in result.files), RESULT_NAME):
            _linked(source / name, beside / name)
        if not _is_there(result, beside):
            raise ValueError("the files are not what the result manifest lists")
        shutil.rmtree(into, ignore_errors=True)
        if not place_directory(beside, into, durable=False) and not _is_there(result, into):
            raise OSError(errno.ENOTEMPTY, "something else is there, and cannot be removed", str(into))
    except FileNotFoundError as error:
        raise ValueError(f"a file of the result is missing: {error.filename}") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return result


def _is_there(result: ResultManifest, at: Path) -> bool:
    with contextlib.suppress(ValueError, OSError):
        return read_result(at) == result and list_files(at) == result.files
    return False


def _linked(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:  # no new bytes: another name for those that the run left
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copyfile(source, target, follow_symlinks=False)


_PLAIN = "take out what makes links, pipes or devices below the run's own folder: leave plain files there"


_FEWER = "write fewer and larger files: a table for all of them"
_LESS = f"write less, or raise {setting('run', 'output_limit')}"


def _mb(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.3g} MB" if size_bytes < 1e9 else f"{size_bytes / 1e9:.3g} GB"


def _h06(message: str, cause: str, fix: str) -> Diagnostic:
    return Diagnostic(code="NBC-H06", message=message, cause=cause, fixes=(fix,))

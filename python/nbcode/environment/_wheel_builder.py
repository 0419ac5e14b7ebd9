"""The window that makes a wheel of what is installed, so that what no index has can be installed where a candidate is used."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

from alpha_bench.describe import atomic_file
from nbcode.environment._copying import as_record
from nbcode.environment._installed import Site, record_entries, source_files

_WHEEL = "Wheel-Version: 1.0\nGenerator: nbcode\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
_NOT_INSTALLED = frozenset({"pyproject.toml"})
_MODE = 0o644 << 16


def build_wheel(name: str, site: Site, folder: Path) -> Path:
    """Write the wheel of the distribution ``name``, which ``site`` has in pure Python, into ``folder``: of its directory, where it
    is installed from one, else of the files that its wheel brought.

    Equal sources give equal names and members. Whoever comes second replaces it by the same. Raises ``OSError``.
    """
    version, info = site.infos[name]
    home = f"{name.replace('-', '_')}-{version}.dist-info"
    directory = site.directory(name)
    if directory is None:
        paths = [path for path, _ in record_entries(info) if not path.startswith(f"{home}/")]
        members = {path: (info.parent / path).read_bytes() for path in paths}
    else:
        files = [file for file in source_files(directory) if file not in _NOT_INSTALLED]
        members = {f"{directory.name}/{file}": (directory / file).read_bytes() for file in files}
    members[f"{home}/METADATA"] = (info / "METADATA").read_bytes()
    members[f"{home}/WHEEL"] = _WHEEL.encode()
    members[f"{home}/RECORD"] = _record(members, home)
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    with (
        atomic_file(wheel, durable=False) as stream,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
    ):
        for path, data in sorted(members.items()):
            member = zipfile.ZipInfo(path, _FIRST_DAY)
            member.external_attr, member.compress_type = _MODE, zipfile.ZIP_DEFLATED
            archive.writestr(member, data)
    return wheel


def _record(members: dict[str, bytes], home: str) -> bytes:
    hashes = {path: as_record(hashlib.sha256(data).digest()) for path, data in members.items()}
    rows = [f"{path},{hashes[path]},{len(data)}" for path, data in sorted(members.items())]
    return ("\n".join([*rows, f"{home}/RECORD,,"]) + "\n").encode()

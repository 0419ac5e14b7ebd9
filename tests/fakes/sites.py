"""Installations and wheels for the tests: small, real files."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from nbcode.environment import Site
from nbcode.environment.locking import RUNNER_NEEDS


def row(path: str, data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{path},sha256={digest},{len(data)}"


def install(
    site: Path, name: str, version: str = "1.0", requires: tuple[str, ...] = (), module: str | None = None
) -> Path:
    """Put a distribution with one package into ``site`` as an installer would, and return its .dist-info."""
    package = module or name.replace("-", "_")
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    extras = sorted({r.split("extra == ")[1].strip("\"' ") for r in requires if "extra ==" in r})
    metadata = "".join(
        [
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
            *(f"Provides-Extra: {e}\n" for e in extras),
            *(f"Requires-Dist: {r}\n" for r in requires),
        ]
    )
    files = {
        f"{package}/__init__.py": f"VERSION = {version!r}\n".encode(),
        f"{info.name}/METADATA": metadata.encode(),
    }
    for path, data in files.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_bytes(data)
    (info / "RECORD").write_text("\n".join([*(row(p, d) for p, d in files.items()), f"{info.name}/RECORD,,"]))
    return info


def install_editable(site: Path, project: Path, name: str, version: str = "1.0") -> Path:
    """Install a project directory with one package as editable, and return the package."""
    package = project / name.replace("-", "_")
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("X = 1\n")
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "RECORD").write_text(f"_{name}.pth,sha256=x,1\n")
    (info / "direct_url.json").write_text(
        json.dumps({"url": project.as_uri(), "dir_info": {"editable": True}})
    )
    (site / f"_{name}.pth").write_text(f"{project}\n")
    return package


def runner_site(folder: Path, **needs: tuple[str, ...]) -> Site:
    """A site that has what a clean run needs; ``needs`` gives requirements by distribution."""
    for name in RUNNER_NEEDS:
        install(folder, name, requires=needs.pop(name.replace("-", "_"), ()))
    for name, requires in needs.items():
        install(folder, name.replace("_", "-"), requires=requires)
    return Site((folder,))


def write_wheel(
    folder: Path,
    name: str,
    version: str = "1.0",
    *,
    tag: str = "py3-none-any",
    code: bytes = b"X = 1\n",
    extra: Mapping[str, bytes] = MappingProxyType({}),
) -> str:
    """A wheel with one module, and ``extra`` files, in ``folder``; returns its hash as a lock writes it."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{name.replace('-', '_')}-{version}"
    files = {
        f"{name.replace('-', '_')}.py": code,
        **extra,
        f"{stem}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{stem}.dist-info/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n".encode(),
    }
    record = "".join(f"{row(p, d)}\n" for p, d in files.items()) + f"{stem}.dist-info/RECORD,,\n"
    path = folder / f"{stem}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file, data in (*files.items(), (f"{stem}.dist-info/RECORD", record.encode())):
            archive.writestr(file, data)
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"

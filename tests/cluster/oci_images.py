"""Images FROM scratch as OCI archives, written as the image specification says: one layer, one manifest, no daemon.

The same files make the same digest.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_TYPE = "application/vnd.oci.image"


@dataclass(frozen=True, kw_only=True)
class Image:
    """``files`` by their path in the image: text, or a program on this machine."""

    name: str
    entrypoint: Sequence[str]
    files: Mapping[str, str | Path] = field(default_factory=dict)
    user: int = 65532
    environment: Sequence[str] = ("PATH=/bin",)


def write_archive(image: Image, path: Path) -> Path:
    """``path`` appears whole, or not at all."""
    layer = _layer(image)
    configuration = _json(
        {
            "architecture": _architecture(),
            "os": "linux",
            "config": {
                "User": str(image.user),
                "Entrypoint": list(image.entrypoint),
                "Env": list(image.environment),
                "WorkingDir": "/",
            },
            "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]},
        }
    )
    manifest = _json(
        {
            "schemaVersion": 2,
            "mediaType": f"{_TYPE}.manifest.v1+json",
            "config": _descriptor(f"{_TYPE}.config.v1+json", configuration),
            "layers": [_descriptor(f"{_TYPE}.layer.v1.tar", layer)],
        }
    )
    known_as = {"org.opencontainers.image.ref.name": image.name, "io.containerd.image.name": image.name}
    index = {
        "schemaVersion": 2,
        "manifests": [_descriptor(f"{_TYPE}.manifest.v1+json", manifest) | {"annotations": known_as}],
    }
    written = path.with_suffix(".part")
    with tarfile.open(written, "w") as archive:
        _add(archive, "oci-layout", _json({"imageLayoutVersion": "1.0.0"}))
        _add(archive, "index.json", _json(index))
        for blob in (layer, configuration, manifest):
            _add(archive, f"blobs/sha256/{_digest(blob).removeprefix('sha256:')}", blob)
    written.replace(path)
    return path


def _layer(image: Image) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as layer:
        folders = {str(parent) for name in image.files for parent in Path(name).parents if str(parent) != "."}
        for folder in sorted({*folders, "tmp"}):
            made = tarfile.TarInfo(folder)
            made.type, made.mode = tarfile.DIRTYPE, 0o1777 if folder == "tmp" else 0o755
            layer.addfile(made)
        for name, source in sorted(image.files.items()):
            if isinstance(source, Path):
                _add(layer, name, source.read_bytes(), mode=0o755)
            else:
                _add(layer, name, source.encode())
    return content.getvalue()


def _add(archive: tarfile.TarFile, name: str, content: bytes, *, mode: int = 0o644) -> None:
    made = tarfile.TarInfo(name)
    made.size, made.mode = len(content), mode
    archive.addfile(made, io.BytesIO(content))


def _descriptor(kind: str, blob: bytes) -> dict[str, object]:
    return {"mediaType": kind, "digest": _digest(blob), "size": len(blob)}


def _digest(blob: bytes) -> str:
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"


def _json(told: object) -> bytes:
    return json.dumps(told, sort_keys=True).encode()


def _architecture() -> str:
    import platform

    return {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())

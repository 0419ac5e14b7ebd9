"""The window to the files of a version, wherever the registry says that they are."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from nbcode.artifact import place_shared
from nbcode.primitives import Diagnostic
from nbcode.registry.port import RegistryError
from nbcode.registry.version import ModelVersion

_OF_MLFLOW = ("registered_model_meta",)
"""What MLflow leaves beside a model that it has loaded."""


def fetch_files(client: Any, version: ModelVersion, into: Path) -> None:
    """Bring the files of ``version`` into the folder ``into``, which is made anew. Raises ``RegistryError`` (NBC-I47) where they are not."""
    shutil.rmtree(into, ignore_errors=True)
    into.parent.mkdir(parents=True, exist_ok=True)
    found = client.get_model_version(version.model, str(version.version))
    place = urlsplit(found.source)
    if place.scheme == "file":
        source = Path(unquote(place.path))
        if not source.is_dir():
            raise RegistryError(_gone(version, found.source))
        shutil.copytree(source, into, copy_function=_placed, symlinks=True)
    else:
        beside = into.with_name(f"{into.name}.coming")
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir()
        brought = Path(client.download_artifacts(found.run_id, "model", str(beside)))
        if not brought.is_dir():
            raise RegistryError(_gone(version, found.source))
        shutil.move(brought, into)
        shutil.rmtree(beside, ignore_errors=True)
    for name in _OF_MLFLOW:
        (into / name).unlink(missing_ok=True)


def _placed(source: str, target: str) -> None:
    place_shared(Path(source), Path(target))


def _gone(version: ModelVersion, source: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-I47",
        message=f"the files of {version.model} version {version.version} are not where the registry says",
        cause=f"there is no folder {source}",
        fixes=(
            "restore that folder from a backup",
            "`nbcode import FILE` where the version was exported",
            "`nbcode promote NOTEBOOK --again` makes it anew",
        ),
    )

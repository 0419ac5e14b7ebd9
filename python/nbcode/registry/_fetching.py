"""The window to the files of a version, wherever the registry says that they are."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from nbcode.artifact import place_shared
from nbcode.primitives import Diagnostic
from nbcode.registry.port import NO_FILES, RegistryError
from nbcode.registry.version import ModelVersion, local_folder

_OF_MLFLOW = ("registered_model_meta",)
"""What MLflow leaves beside a model that it has loaded."""


def is_local(version: ModelVersion) -> bool:
    """Whether the version's files are in a folder of this machine, so that nobody need be asked for them."""
    return local_folder(version.source) is not None


def copy_files(version: ModelVersion, into: Path, only: str = "") -> Path:
    """The files of a version that `is_local`, or those of the name ``only``, in the folder ``into``, which is made anew. Links are not followed.
    Raises ``RegistryError`` (NBC-I47) where they are not."""
    if version.collected_at and not only:
        raise RegistryError(collected(version))
    shutil.rmtree(into, ignore_errors=True)
    source = (local_folder(version.source) or Path()) / only
    target = into / only
    if source.is_symlink() or not source.exists():
        raise RegistryError(_gone(version, version.source, only))
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, copy_function=_placed, symlinks=True)
    else:
        _placed(str(source), str(target))
    _without_meta(into)
    return target


def fetch_files(client: Any, version: ModelVersion, into: Path, only: str = "") -> Path:
    """The same of any version; what is not on this machine is asked of MLflow's server."""
    if is_local(version):
        return copy_files(version, into, only)
    found = client.get_model_version(version.model, str(version.version))
    target = into / only
    with tempfile.TemporaryDirectory(dir=_made(into.parent), prefix=f"{into.name}.") as beside:
        try:
            brought = Path(client.download_artifacts(found.run_id, f"model/{only}".rstrip("/"), beside))
        except Exception as error:
            if getattr(error, "error_code", "") == "RESOURCE_DOES_NOT_EXIST" or "404" in str(error):
                raise RegistryError(_gone(version, found.source, only)) from error
            raise
        if not brought.exists() or (not only and not brought.is_dir()):
            raise RegistryError(_gone(version, found.source, only))
        shutil.rmtree(into, ignore_errors=True)
        shutil.move(brought, _made(target.parent) / target.name)
    _without_meta(into)
    return target


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _without_meta(into: Path) -> None:
    for name in _OF_MLFLOW:
        (into / name).unlink(missing_ok=True)


def _placed(source: str, target: str) -> None:
    place_shared(Path(source), Path(target))


def _gone(version: ModelVersion, source: str, only: str) -> Diagnostic:
    if version.collected_at:
        return collected(version)
    return Diagnostic(
        code=NO_FILES,
        message=f"the files of {version.model} version {version.version} are not where the registry says",
        cause=f"there is no {source}{only and f'/{only}'}",
        fixes=(
            "restore that folder from a backup",
            "`nbcode import FILE` where the version was exported",
            "`nbcode promote NOTEBOOK --again` makes it anew",
        ),
    )


def collected(version: ModelVersion) -> Diagnostic:
    """NBC-I47 for a version whose bytes were removed to make room."""
    return Diagnostic(
        code=NO_FILES,
        message=f"the files of {version.model} version {version.version} were removed at {version.collected_at}",
        cause="`nbcode gc` made room; its record, figures and spec are still there",
        fixes=(
            f"promote it again: what it was made from gives the same bytes, as version {version.version}",
            "`nbcode import FILE` where the version was exported",
        ),
    )

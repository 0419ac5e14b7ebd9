"""What is removed of a version whose bytes are collected: all but the small files that say what it was made from, so that it can be rebuilt."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbcode.primitives import Diagnostic
from nbcode.registry.port import RegistryError
from nbcode.registry.registered import TAG
from nbcode.registry.version import ModelVersion, local_folder

_OUTGOING = ".outgoing"


def collectable(version: ModelVersion, artifacts: Path) -> tuple[Path, ...]:
    """The files and folders that :func:`remove_collectable` would remove. None where the version's files are not one folder of the registry's
    ``artifacts``: whatever else a source may name is not ours to remove."""
    model = local_folder(version.source)
    if model is None or model.name != "model" or model.is_symlink():
        return ()
    if artifacts.resolve() not in model.resolve().parents:
        return ()
    beside = [one for one in _listed(model.parent) if one != model]
    inside = [one for one in _listed(model) if one.is_dir() and not one.is_symlink()]
    return (*beside, *inside)


def remove_collectable(version: ModelVersion, artifacts: Path) -> None:
    """Remove them. They leave their place by a rename each, so that nobody finds a folder with a part of its files."""
    for one in collectable(version, artifacts):
        outgoing = one.parent / _OUTGOING
        if one == outgoing:
            continue
        outgoing.mkdir(exist_ok=True)
        place = outgoing / one.name
        _removed(place)  # of one that was killed
        one.rename(place)
    for one in collectable(version, artifacts):
        _removed(one)


def refuse_in_use(
    client: Any, version: ModelVersion, aliases: Mapping[str, int], *, of_a_server: bool
) -> None:
    """Raise NBC-I49 for a version whose bytes somebody may ask for, by its place or by one of the ``aliases`` of its model."""
    under = sorted(name for name, number in aliases.items() if number == version.version)
    copies = client.search_model_versions(f"source_path = 'models:/{version.model}/{version.version}'")
    if of_a_server:
        because = "its files are those of a server, which others use"
    elif under:
        because = f"it is under the alias {', '.join(under)}"
    elif copies:
        because = (
            f"version {copies[0].version} of {copies[0].name} is a copy of it, and has no bytes of its own"
        )
    else:
        return
    message = f"the bytes of {version.model} version {version.version} stay"
    raise RegistryError(Diagnostic(code="NBC-I49", message=message, cause=because))


def write_collected(client: Any, version: ModelVersion, at: str, by: str) -> None:
    """Say at the version that its bytes are gone, before they are. What was said first stays."""
    model, number = version.model, str(version.version)
    there = client.get_model_version(model, number)
    if f"{TAG}collected_at" in there.tags:
        return
    told = f"**Its files were removed at {at} by {by}**, to make room: `nbcode gc`."
    client.update_model_version(model, number, description=f"{told}\n\n{there.description}")
    client.set_model_version_tag(model, number, f"{TAG}collected_by", by)
    client.set_model_version_tag(model, number, f"{TAG}collected_at", at)


def unwrite_collected(client: Any, version: ModelVersion, description: str) -> None:
    """Say it no more: its bytes are back."""
    model, number = version.model, str(version.version)
    client.update_model_version(model, number, description=description)
    there = client.get_model_version(model, number).tags
    for name in ("collected_by", "collected_at"):  # when: last, since it is what counts
        if TAG + name in there:
            client.delete_model_version_tag(model, number, TAG + name)


def _listed(folder: Path) -> list[Path]:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        return sorted(folder.iterdir())
    return []


def _removed(place: Path) -> None:
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)

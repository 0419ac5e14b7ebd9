"""What is removed of a version whose bytes are collected: all but the small files that say what it was made from, so that it can be rebuilt."""

from __future__ import annotations

import contextlib
import re
import shutil
from pathlib import Path
from typing import Any

from nbcode.primitives import Diagnostic
from nbcode.registry._reading import pages
from nbcode.registry._texts import link_of
from nbcode.registry.port import RegistryError
from nbcode.registry.registered import TAG
from nbcode.registry.version import ModelVersion, local_folder

_OUTGOING = ".outgoing"
_REMOVED = "**Its files were removed"
_REPORT = re.compile(r"(?:\n\n)?\[The report\]\([^)]*\)")
_MOST_KEPT = 50
_A_PAGE = 1000
_STAGES = ("Staging", "Production")


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


def refuse_in_use(client: Any, version: ModelVersion, *, of_a_server: bool) -> None:
    """Raise NBC-I49 for a version whose bytes somebody may ask for."""
    of_others = "its files are those of a server, which others use"
    because = of_others if of_a_server else in_use(client).get((version.model, version.version))
    if because is None:
        return
    message = f"the bytes of {version.model} version {version.version} stay"
    raise RegistryError(Diagnostic(code="NBC-I49", message=message, cause=because))


def in_use(client: Any) -> dict[tuple[str, int], str]:
    """Why somebody may ask for the bytes of a version (model, number): its aliases, its stage, another version with the same files."""
    found: dict[tuple[str, int], str] = {}
    every = [*pages(client.search_model_versions, max_results=_A_PAGE)]
    by_run, by_source = ({getattr(v, name): v for v in every if _is_ours(v)} for name in ("run_id", "source"))
    by_name = {f"models:/{v.name}/{v.version}": v for v in every}
    for other in every:
        for one in (by_run.get(other.run_id), by_source.get(other.source), by_name.get(other.source)):
            if one is not None and (one.name, one.version) != (other.name, other.version):
                said = f"version {other.version} of {other.name} has its files, and none of its own"
                found[one.name, int(one.version)] = said
    for one in every:
        if one.current_stage in _STAGES:
            found[one.name, int(one.version)] = f"in MLflow's stage {one.current_stage}"
    for model in pages(client.search_registered_models, max_results=_A_PAGE):
        for number in {*model.aliases.values()}:
            under = sorted(name for name, one in model.aliases.items() if one == number)
            found[model.name, int(number)] = f"under the alias {', '.join(under)}"
    return found


def _is_ours(version: Any) -> bool:
    return f"{TAG}key" in version.tags and not version.source.startswith("models:/")


def write_collected(client: Any, version: ModelVersion, at: str, by: str) -> None:
    """Say at the version that its bytes are gone, before they are. What was said first stays."""
    model, number = version.model, str(version.version)
    there = client.get_model_version(model, number)
    if f"{TAG}collected_at" in there.tags:
        return
    told = f"{_REMOVED} at {at} by {by}**, to make room: `nbcode gc`."
    rest = _REPORT.sub("", there.description)  # it leads nowhere
    client.update_model_version(model, number, description=f"{told}\n\n{rest}")
    client.set_model_version_tag(model, number, f"{TAG}collected_by", by)
    client.set_model_version_tag(model, number, f"{TAG}collected_at", at)


def unwrite_collected(client: Any, version: ModelVersion) -> None:
    """Say it no more: its bytes are back. What else its page says of who promoted it, and when, is as true as it was."""
    model, number = version.model, str(version.version)
    there = client.get_model_version(model, number)
    told, _, rest = there.description.partition("\n\n")
    if told.startswith(_REMOVED):
        link = "" if _REPORT.search(rest) else f"\n\n{link_of(client.get_run(there.run_id))}"
        client.update_model_version(model, number, description=rest + link)
    if f"{TAG}collected_at" in there.tags:
        before = there.tags.get(f"{TAG}collected_before", "").splitlines()
        now = f"{there.tags[f'{TAG}collected_at']} {there.tags.get(f'{TAG}collected_by', '')}".strip()
        if now not in before:
            lines = "\n".join([*before, now][-_MOST_KEPT:])
            client.set_model_version_tag(model, number, f"{TAG}collected_before", lines)
    for name in ("collected_by", "collected_at"):  # when: last, since it is what counts
        if TAG + name in there.tags:
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

"""Which registered version is meant by ``MODEL``, ``MODEL@candidate``, ``MODEL@3`` or ``MODEL@3.1``, and where its artifact is."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from alpha_bench.describe import place_directory
from nbcode.artifact import verify
from nbcode.primitives import Diagnostic, NbcodeError, locked_directory, nearest
from nbcode.registry import CANDIDATE, ModelVersion, Registry, local_folder

_INCOMING = ".incoming-"
_SHOWN = 8


def version_named(name: str, registry: Registry) -> ModelVersion:
    """The version; of a model alone its candidate. Raises ``NbcodeError`` (NBC-I19) where there is none."""
    model, _, which = name.partition("@")
    versions = registry.versions(model)
    if not versions:
        raise NbcodeError([unknown_model(model, registry.models())])
    which = which or CANDIDATE
    for one in versions:
        if which in {str(one.version), one.line, one.alias}:
            return one
    what = "candidate" if which == CANDIDATE else f"version {which}"
    there = [f"{one.version}{f' ({one.line})' if one.line else ''}" for one in versions[:_SHOWN]]
    none = Diagnostic(
        code="NBC-I19",
        message=f"{model} has no {what}",
        cause=f"there are: {', '.join(there)}",
        fixes=(f"{model}@{versions[0].version}", f"`nbcode show {model}` lists them"),
    )
    raise NbcodeError([none])


def unknown_model(model: str, known: Iterable[str]) -> Diagnostic:
    """NBC-I19 for a model that the registry does not have."""
    names = sorted(known)
    close = nearest(model, names)
    return Diagnostic(
        code="NBC-I19",
        message=f"the registry has no model `{model}`" + (f": did you mean `{close}`?" if close else ""),
        cause=f"it has: {', '.join(names[:_SHOWN])}" if names else "it has none that nbcode registered",
        fixes=("`nbcode models` lists them", "`nbcode promote NOTEBOOK` makes one"),
    )


def artifact_of(version: ModelVersion, kept: Iterable[Path], registry: Registry, cache: Path) -> Path:
    """The directory of the version's artifact, verified: in one of the folders ``kept`` if it is there, else where the registry has it,
    else fetched into ``cache``, where it is kept.

    Raises:
        NbcodeError: NBC-I06 where it is not what its digest says; what the registry raises.
    """
    digest = version.artifact_digest
    registered = local_folder(version.source)
    folders = (*kept, *([registered] if registered else []), cache)
    here = [folder / digest.hex for folder in folders]
    found = next((one for one in here if one.is_dir()), None)
    if found is None:
        found = cache / digest.hex
        cache.mkdir(parents=True, exist_ok=True)
        with locked_directory(cache, _INCOMING) as incoming:
            fetched = registry.fetch(version, incoming / "fetched", only=digest.hex)
            _refuse_other(fetched)
            place_directory(fetched, found, durable=False)
    _refuse_other(found)
    return found


def artifact_in(directory: Path) -> Path:
    """The artifact directory that ``directory`` is, or holds: its name is its digest. Raises ``NbcodeError`` (NBC-I06)."""
    try:
        inside = [one for one in (directory.resolve(), *directory.iterdir()) if _is_digest(one.name)]
    except OSError as error:
        raise NbcodeError([_none_in(directory, error.strerror or str(error))]) from error
    if len(inside) != 1:
        raise NbcodeError(
            [_none_in(directory, "the name of an artifact's folder is its digest, 64 hexadecimal digits")]
        )
    _refuse_other(inside[0])
    return inside[0]


def _refuse_other(path: Path) -> None:
    found = verify(path)
    if found:
        raise NbcodeError(found)


def _is_digest(name: str) -> bool:
    return len(name) == 64 and set(name) <= set("0123456789abcdef")


def _none_in(directory: Path, why: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-I06",
        message=f"{directory} holds no artifact",
        cause=why.lower(),
        fixes=("name the folder `model` of a version's files, or the folder in it",),
    )

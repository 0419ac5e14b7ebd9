"""The bytes of a version, brought from where the registry says that they are, and held against the digests that it is known by."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from nbcode.artifact import differences, made_from_of
from nbcode.notebook import is_framework, module_reference
from nbcode.primitives import Diagnostic, Digest, NbcodeError, Severity
from nbcode.promotion import PROMOTED_NAME
from nbcode.registry import NO_FILES, ModelVersion, Registry, RegistryError, beside_differences
from nbcode.spec import BuildSpec, decode, spec_digest

SPEC_NAME = "spec.json"


def the_version(registry: Registry, model: str, number: int) -> ModelVersion:
    """Version ``number`` of ``model``. Raises ``NbcodeError`` (NBC-I19) where the registry has none."""
    there = registry.versions(model)
    for one in there:
        if one.version == number:
            return one
    known = ", ".join(str(one.version) for one in reversed(there))
    raise NbcodeError(
        [
            Diagnostic(
                code="NBC-I19",
                message=f"the registry has no version {number} of `{model}` that nbcode registered",
                cause=f"it has: {known}" if known else "it has no version of that model",
                fixes=(
                    f"`nbcode show {model} --verify` lists them"
                    if known
                    else "`nbcode models` lists the models",
                ),
            )
        ]
    )


def bring(registry: Registry, version: ModelVersion, into: Path) -> BuildSpec:
    """Have the files of ``version`` in ``into``, verified; returns its spec.

    Raises ``NbcodeError``: NBC-I46 where they are not what was registered, NBC-I47 where they are not there, or are of a time before
    the spec was kept with them.
    """
    registry.fetch(version, into)
    wrong = wrong_with(into, version)
    if wrong:
        raise NbcodeError([changed(version, wrong)])
    try:
        return decode((into / SPEC_NAME).read_bytes())
    except FileNotFoundError as error:
        raise NbcodeError([_without_spec(version)]) from error


def bring_sources(registry: Registry, version: ModelVersion, into: Path) -> BuildSpec:
    """Have in ``into`` what stays of a version whose bytes were collected: its spec, and what was promoted; returns the spec.

    Raises ``NbcodeError``: NBC-I46 where the spec is not that of the version, NBC-I47 where it is not there.
    """
    into.mkdir(parents=True)
    for name in _sources_of(version):
        with tempfile.TemporaryDirectory(dir=into.parent) as folder:
            try:
                shutil.copyfile(registry.fetch(version, Path(folder) / "one", only=name), into / name)
            except RegistryError as error:
                if error.diagnostics[0].code != NO_FILES or name == SPEC_NAME:
                    raise
    spec = decode((into / SPEC_NAME).read_bytes())
    if (found := spec_digest(spec)) != version.spec_digest:
        raise NbcodeError([changed(version, (_of_another_spec(version, found),))])
    return spec


def _sources_of(version: ModelVersion) -> tuple[str, ...]:
    """The files that say what it was made from: of the framework's models the model's own file, or that of its package."""
    named = version.notebook or ""
    reference = module_reference(Path(named))
    if reference is not None:
        return SPEC_NAME, f"{reference.module.rpartition('.')[2]}.py", "__init__.py"
    return SPEC_NAME, PurePosixPath(named).name if is_framework(named) else PROMOTED_NAME


def _of_another_spec(version: ModelVersion, found: Digest) -> str:
    return f"{SPEC_NAME} is of {found.short}, the version of {version.spec_digest.short}"


def wrong_with(folder: Path, version: ModelVersion) -> tuple[str, ...]:
    """Each way in which the files in ``folder`` are not those of ``version``; empty when they are. A version that was registered before its
    spec was kept with it has none."""
    artifact = version.artifact_digest.hex
    told = [f"the artifact: {one}" for one in differences(folder / artifact, artifact)]
    if version.files_digest:
        told += beside_differences(folder, artifact, version.files_digest)
    try:
        found = spec_digest(decode((folder / SPEC_NAME).read_bytes()))
    except FileNotFoundError:
        return tuple(told)
    except NbcodeError as error:
        return (*told, f"{SPEC_NAME}: {error.diagnostics[0].message}")
    if found != version.spec_digest:
        told.append(_of_another_spec(version, found))
    return tuple(told)


def verified(registry: Registry, versions: Iterable[ModelVersion], scratch: Path) -> tuple[Diagnostic, ...]:
    """What is wrong with the bytes of ``versions``, and how many were read: each is fetched into ``scratch`` and removed again."""
    found: list[Diagnostic] = []
    sound: list[tuple[ModelVersion, Digest | None]] = []
    for one in versions:
        if one.collected_at:
            found.append(_collected(one))
            continue
        place = scratch / "fetched"
        try:
            registry.fetch(one, place)
            wrong = wrong_with(place, one)
        except NbcodeError as error:
            found += error.diagnostics
            continue
        if wrong:
            found.append(changed(one, wrong))
        else:
            sound.append((one, made_from_of(place / one.artifact_digest.hex)))
    if sound:
        found.append(_sound(sound))
    return tuple(found)


def changed(version: ModelVersion, wrong: tuple[str, ...]) -> Diagnostic:
    """NBC-I46: what the registry gives is not what was registered."""
    more = f", and {len(wrong) - 3} more" if len(wrong) > 3 else ""
    return Diagnostic(
        code="NBC-I46",
        message=f"the bytes of {version.model} version {version.version} are not what was registered",
        cause="; ".join(wrong[:3]) + more,
        fixes=(
            "restore its files in the registry from a backup",
            "`nbcode promote NOTEBOOK --again` makes it anew; nobody can load this one",
        ),
    )


def _collected(version: ModelVersion) -> Diagnostic:
    return Diagnostic(
        code="NBC-I49",
        severity=Severity.NOTE,
        message=f"{version.model} version {version.version} has no bytes to verify",
        cause=f"`nbcode gc` removed them at {version.collected_at}",
        fixes=("promote what it was made from again: that gives them back",),
    )


def _sound(found: list[tuple[ModelVersion, Digest | None]]) -> Diagnostic:
    versions = [one for one, _ in found]
    old = _numbers(one for one in versions if not one.files_digest)
    of_forms = ", ".join(
        f"{one.version} is made from {made.short}" for one, made in found if made is not None
    )
    said = [
        f"{of_forms}: definition, data and environment, whatever form the model is written in"
        if of_forms
        else "",
        f"of {old} only artifact and spec have a digest: an older nbcode registered them" if old else "",
    ]
    return Diagnostic(
        code="NBC-I46",
        severity=Severity.NOTE,
        message=f"the bytes of version{'s' if len(versions) > 1 else ''} {_numbers(versions)} were fetched, and are what was registered",
        cause="; ".join(filter(None, said)),
    )


def _numbers(versions: Iterable[ModelVersion]) -> str:
    return ", ".join(str(one.version) for one in versions)


def _without_spec(version: ModelVersion) -> Diagnostic:
    return Diagnostic(
        code="NBC-I47",
        message=f"{version.model} version {version.version} has no {SPEC_NAME} in the registry",
        cause="it was registered by an nbcode that kept the spec in its own store alone",
        fixes=("promote its notebook with this nbcode: the new version has it",),
    )

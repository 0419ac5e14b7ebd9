"""`nbcode refit`: the model of the last changed version, as it was promoted, on newer data.

1. The registry says which version was changed last; its snapshot has the notebook, its spec says what it was.
2. It is built on the inputs as they are declared now, up to the day. What is built must differ from that spec in data alone.
3. The new sessions are looked at, and then it is promoted as any notebook is, and registered as ``n.k``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from nbcode.commands.preparing import Built
from nbcode.configuration import RefitConfig
from nbcode.inputs import Role, days_missing, session_problems
from nbcode.primitives import Diagnostic, Digest, Exit, NbcodeError, dataclass
from nbcode.promotion import last_changed, limit_not_met, place_in_line, spec_from
from nbcode.registry import ModelVersion, Registry
from nbcode.snapshot import Snapshots
from nbcode.spec import BuildSpec, SpecInput, differs_in_data_alone


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """What is fitted anew: the version, its spec, its notebook's bytes and path; ``before`` is the spec of the fit before this one."""

    version: ModelVersion
    spec: BuildSpec
    data: bytes
    notebook: Path
    before: BuildSpec


def source_of(
    model: str, registry: Registry, kept: Callable[[Digest], BuildSpec], snapshots: Snapshots, root: Path
) -> Source:
    """What a refit of ``model`` starts from: the version that was changed last, by the registry and its snapshot alone.

    ``kept`` reads specs of the store. Raises ``NbcodeError``: NBC-I19 for a model without versions, NBC-I39 where the version's spec or its
    notebook is nowhere.
    """
    versions = registry.versions(model)
    version = last_changed(versions)
    if version is None:
        raise NbcodeError([_unknown(model)])
    line = [one for one in versions if place_in_line(one)[0] == version.version]
    last = max(line, key=place_in_line)
    spec, before = (spec_from(registry, one, kept) for one in (version, last))
    if spec is None or before is None:
        raise NbcodeError([_not_here(version, "its spec is neither in the store nor in the registry")])
    data = None if version.snapshot is None else snapshots.read(version.snapshot)
    if data is None or version.notebook is None:
        raise NbcodeError([_not_here(version, f"its snapshot {version.snapshot} is in no repository here")])
    return Source(version=version, spec=spec, data=data, notebook=root / version.notebook, before=before)


def accepted(source: Source, built: Built, as_of: str, limits: RefitConfig) -> None:
    """See that what was built is the same model, and that its new sessions can be believed.

    Raises ``NbcodeError``: NBC-I39 where code changed, NBC-I40 where the environment did, NBC-H38 (exit code 5) where the data end before
    the day, NBC-I38 where a new session is beyond a limit.
    """
    if not differs_in_data_alone(built.spec, source.spec):
        raise NbcodeError([_another(source, built.spec)])
    prices = [one for one in built.inputs if one.role is Role.PRICES]
    for one in prices:
        if one.as_of is not None and days_missing(one.as_of, as_of):
            raise NbcodeError([_late(one.name, one.as_of, as_of)], Exit.RETRY)
    since = next((one.as_of for one in source.before.inputs if one.role is Role.PRICES), None)
    found = [
        limit_not_met(key, message, wanted)
        for one in prices
        for key, message, wanted in session_problems(one, since, limits.field_level, limits.missing)
    ]
    if found:
        raise NbcodeError(found)


def _another(source: Source, spec: BuildSpec) -> Diagnostic:
    was, number = source.spec, source.version.version
    if spec.environment.lock_digest != was.environment.lock_digest:
        changed = _packages(was, spec)
        return Diagnostic(
            code="NBC-I40",
            message=f"the environment is not that of version {number}",
            cause=f"a refit changes the data alone; changed: {changed}",
            fixes=(
                "install what the version was made with: `nbcode build NOTEBOOK` names the lock",
                f"`nbcode promote {source.version.notebook}` makes a changed version with what is installed now",
            ),
        )
    names = different_parts(was, spec)
    return Diagnostic(
        code="NBC-I39",
        message=f"what is here is not the model of version {number}: {', '.join(names) or 'its inputs'} changed",
        cause="a refit is the same definition and code on newer data",
        fixes=(f"`nbcode promote {source.version.notebook}` makes a changed version of it",),
    )


def different_parts(was: BuildSpec, now: BuildSpec) -> tuple[str, ...]:
    """Which parts of two specs differ, in words; what the inputs hold is none of them."""

    def code(spec: BuildSpec) -> list[Digest]:
        return [cell.code_digest for cell in spec.cells]

    def modules(spec: BuildSpec) -> list[tuple[str, Digest]]:
        return [(one.path, one.code_digest) for one in spec.modules]

    def declared(spec: BuildSpec) -> list[tuple[object, ...]]:
        return [_declared(one) for one in spec.inputs]

    pairs = (
        ("[meta]", replace(was.meta, as_of="") != replace(now.meta, as_of="")),
        ("the cells", code(was) != code(now)),
        ("modules of the project", modules(was) != modules(now)),
        ("the definition", was.definition.digest != now.definition.digest),
        ("how the inputs are declared", declared(was) != declared(now)),
    )
    return tuple(what for what, changed in pairs if changed)


def _declared(one: SpecInput) -> tuple[object, ...]:
    return (one.name, one.role, one.derive, one.symbol_column, one.layout)


def _packages(was: BuildSpec, now: BuildSpec) -> str:
    before, after = ({one.name: one.version for one in spec.environment.distributions} for spec in (was, now))
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    shown = [f"{name} {before.get(name, 'none')} -> {after.get(name, 'none')}" for name in names[:4]]
    return ", ".join(shown) + (f" and {len(names) - 4} more" if len(names) > 4 else "") or "files of packages"


def _late(name: str, last: str, as_of: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-H38",
        message=f"the data of `{name}` end on {last}, before {as_of}",
        cause="they are late, or there was no session: nbcode has no calendar to tell them apart",
        fixes=("try again when the data are there", f"`--as-of {last}` fits what is there"),
    )


def _unknown(model: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-I19",
        message=f"no version of {model} is registered",
        cause="a refit fits a registered version anew",
        fixes=("`nbcode promote NOTEBOOK` makes the first", "`nbcode models` lists what there is"),
    )


def _not_here(version: ModelVersion, why: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-I39",
        message=f"version {version.version} of {version.model} cannot be fitted anew here",
        cause=why,
        fixes=(
            "run it in the project that it was promoted from",
            "`git fetch` the ref refs/nbcode/* from there",
        ),
    )

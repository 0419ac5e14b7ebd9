"""`nbcode rebuild MODEL VERSION`: a version made again, from what the registry has and its inputs, and held against its digest.

1. Its files are fetched and verified; its spec says what it was made from.
2. What is installed here, and this platform, must be those of the spec; each input is found by its digest.
3. Its sources are laid out as a project of their own, and built: the spec must come out again.
4. It is run clean as `nbcode run` runs a notebook, and stored as `nbcode promote` stores it: the artifact must come out again.

Nothing is registered, journaled or counted.
"""

from __future__ import annotations

import json
import secrets
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nbcode.artifact import MANIFEST_NAME, PROVENANCE_NAME, ArtifactStore, decode_manifest
from nbcode.commands.build import BuildResult
from nbcode.commands.fetched import SPEC_NAME, bring, bring_sources, changed, the_version
from nbcode.commands.first_difference import first_difference
from nbcode.commands.found_inputs import FoundInput, Offered, Search, find_inputs
from nbcode.commands.new_folder import NewFolder
from nbcode.commands.planning import plan_of
from nbcode.commands.preparing import Build
from nbcode.commands.rebuilt_project import STORE_NAME, Origin, Project, lay_out, notebook_in, project_place
from nbcode.commands.refit import different_parts
from nbcode.configuration import Workspace, prepare_store
from nbcode.environment import EnvironmentLock, lock_digest, platform_key, recorded_lock, unlike_recorded
from nbcode.primitives import Cancellation, Diagnostic, Digest, Exit, NbcodeError, dataclass
from nbcode.promotion import store_result
from nbcode.registry import ModelVersion, Registry
from nbcode.run import ResultFile, RunEvent, Runner, RunOutcome, RunStatus, drive
from nbcode.sandbox import pinned_environment
from nbcode.spec import BuildSpec

if TYPE_CHECKING:
    from nbcode.commands.outputs.kept import RebuildOutput

_KERNELS = "OPENBLAS_CORETYPE"
_REBUILT = "rebuilt"
_SHOWN = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class RebuildAsked:
    """What is made again, from which ``offers``; ``check`` keeps nothing; ``to`` is the folder for what is kept. ``registry`` is the address that
    was typed, for the commands that are shown."""

    model: str
    number: int
    offers: tuple[Offered, ...] = ()
    check: bool = False
    to: Path | None = None
    isolation: str | None = None
    registry: str | None = None

    @property
    def command(self) -> str:
        """The call without its inputs."""
        words = ["nbcode", "rebuild", self.model, str(self.number)]
        words += ["--registry", shlex.quote(self.registry)] if self.registry else []
        return " ".join([*words, *(["--check"] if self.check else [])])


@dataclass(frozen=True, kw_only=True, slots=True)
class RebuildPorts:
    """What a rebuild acts on. ``here`` is the workspace in which the user is, ``snapshot`` gives a commit's notebook where it is here; ``build`` makes
    what builds in another workspace with the lock that is given; ``scratch`` is an empty folder, removed afterwards."""

    registry: Registry
    here: Workspace
    snapshot: Callable[[str], bytes | None]
    build: Callable[[Workspace, EnvironmentLock], Build]
    runner: Callable[[Workspace], Runner]
    environment: Mapping[str, str]
    scratch: Path
    on_event: Callable[[RunEvent], None]
    monotonic_s: Callable[[], float]
    cancellation: Cancellation


@dataclass(frozen=True, kw_only=True, slots=True)
class DifferingFile:
    """A file of the artifact that came out otherwise; None where there is none of that path."""

    path: str
    registered: Digest | None
    rebuilt: Digest | None


@dataclass(frozen=True, kw_only=True, slots=True)
class RebuildResult:
    """What came out. ``differing`` is empty where it is the version's own artifact; ``folder`` is what was kept."""

    version: ModelVersion
    rebuilt: Digest
    differing: tuple[DifferingFile, ...]
    inputs: tuple[FoundInput, ...]
    sources: str
    isolation: str
    seconds: float
    folder: Path | None
    diagnostics: tuple[Diagnostic, ...]

    @property
    def equal(self) -> bool:
        """Whether the artifact came out again, to the byte."""
        return self.rebuilt == self.version.artifact_digest

    @property
    def exit_code(self) -> Exit:
        """3 for another artifact."""
        return Exit.DONE if self.equal else Exit.ENVIRONMENT

    def to_json(self) -> RebuildOutput:
        """What `rebuild --json` prints."""
        return {
            "status": "equal" if self.equal else "different",
            "model": self.version.model,
            "version": self.version.version,
            "spec_digest": self.version.spec_digest,
            "artifact_digest": self.version.artifact_digest,
            "rebuilt_digest": self.rebuilt,
            "differing": [
                {"path": one.path, "registered": one.registered, "rebuilt": one.rebuilt}
                for one in self.differing
            ],
            "inputs": [
                {
                    "name": one.input.name,
                    "role": str(one.input.role),
                    "digest": one.input.digest,
                    "path": str(one.path),
                }
                for one in self.inputs
            ],
            "sources": self.sources,
            "isolation": self.isolation,
            "seconds": round(self.seconds, 3),
            "folder": None if self.folder is None else str(self.folder),
            "diagnostics": [one.to_json() for one in self.diagnostics],
        }


def rebuild(asked: RebuildAsked, ports: RebuildPorts) -> RebuildResult:
    """Make the version again, and compare.

    Raises ``NbcodeError``: NBC-I19 for a version that is not there, I46 and I47 for bytes and sources that are not its own, I40 for another
    environment or platform, X09 and X10 for its inputs, X08 where something is at the folder; what its run ends with. Another artifact is a
    result. ``CancelledError`` comes when ``ports.cancellation`` was requested: nothing is left.
    """
    began = ports.monotonic_s()
    kept = _kept(asked)
    _step(ports, "fetch", f"{asked.model} version {asked.number}")
    version = the_version(ports.registry, asked.model, asked.number)
    fetched = ports.scratch / "fetched"
    # Of a version whose bytes `nbcode gc` removed its spec and its sources are there, and its digest is known.
    spec = (bring_sources if version.collected_at else bring)(ports.registry, version, fetched)
    registered = None if version.collected_at else fetched / version.artifact_digest.hex
    core = _same_conditions(version, spec, registered)
    lock = _same_environment(version, spec, ports.here.root)
    _step(ports, "inputs")
    folder = ports.scratch / _REBUILT
    folder.mkdir()
    found = _inputs(asked, version, spec, ports)
    _step(ports, "build")
    origin = Origin(version=version, spec=spec, fetched=fetched, here=ports.here, snapshot=ports.snapshot)
    project = lay_out(origin, found, folder)
    ports.cancellation.raise_if_requested()
    built = ports.build(project.workspace, lock)(project.notebook, project.data, spec.meta.as_of or None)
    if built.spec_digest != version.spec_digest:
        raise NbcodeError([_another_spec(version, spec, built.spec, project)], Exit.ENVIRONMENT)
    outcome = _run(asked, built, project, ports, core)
    _step(ports, "compare")
    artifact = store_result(ArtifactStore(folder / "artifacts"), outcome.out, built.spec, version.spec_digest)
    differs = artifact.digest != version.artifact_digest
    differing = _differing(registered, artifact.path) if registered is not None else ()
    place = None
    if kept is not None and (not asked.check or differs):
        place = kept.write(_parts(project, fetched, registered, artifact.path, differs=differs))
    first = _first(differing, registered, artifact.path)
    others = [_another_artifact(asked, version, differing, place, first)] if differs else []
    return RebuildResult(
        version=version,
        rebuilt=artifact.digest,
        differing=differing,
        inputs=found,
        sources=project.origin,
        isolation=outcome.isolation,
        seconds=ports.monotonic_s() - began,
        folder=place,
        diagnostics=_told(outcome, others),
    )


def _told(outcome: RunOutcome, differs: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """What the environment of the run was, where that is a finding, and NBC-H09. What the cells' run found is the version's own, and known."""
    return (*(one for one in outcome.diagnostics if one.code.startswith("NBC-G")), *differs)


def _kept(asked: RebuildAsked) -> NewFolder | None:
    """Where what came out goes, made ready; with ``check`` only where the user names a folder, for what differs."""
    if asked.check and asked.to is None:
        return None
    folder = NewFolder(
        path=asked.to or Path(f"{asked.model}-{asked.number}"),
        instead=f"{asked.command} -o FOLDER",
    )
    folder.prepare()
    return folder


def _step(ports: RebuildPorts, name: str, text: str = "") -> None:
    ports.cancellation.raise_if_requested()
    ports.on_event(RunEvent(kind="step", name=name, elapsed_s=0.0, text=text))


def _inputs(
    asked: RebuildAsked, version: ModelVersion, spec: BuildSpec, ports: RebuildPorts
) -> tuple[FoundInput, ...]:
    notebook = notebook_in(version)
    search = Search(
        version=f"{version.model} version {version.version}",
        command=asked.command,
        as_of=spec.meta.as_of or None,
        store=ports.scratch / _REBUILT / STORE_NAME,
        offers=asked.offers,
        here=lambda one: project_place(one, ports.here, notebook),
    )
    return find_inputs(spec.inputs, search)


def _same_conditions(version: ModelVersion, spec: BuildSpec, registered: Path | None) -> str:
    """The user's choice of kernels that the version was made with, empty for none.

    Raises ``NbcodeError`` (NBC-I40) where this platform is another, or cannot run them.
    """
    here, was = platform_key(), spec.environment.platform_key
    if here != was:
        raise NbcodeError([_another_platform(version, f"{was} -> {here}", was)])
    if (
        registered is None
    ):  # which kernels were chosen is not known any more: those that are chosen by default
        return ""
    pins = json.loads((registered / PROVENANCE_NAME).read_bytes())["pins"]
    core = str(pins.get(_KERNELS, ""))
    now = dict(pinned_environment(core))
    # What else is pinned there is what the libraries of the run answered to these.
    other = sorted(name for name, value in now.items() if pins.get(name, value) != value)
    if other:
        said = ", ".join(f"{name} {pins[name]} -> {now[name]}" for name in other)
        raise NbcodeError([_another_platform(version, said, was)])
    return core


def _same_environment(version: ModelVersion, spec: BuildSpec, root: Path) -> EnvironmentLock:
    """The lock of the spec. Raises ``NbcodeError``: NBC-I46 where its list is not the one of its digest, NBC-I40 where other packages are installed."""
    environment = spec.environment
    if lock_digest(environment.distributions) != environment.lock_digest:
        raise NbcodeError(
            [changed(version, ("spec.json lists other packages than its lock's digest is of",))]
        )
    different = unlike_recorded(environment.distributions)
    if different:
        shown = ", ".join(map(str, different[:_SHOWN]))
        more = f" and {len(different) - _SHOWN} more" if len(different) > _SHOWN else ""
        missing = [f"{one.name}=={one.was}" for one in different if one.was != one.here]
        raise NbcodeError([_another_environment(version, shown + more, missing)])
    return recorded_lock(
        environment.distributions,
        python_version=environment.python_version,
        source=environment.lock_source,
        root=root,
    )


def _run(
    asked: RebuildAsked, built: BuildResult, project: Project, ports: RebuildPorts, core: str
) -> RunOutcome:
    """Run it clean. Raises ``NbcodeError`` with why it did not finish."""
    workspace = project.workspace
    prepare_store(workspace)
    run_id = f"rebuild-{secrets.token_hex(3)}"
    environment = {name: value for name, value in ports.environment.items() if name != _KERNELS}
    plan = plan_of(
        built,
        workspace,
        run_id=run_id,
        isolation=asked.isolation or workspace.config.run.isolation,
        environment={**environment, _KERNELS: core} if core else environment,
        on_event=ports.on_event,
    )
    outcome = drive(
        ports.runner(workspace),
        plan,
        into=workspace.store / "runs" / run_id / "out",
        on_event=ports.on_event,
        cancellation=ports.cancellation,
    )
    if outcome.status is not RunStatus.FINISHED:
        raise NbcodeError(outcome.diagnostics)
    return outcome


def _differing(registered: Path, rebuilt: Path) -> tuple[DifferingFile, ...]:
    was, now = ({file.path: file.digest for file in _files(one)} for one in (registered, rebuilt))
    paths = sorted(path for path in was.keys() | now.keys() if was.get(path) != now.get(path))
    return tuple(DifferingFile(path=path, registered=was.get(path), rebuilt=now.get(path)) for path in paths)


def _first(differing: tuple[DifferingFile, ...], registered: Path | None, made: Path) -> str:
    """Where the first file that both have differs; it is what a cell or its libraries wrote otherwise, and so most often the cause."""
    for one in differing:
        if registered is not None and one.registered is not None and one.rebuilt is not None:
            return f"; first in {one.path}, {first_difference(registered / one.path, made / one.path)}"
    return ""


def _files(artifact: Path) -> tuple[ResultFile, ...]:
    return decode_manifest((artifact / MANIFEST_NAME).read_bytes()).files


def _parts(
    project: Project, fetched: Path, registered: Path | None, made: Path, *, differs: bool
) -> dict[str, Path]:
    """What is kept, by its path in the folder: the artifact and its sources; of two artifacts both, as far as the registered one is there."""
    root = project.workspace.root
    sources = {f"sources/{name}": root / name for name in project.sources}
    artifacts = {f"rebuilt/{made.name}": made} if differs else {made.name: made}
    if differs and registered is not None:
        artifacts[f"registered/{registered.name}"] = registered
    return {**artifacts, **sources, f"sources/{SPEC_NAME}": fetched / SPEC_NAME}


def _another_spec(version: ModelVersion, was: BuildSpec, now: BuildSpec, project: Project) -> Diagnostic:
    before, after = ({(i.role, i.name): (i.digest, i.schema) for i in one.inputs} for one in (was, now))
    inputs = sorted({f"input {key[1]}" for key in before | after if before.get(key) != after.get(key)})
    names = [*different_parts(was, now), *inputs]
    return Diagnostic(
        code="NBC-X11",
        message=f"what is built from {project.origin} is not the spec of {version.model} version {version.version}",
        cause=f"another: {', '.join(names) or 'its identity'}; nothing was run",
        fixes=(
            "restore the version's files in the registry from a backup",
            "`nbcode promote NOTEBOOK` makes a version of what there is now",
        ),
    )


def _another_artifact(
    asked: RebuildAsked,
    version: ModelVersion,
    differing: tuple[DifferingFile, ...],
    folder: Path | None,
    first: str,
) -> Diagnostic:
    names = ", ".join(one.path for one in differing[:_SHOWN])
    more = f" and {len(differing) - _SHOWN} more" if len(differing) > _SHOWN else ""
    return Diagnostic(
        code="NBC-H09",
        message=f"{version.model} version {version.version} comes out as another artifact",
        cause=f"of the same spec, on the same platform, differ: {names}{more}{first}"
        if differing
        else f"its digest alone is known: `nbcode gc` removed its bytes at {version.collected_at}",
        fixes=(
            f"both are in {folder}: compare them"
            if folder and not version.collected_at
            else f"what came out is in {folder}"
            if folder
            else f"keep both for a look: {asked.command} -o FOLDER",
            "look for what a cell takes from elsewhere: the clock, random numbers without a seed, the order of a set, threads that sum in another order",
        ),
    )


def _another_platform(version: ModelVersion, said: str, was: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-I40",
        message=f"the platform is not that of version {version.version}",
        cause=f"another platform computes other last bits, and is named in the artifact: {said}",
        fixes=(f"rebuild it on a machine with {was}",),
    )


def _another_environment(version: ModelVersion, said: str, missing: list[str]) -> Diagnostic:
    install = (
        f"`pip install {' '.join(missing[:_SHOWN])}`" if missing else "install the nbcode that promoted it"
    )
    return Diagnostic(
        code="NBC-I40",
        message=f"the environment is not that of version {version.version}",
        cause=f"what it was made with is not what is installed here: {said}",
        fixes=(
            f"{install}; spec.json of the version names every package",
            "make the environment of its lock: `uv sync --frozen` in the project at its commit",
        ),
    )

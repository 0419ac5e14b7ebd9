"""What a version was promoted from, laid out again as a project: its sources from the registry, its inputs where its cells look for them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

from nbcode.artifact import place_shared
from nbcode.commands.build import Code, code_of
from nbcode.commands.fetched import changed
from nbcode.commands.found_inputs import FoundInput
from nbcode.configuration import Config, DatasetConfig, Workspace
from nbcode.inputs import Role
from nbcode.notebook import is_framework, module_reference, source_file
from nbcode.primitives import Diagnostic, NbcodeError, dataclass
from nbcode.promotion import PROMOTED_NAME
from nbcode.registry import ModelVersion
from nbcode.spec import BuildSpec, SpecInput

STORE_NAME = "store"
"""Of the folder of a project: cuts that were made while its inputs were looked for may be there already."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Project:
    """A project in a folder of its own: ``notebook`` is what is built, ``data`` its bytes; ``sources`` are the files of the version in it,
    relative to its root, ``origin`` says where the notebook comes from."""

    workspace: Workspace
    notebook: Path
    data: bytes
    sources: tuple[str, ...]
    origin: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """What a project is laid out from: ``fetched`` is the folder of the version's files, ``here`` the workspace in which the user is,
    ``snapshot`` gives a commit's notebook where it is here."""

    version: ModelVersion
    spec: BuildSpec
    fetched: Path
    here: Workspace
    snapshot: Callable[[str], bytes | None]


def lay_out(origin: Origin, found: Iterable[FoundInput], folder: Path) -> Project:
    """Write the project of ``origin`` into ``folder``: files below ``project``, its store beside it. Nothing of it has run.

    Raises ``NbcodeError``: NBC-I47 where the version's sources are neither in the registry nor here, NBC-I46 where they are not those of its spec.
    """
    try:
        return _laid_out(origin, tuple(found), folder)
    except _LeadsOutError as error:
        raise NbcodeError([changed(origin.version, (str(error),))]) from error


class _LeadsOutError(ValueError):
    """A path of the spec that is none inside a project."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name[:200]!r} is no path inside a project")


def _laid_out(origin: Origin, inputs: tuple[FoundInput, ...], folder: Path) -> Project:
    root = folder / "project"
    root.mkdir()
    written = [_write(root, one.path, one.source.encode()) for one in origin.spec.modules]
    path, data, source, said = _notebook(origin, root)
    written.append(_write(root, source, data))
    for one in inputs:
        if one.input.role is Role.INPUT:
            _place(one, root, path.parent, data.decode("utf-8", "replace"))
    workspace = Workspace(
        root=root,
        store=folder / STORE_NAME,
        config=_config(origin.here.config, inputs, folder / "data"),
        cache=origin.here.cache,
    )
    project = Project(
        workspace=workspace, notebook=path, data=data, sources=tuple(dict.fromkeys(written)), origin=said
    )
    wrong = _unlike(project, origin.spec)
    if wrong:
        raise NbcodeError([changed(origin.version, wrong)])
    return project


def notebook_in(version: ModelVersion) -> PurePosixPath:
    """Where the notebook was in its project; its name alone where it was outside, or the registry says what is no path inside."""
    named = PurePosixPath(version.notebook or PROMOTED_NAME)
    return named if _is_inside(named) else PurePosixPath(named.name or PROMOTED_NAME)


def _notebook(origin: Origin, root: Path) -> tuple[Path, bytes, str, str]:
    """What is built: its path, its bytes, its file relative to ``root``, and where it comes from."""
    named = notebook_in(origin.version)
    written = root / named
    if is_framework(str(named)):
        source = _of_framework(written, origin.fetched)
        name = source.relative_to(root).as_posix()
        beside = origin.fetched / source.name
        if beside.is_file():
            return written, beside.read_bytes(), name, f"{source.name} of the registry"
        if source.is_file():  # a module, as the spec has it
            return written, source.read_bytes(), name, "spec.json of the registry"
    elif (origin.fetched / PROMOTED_NAME).is_file():
        path = written.with_suffix(".py")
        data = (origin.fetched / PROMOTED_NAME).read_bytes()
        return path, data, path.relative_to(root).as_posix(), f"{PROMOTED_NAME} of the registry"
    commit = origin.version.snapshot
    kept = None if commit is None else origin.snapshot(commit)
    if kept is None:
        raise NbcodeError([_without_sources(origin.version)])
    name = source_file(written).relative_to(root).as_posix()
    return written, kept, name, f"the snapshot {commit} in this project"


def _of_framework(path: Path, fetched: Path) -> Path:
    """The file of the model in the project; of a package its ``__init__.py``, which is there only when it is written."""
    reference = module_reference(path)
    if reference is None:
        return path
    package = path.parent.joinpath(*reference.module.split(".")) / "__init__.py"
    return package if (fetched / package.name).is_file() else source_file(path)


def _write(root: Path, name: str, data: bytes) -> str:
    """Write a file below ``root``; returns its path relative to it."""
    if not _is_inside(PurePosixPath(name)):
        raise _LeadsOutError(name)
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return name


def _is_inside(path: PurePosixPath) -> bool:
    text = str(path)
    return bool(path.name) and not path.is_absolute() and ".." not in path.parts and text.isprintable()


def _place(found: FoundInput, root: Path, folder: Path, source: str) -> None:
    """Have the input at the path by which the cells find it: beside the notebook, or from the root where only that is inside, or where the
    notebook writes the way there."""
    beside, from_root = (Path(os.path.normpath(base / found.input.uri)) for base in (folder, root))
    inside = [path for path in (beside, from_root) if path.is_relative_to(root) and path != root]
    if not inside:
        raise _LeadsOutError(found.input.uri)
    written = os.path.relpath(from_root, folder)
    chosen = from_root if from_root in inside and beside != from_root and written in source else inside[0]
    _copy(found.path, chosen)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, copy_function=lambda a, b: place_shared(Path(a), Path(b)))
    elif not target.exists():  # a module of the project may be an input, too
        place_shared(source.resolve(), target)


def _config(here: Config, found: tuple[FoundInput, ...], folder: Path) -> Config:
    """The configuration that declares the dataset of the version as its spec has it; limits and sandbox are those of the project here."""
    prices = next((one for one in found if one.input.role is Role.PRICES), None)
    if prices is None:
        return Config(run=here.run)
    reference = next((one for one in found if one.input.role is Role.REFERENCE), None)
    spec = prices.input
    dataset = DatasetConfig(
        name=spec.name,
        prices=_under_its_suffix(prices, folder),
        prices_uri=spec.uri,
        reference=None if reference is None else _under_its_suffix(reference, folder),
        reference_uri=None if reference is None else reference.input.uri,
        derive=tuple((one.field, one.formula) for one in spec.derive),
        date_column=spec.date_column,
        symbol_column=spec.symbol_column,
        layout=spec.layout,
    )
    return Config(datasets=(dataset,), defaults_data=dataset.name, run=here.run)


def _under_its_suffix(found: FoundInput, folder: Path) -> Path:
    """Its path, by a name that says what it is: a store of files by digest may call it anything."""
    name = PurePosixPath(found.input.uri).name
    if found.path.is_dir() or found.path.suffix.lower() == PurePosixPath(name).suffix.lower():
        return found.path
    target = folder / str(found.input.role) / name
    _copy(found.path, target)
    return target


def _unlike(project: Project, spec: BuildSpec) -> tuple[str, ...]:
    """Each way in which the code of the project is not that of the spec."""
    try:
        code = code_of(project.notebook, project.workspace.root, project.data)
    except NbcodeError as error:
        return (f"{project.origin}: {error.diagnostics[0].message}",)
    return (*_unlike_cells(project.origin, code, spec), *_unlike_modules(code, spec))


def _unlike_cells(origin: str, code: Code, spec: BuildSpec) -> list[str]:
    if len(code.cells) != len(spec.cells):
        return [f"{origin} has {len(code.cells)} promoted cells, the spec {len(spec.cells)}"]
    pairs = zip(code.cells, spec.cells, strict=True)
    return [
        f"{origin}: promoted cell {number} [{tag}] is not the one of the spec"
        for number, ((tag, digest), cell) in enumerate(pairs, 1)
        if (tag, digest) != (cell.tag, cell.code_digest)
    ]


def _unlike_modules(code: Code, spec: BuildSpec) -> list[str]:
    found, wanted = dict(code.modules), {one.path: one.code_digest for one in spec.modules}
    names = sorted(name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name))
    return [f"the module {name} is not the one of the spec" for name in names]


def project_place(one: SpecInput, workspace: Workspace, notebook: PurePosixPath) -> Path | None:
    """Where the project of ``workspace`` has an input; None where it declares none of that name. Raises ``NbcodeError`` (NBC-T04) for a file
    outside of it that is not trusted."""
    if one.role is Role.INPUT:
        folder = workspace.root / notebook.parent
        written = [Path(os.path.normpath(base / one.uri)) for base in (folder, workspace.root)]
        inside = [path for path in written if path.resolve().is_relative_to(workspace.root.resolve())]
        return next((path for path in inside if path.exists()), None)
    dataset = next((each for each in workspace.config.datasets if each.name == one.name), None)
    path = None if dataset is None else dataset.prices if one.role is Role.PRICES else dataset.reference
    refused = () if path is None else workspace.refused_data(path)
    if refused:
        raise NbcodeError(refused)
    return path


def _without_sources(version: ModelVersion) -> Diagnostic:
    there = (
        f"its snapshot {version.snapshot} is in no repository here"
        if version.snapshot
        else "it has no snapshot"
    )
    return Diagnostic(
        code="NBC-I47",
        message=f"{version.model} version {version.version} has no sources in the registry",
        cause=f"there is no {PROMOTED_NAME} beside its model: its cells could not be written as such a file, or an older nbcode registered it; {there}",
        fixes=(
            "call it in the project that it was promoted from",
            "`git fetch` the ref refs/nbcode/* from there",
        ),
    )

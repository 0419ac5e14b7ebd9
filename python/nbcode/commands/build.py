"""`nbcode build`: from a notebook to its build spec. Nothing of the notebook runs on data, nothing is recorded."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

from nbcode.cells import (
    Analysis,
    CellGraph,
    ModuleContext,
    analyse,
    code_digest,
    optional_modules,
    without_consequences,
)
from nbcode.commands.cell_imports import imports_not_there
from nbcode.commands.framework import definition_problems
from nbcode.commands.placing import described_in_file, placed
from nbcode.configuration import Workspace
from nbcode.definition import Definition, DescribeResult, Launch, asked_of, describe_cells
from nbcode.environment import (
    EnvironmentLock,
    Locking,
    importable_modules,
    installed_signatures,
    lock_environment,
    platform_key,
)
from nbcode.inputs import (
    FilesBeside,
    LocalModule,
    LocalModules,
    PinnedInput,
    Pinning,
    find_local_modules,
    pin_inputs,
)
from nbcode.notebook import (
    Meta,
    Notebook,
    Reading,
    module_folders,
    modules_beside,
    parse_notebook,
    read_bytes,
    read_notebook,
)
from nbcode.primitives import Diagnostic, Digest, Json, NbcodeError, dataclass, errors_of, to_plain
from nbcode.results import Asked
from nbcode.spec import (
    BuildSpec,
    Gate,
    SpecCell,
    SpecDefinition,
    SpecEnvironment,
    SpecInput,
    SpecMeta,
    SpecModule,
    SpecOutput,
    encode,
    spec_digest,
)

NOT_DESCRIBED = DescribeResult(definition=None)
OnLock = Callable[[EnvironmentLock], None]
"""Hears of the lock of an environment."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildResult:
    """A spec and what it was built from.

    ``data`` are the notebook's bytes as they were read, ``inputs`` the files on this machine, ``lock`` what a
    fresh environment is made from, ``asked`` what [meta] says the result is, ``computes_features`` whether its code names
    the platform's framework, ``diagnostics`` the findings that did not hinder.
    """

    spec: BuildSpec
    spec_digest: Digest
    definition_digest: Digest
    diagnostics: tuple[Diagnostic, ...]
    notebook: Notebook
    data: bytes
    graph: CellGraph
    inputs: tuple[PinnedInput, ...]
    lock: EnvironmentLock
    asked: tuple[Asked, ...] = ()
    computes_features: bool = True

    @property
    def spec_bytes(self) -> bytes:
        """The canonical bytes of the spec."""
        return encode(self.spec)

    def to_json(self) -> dict[str, Json]:
        """The spec's own fields, and beside them its two digests and the findings."""
        plain = to_plain(self.spec)
        assert isinstance(plain, dict)
        return {
            "spec_digest": str(self.spec_digest),
            "definition_digest": str(self.definition_digest),
            **plain,
            "diagnostics": [d.to_json() for d in self.diagnostics],
        }


def build(
    path: Path,
    data: bytes | None = None,
    as_of: str | None = None,
    *,
    workspace: Workspace,
    python: Path | None = None,
    launch: Launch | None = None,
    on_lock: OnLock | None = None,
    lock: EnvironmentLock | None = None,
    local: bool = True,
) -> BuildResult:
    """Read, check, describe, pin and lock a notebook.

    ``python`` is the interpreter of the describe child, by default this one; ``launch`` starts the child. ``data`` are the notebook's bytes where they
    were read before. ``on_lock`` hears of the environment's lock, from another thread. ``as_of`` is the last day whose rows are read, in
    place of what [meta] says; ``lock`` is taken in place of what is locked or installed here. ``local``: the run is on this machine, so that data elsewhere are
    fetched. Raises ``NbcodeError`` with every finding that could be made, at once.
    """
    reading, data = _read(path, data)
    if reading.notebook is None or data is None:
        raise NbcodeError(reading.diagnostics)
    analysis, modules = _analysed(reading.notebook, path, workspace.root)
    found = [*_read_and_checked(reading, reading.notebook, analysis), *modules.diagnostics]
    if (graph := analysis.graph) is None or graph.meta is None:
        raise NbcodeError(found)
    found += imports_not_there(graph, reading.notebook, modules, workspace.root)
    meta = graph.meta if as_of is None else replace(graph.meta, as_of=as_of)
    # The child computes while this process hashes; it is waited for here, where an interrupt arrives.
    with ThreadPoolExecutor(max_workers=1) as pool:
        pinned = pool.submit(
            _pin_and_lock, workspace, graph, modules, meta, path, on_lock=on_lock, lock=lock, local=local
        )
        describe = partial(_describe, graph, modules, workspace, python=python, launch=launch)
        described = NOT_DESCRIBED if errors_of(found) else describe()
        pinning, locking = pinned.result()
    found += described_in_file(described.diagnostics, reading.notebook, modules, workspace.root)
    found += definition_problems(described.definition, reading.notebook, meta)
    found += [*pinning.diagnostics, *locking.diagnostics]
    if errors_of(found) or described.definition is None or locking.lock is None:
        raise NbcodeError(found)
    spec = assemble(graph, meta, described.definition, pinning.inputs, locking.lock, modules=modules)
    made = BuildResult(
        spec=spec, spec_digest=spec_digest(spec), definition_digest=described.definition.digest,
        notebook=reading.notebook, data=data, graph=graph, inputs=pinning.inputs, lock=locking.lock,
        diagnostics=tuple(found),
    )  # fmt: skip
    computes = graph.computes_features(modules.imports)
    return replace(made, asked=asked_of(graph.meta), computes_features=computes)


@dataclass(frozen=True, kw_only=True, slots=True)
class Code:
    """What the code of a notebook is: tag and digest of each tagged cell in its order, path and digest of each module of the project."""

    cells: tuple[tuple[str, Digest], ...]
    modules: tuple[tuple[str, Digest], ...]


def code_of(path: Path, root: Path, data: bytes | None = None) -> Code:
    """The code of the notebook at ``path`` in the project ``root``, as its spec would have it. Nothing of it runs.

    Raises ``NbcodeError`` with what keeps it from being read.
    """
    reading, data = _read(path, data)
    if reading.notebook is None or data is None:
        raise NbcodeError(reading.diagnostics)
    analysis, modules = _analysed(reading.notebook, path, root)
    if analysis.graph is None:
        raise NbcodeError(_read_and_checked(reading, reading.notebook, analysis))
    return Code(
        cells=tuple((cell.tag, cell.code_digest) for cell in analysis.graph.tagged),
        modules=tuple((one.path, _module_digest(one)) for one in modules.modules),
    )


def _module_digest(one: LocalModule) -> Digest:
    return code_digest(one.source, one.tree, exact_docstrings=True)


def _read_and_checked(reading: Reading, notebook: Notebook, analysis: Analysis) -> list[Diagnostic]:
    found = [*reading.diagnostics, *without_consequences(analysis.diagnostics, reading.diagnostics)]
    return placed(found, notebook) if notebook.is_framework else found


def _analysed(notebook: Notebook, path: Path, root: Path) -> tuple[Analysis, LocalModules]:
    """What can be said of the notebook without running it, and the modules of the project that it imports."""
    locked, beside = importable_modules(), modules_beside(path, root)
    files = FilesBeside(root, path.resolve().parent)
    signatures = installed_signatures(root)
    analysis = analyse(
        notebook, ModuleContext(locked=locked, beside=beside, files=files, signatures=signatures)
    )
    if analysis.graph is None:
        return analysis, LocalModules()
    wanted = analysis.graph.imports & beside
    return analysis, find_local_modules(wanted, module_folders(path, root), root, others=locked)


def _describe(
    graph: CellGraph,
    modules: LocalModules,
    workspace: Workspace,
    *,
    python: Path | None,
    launch: Launch | None,
) -> DescribeResult:
    return describe_cells(
        graph,
        modules=modules.sources,
        python=python or Path(sys.executable),
        cpu_s=workspace.config.run.describe_limit_s,
        launch=launch,
    )


def assemble(
    graph: CellGraph,
    meta: Meta,
    definition: Definition,
    inputs: tuple[PinnedInput, ...],
    lock: EnvironmentLock,
    *,
    modules: LocalModules,
) -> BuildSpec:
    """The spec of checked parts. Pure, but for the platform key of this machine, which is not part of identity."""
    return BuildSpec(
        meta=_meta(meta),
        cells=tuple(
            SpecCell(
                tag=cell.tag,
                source=cell.cell.source,
                code_digest=cell.code_digest,
                defs=tuple(sorted(cell.defs)),
                refs=tuple(sorted(cell.refs)),
            )
            for cell in graph.tagged
        ),
        definition=SpecDefinition(kind=definition.kind, digest=definition.digest, plain=definition.plain),
        inputs=tuple(map(_input, inputs)),
        environment=SpecEnvironment(
            python_version=lock.python_version,
            lock_source=lock.source,
            lock_digest=lock.digest,
            distributions=lock.distributions,
            image_digest=None,
            platform_key=platform_key(),
        ),
        modules=tuple(
            SpecModule(
                path=one.path,
                source=one.source,
                code_digest=_module_digest(one),
            )
            for one in modules.modules
        ),
        module_folders=modules.folders,
    )


def _read(path: Path, data: bytes | None) -> tuple[Reading, bytes | None]:
    """The reading and the very bytes that were read: a snapshot must hold what was built."""
    if data is None:
        data = read_bytes(path)
    if data is None:
        return read_notebook(path), None
    return parse_notebook(data, str(path)), data


def _pin_and_lock(
    workspace: Workspace,
    graph: CellGraph,
    modules: LocalModules,
    meta: Meta,
    path: Path,
    *,
    on_lock: OnLock | None,
    lock: EnvironmentLock | None,
    local: bool,
) -> tuple[Pinning, Locking]:
    folder = path.resolve().parent
    pinning = pin_inputs(
        workspace,
        meta,
        notebook_folder=folder,
        panel=graph.reads_panel,
        tables=graph.input_names,
        local=local,
    )
    if lock is not None:
        return pinning, Locking(lock=lock)
    loaded = optional_modules(node for one in modules.modules for node in ast.walk(one.tree))
    locking = lock_environment(
        workspace.root, graph.imports | modules.imports | loaded, store=workspace.cache
    )
    if locking.lock is not None and on_lock is not None:
        on_lock(locking.lock)
    return pinning, locking


def _meta(meta: Meta) -> SpecMeta:
    return SpecMeta(
        id=meta.id,
        kind=meta.kind,
        horizon=meta.horizon,
        owner=meta.owner,
        description=meta.description,
        gates=tuple(
            Gate(metric=metric, op=op, value=value if isinstance(value, str) else repr(value))
            for metric, op, value in sorted(meta.gates, key=lambda gate: gate[0])
        ),
        outputs=tuple(SpecOutput(name=name, path=path) for name, path in sorted(meta.outputs)),
        as_of=meta.as_of or "",
    )


def _input(pinned: PinnedInput) -> SpecInput:
    return SpecInput(
        name=pinned.name,
        role=pinned.role,
        uri=pinned.uri,
        digest=pinned.digest,
        size_bytes=pinned.size_bytes,
        schema=pinned.schema,
        as_of=pinned.as_of,
        derive=pinned.derive,
        date_column=pinned.date_column,
        symbol_column=pinned.symbol_column,
        layout=pinned.layout,
    )

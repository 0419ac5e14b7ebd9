"""From a built notebook to the plan of its clean run: the same for `run` and for `promote`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from nbcode.commands.build import BuildResult
from nbcode.commands.placing import first_lines
from nbcode.configuration import HERE, Isolation, Workspace
from nbcode.environment import EarlyProofs, marker_applies
from nbcode.inputs import InputSource, PinnedInput, Role
from nbcode.notebook import source_file
from nbcode.primitives import Diagnostic, Exit, NbcodeError, canonical_json, exit_for
from nbcode.run import (
    Limits,
    Placement,
    PlannedCell,
    PlannedInput,
    PlannedModule,
    RunContent,
    RunEvent,
    RunPlan,
    Spreading,
)
from nbcode.sandbox import pinned_environment
from nbcode.spec import SpecDefinition, SpecEnvironment


def plan_of(
    built: BuildResult,
    workspace: Workspace,
    *,
    run_id: str,
    isolation: str,
    environment: Mapping[str, str],
    on_event: Callable[[RunEvent], None] = lambda _: None,
    proofs: EarlyProofs | None = None,
    on: str = HERE,
    over: int = 0,
) -> RunPlan:
    """The plan of run ``run_id``, whose folds are spread ``over`` so many (0: over none); ``on`` is where it is to run: what runs elsewhere finds its environment there, and only compares.

    ``isolation`` is the isolation level that was asked for, ``auto`` for the strongest. On every isolation level but ``process`` the run gets a
    fresh environment made from the lock; where none can be made (a wheel is not on this machine), a run that did not ask for
    one uses the installed environment, whose versions were held against the lock, and its record says so. ``on_event``
    hears when one has to be made: that takes seconds, once for a lock. ``environment`` is the user's own, of which a run takes
    the choice of OpenBLAS's kernels. ``proofs`` holds what was begun to be proved before.

    Raises:
        NbcodeError: what is here is not what the lock says; or the fresh environment that was asked for cannot be made.
    """
    fresh, notes = (
        _fresh_python(built, workspace, Isolation(isolation), on_event, proofs) if on == HERE else (None, ())
    )
    references = _references(built, on)
    return RunPlan(
        run_id=run_id,
        content=content_of(built, workspace, environment, references),
        placement=Placement(
            inputs=tuple(one.path for one in built.inputs),
            references=references if any(references) else (),
            isolation=Isolation(isolation),
            python=fresh,
            fresh_environment=fresh is not None,
            # Compiling takes minutes, and plain Python cells never ask for it.
            numba_cache=workspace.cache / "numba" if built.computes_features else None,
            columns=workspace.columns,
            notebook_path=str(source_file(Path(built.notebook.path))),
            first_lines=tuple(first_lines(built.notebook).items()),
            made_of=built.notebook.is_framework,
            project=workspace.root,
            distributions=() if on == HERE else distributions_of(built.spec.environment),
            notes=notes,
            spreading=Spreading(over=over),
        ),
    )


def distributions_of(environment: SpecEnvironment) -> tuple[tuple[str, str], ...]:
    """Name and version of what this platform needs of a lock."""
    return tuple((one.name, one.version) for one in environment.distributions if marker_applies(one.marker))


def content_of(
    built: BuildResult,
    workspace: Workspace,
    environment: Mapping[str, str],
    references: Sequence[InputSource | None],
) -> RunContent:
    """What a clean run of ``built`` is to run, wherever it runs; ``environment`` is the user's own. ``references`` say of which inputs some parts are read alone."""
    run = workspace.config.run
    return RunContent(
        spec_digest=built.spec_digest,
        model_id=built.spec.meta.id,
        cells=tuple(
            PlannedCell(tag=cell.tag, index=cell.cell.index, source=cell.python)
            for cell in built.graph.tagged
        ),
        label_names=tuple(sorted(built.graph.label_names)),
        inputs=tuple(
            replace(planned_input(one), parts=None if reference is None else reference.parts_digest)
            for one, reference in zip(built.inputs, references, strict=True)
        ),
        definition_digest=built.definition_digest,
        environment_digest=built.spec.environment.lock_digest,
        platform_key=built.spec.environment.platform_key,
        pins=pinned_environment(environment.get("OPENBLAS_CORETYPE", "")),
        limits=Limits(
            time_s=run.time_limit_s,
            cpu_s=run.cpu_limit_s,
            look_cpu_s=run.look_limit_s,
            memory_bytes=run.memory_limit_bytes,
            output_bytes=run.output_limit_bytes,
        ),
        definition_kind=built.spec.definition.kind,
        definition=_for_the_judge(built.spec.definition),
        asked=built.asked,
        meta_cell=1 if built.graph.meta_cell is None else built.graph.meta_cell.index,
        folder=folder_in(workspace.root, Path(built.notebook.path)),
        opens_paths=built.graph.opens_paths,
        modules=tuple(PlannedModule(path=one.path, source=one.source) for one in built.spec.modules),
        module_folders=built.spec.module_folders,
        outputs=tuple((one.name, one.path) for one in built.spec.meta.outputs),
        horizon_sessions=int(built.spec.meta.horizon.removesuffix("d")),
    )


def _for_the_judge(definition: SpecDefinition) -> str:
    """The definition as canonical JSON, nothing of plain Python."""
    return canonical_json(definition.plain).decode() if definition.kind == "declarative" else ""


def folder_in(root: Path, notebook: Path) -> str:
    """The notebook's folder relative to ``root``, empty for the root itself, and where the notebook is not below it."""
    folder = notebook.resolve().parent
    if not folder.is_relative_to(root.resolve()):
        return ""
    relative = folder.relative_to(root.resolve()).as_posix()
    return "" if relative == "." else relative


def _references(built: BuildResult, on: str) -> tuple[InputSource | None, ...]:
    """Where each input is besides; for a run elsewhere with the parts of it that are read, where not all of it is."""
    return tuple(
        None
        if one.source is None
        else one.source.of_columns(None if on == HERE else columns_to_read(built, one))
        for one in built.inputs
    )


def columns_to_read(built: BuildResult, one: PinnedInput) -> frozenset[str] | None:
    """The columns of an input that a run of ``built`` reads; None: all, which is so of all but the wide prices of a definition that is data alone."""
    from alpha_bench.describe import columns_read, fields_read

    if (
        one.role is not Role.PRICES
        or not _for_the_judge(built.spec.definition)
        or one.source is None
        or built.graph.opens_paths
    ):
        return None
    parts = [file.parts for file in one.source.files if file.parts is not None]
    wanted = fields_read(built.spec.definition.plain)
    odd = one.layout is not None and (one.layout.is_wide or one.layout.date_format)
    if wanted is None or odd or not parts:
        return None
    return columns_read(
        {column.name: column.number for column in parts[0].columns},
        wanted,
        derive={formula.field: formula.formula for formula in one.derive},
        rename={} if one.layout is None else dict(one.layout.rename),
        keys=(one.date_column, one.symbol_column),
    )


def planned_input(one: PinnedInput) -> PlannedInput:
    """What a run has to know of an input: its content, not its place."""
    return PlannedInput(
        name=one.name,
        role=str(one.role),
        digest=one.digest,
        size_bytes=one.size_bytes,
        suffix=one.path.suffix,
        derive=tuple((d.field, d.formula) for d in one.derive),
        date_column=one.date_column,
        symbol_column=one.symbol_column,
        layout=one.layout,
        place=one.place,
    )


def _fresh_python(
    built: BuildResult,
    workspace: Workspace,
    isolation: Isolation,
    on_event: Callable[[RunEvent], None],
    proofs: EarlyProofs | None,
) -> tuple[Path | None, tuple[Diagnostic, ...]]:
    """The interpreter of the run's own environment, and what there is to say of it; None: the installed one, held against
    its RECORDs."""
    from nbcode.environment import check_installed, create_environment

    def making(changed: str) -> None:
        text = f"made anew, {changed}" if changed else "made from the lock, once for all projects"
        on_event(RunEvent(kind="step", name="environment", elapsed_s=0.0, text=text))

    if isolation is not Isolation.PROCESS:
        creation = create_environment(built.lock, store=workspace.cache, on_build=making, proofs=proofs)
        if creation.environment is not None:
            return creation.environment.python, creation.diagnostics
        if isolation is Isolation.ENVIRONMENT or exit_for(creation.diagnostics) is Exit.SAFETY:
            raise NbcodeError(creation.diagnostics)
    if changed := check_installed(built.lock, store=workspace.cache):
        raise NbcodeError(changed)
    return None, ()

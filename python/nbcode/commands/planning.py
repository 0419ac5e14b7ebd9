"""From a built notebook to the plan of its clean run: the same for `run` and for `promote`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nbcode.commands.build import BuildResult
from nbcode.configuration import Workspace
from nbcode.primitives import Diagnostic, Exit, NbcodeError, exit_for
from nbcode.run import Isolation, Limits, PlannedCell, RunEvent, RunPlan


def plan_of(
    built: BuildResult,
    workspace: Workspace,
    *,
    run_id: str,
    place: Path,
    isolation: str,
    on_event: Callable[[RunEvent], None] = lambda _: None,
) -> RunPlan:
    """The plan of run ``run_id``, whose record is in ``place`` and whose output is in ``place/out``.

    ``isolation`` is the rung that was asked for, ``auto`` for the strongest. On every rung but ``process`` the run gets a
    fresh environment made from the lock; where none can be made (a wheel is not on this machine), a run that did not ask for
    one uses the installed environment, whose versions were held against the lock, and its record says so. ``on_event``
    hears when one has to be made: that takes seconds, once for a lock.

    Raises:
        NbcodeError: what is here is not what the lock says; or the fresh environment that was asked for cannot be made.
    """
    run = workspace.config.run
    fresh, notes = _fresh_python(built, workspace, Isolation(isolation), on_event)
    return RunPlan(
        run_id=run_id,
        spec_digest=built.spec_digest,
        spec_bytes=built.spec_bytes,
        model_id=built.spec.meta.id,
        cells=tuple(
            PlannedCell(tag=cell.tag, index=cell.cell.index, source=cell.cell.source)
            for cell in built.graph.tagged
        ),
        label_names=tuple(sorted(built.graph.label_names)),
        inputs=built.inputs,
        definition_digest=built.definition_digest,
        out=place / "out",
        work=place,
        isolation=Isolation(isolation),
        limits=Limits(
            time_s=run.time_limit_s,
            memory_bytes=run.memory_limit_bytes,
            output_bytes=run.output_limit_bytes,
        ),
        notebook_path=built.notebook.path,
        environment_digest=built.spec.environment.lock_digest,
        platform_key=built.spec.environment.platform_key,
        python=fresh,
        fresh_environment=fresh is not None,
        numba_cache=workspace.cache / "numba",
        columns=workspace.columns,
        notes=notes,
    )


def _fresh_python(
    built: BuildResult, workspace: Workspace, isolation: Isolation, on_event: Callable[[RunEvent], None]
) -> tuple[Path | None, tuple[Diagnostic, ...]]:
    """The interpreter of the run's own environment, and what there is to say of it; None: the installed one, held against
    its RECORDs."""
    from nbcode.environment import check_installed, create_environment

    def making(changed: str) -> None:
        text = f"made anew, {changed}" if changed else "made from the lock, once for all projects"
        on_event(RunEvent(kind="step", name="environment", elapsed_s=0.0, text=text))

    if isolation is not Isolation.PROCESS:
        creation = create_environment(built.lock, store=workspace.cache, on_making=making)
        if creation.environment is not None:
            return creation.environment.python, creation.diagnostics
        if isolation is Isolation.ENVIRONMENT or exit_for(creation.diagnostics) is Exit.SAFETY:
            raise NbcodeError(creation.diagnostics)
    if changed := check_installed(built.lock, store=workspace.cache):
        raise NbcodeError(changed)
    return None, ()

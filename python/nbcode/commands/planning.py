"""From a built notebook to the plan of its clean run: the same for `run` and for `promote`."""

from __future__ import annotations

from pathlib import Path

from nbcode.commands.build import BuildResult
from nbcode.configuration import Workspace
from nbcode.primitives import NbcodeError
from nbcode.run import Isolation, Limits, PlannedCell, RunPlan


def plan_of(built: BuildResult, workspace: Workspace, *, run_id: str, place: Path, isolation: str) -> RunPlan:
    """The plan of run ``run_id``, whose record is in ``place`` and whose output is in ``place/out``.

    ``isolation`` is the rung that was asked for, ``auto`` for the strongest. For ``environment`` a fresh one is made
    from the lock. Raises ``NbcodeError`` where that cannot be.
    """
    run = workspace.config.run
    fresh = _fresh_python(built, workspace) if isolation == Isolation.ENVIRONMENT else None
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
        numba_cache=workspace.store / "cache" / "numba",
    )


def _fresh_python(built: BuildResult, workspace: Workspace) -> Path:
    from nbcode.environment import create_environment

    creation = create_environment(built.lock, store=workspace.store, project=workspace.root)
    if creation.environment is None:
        raise NbcodeError(creation.diagnostics)
    return creation.environment.python

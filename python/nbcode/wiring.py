"""The only place that chooses adapters. Each is imported when it is first used, so that a quick verb stays quick."""

from __future__ import annotations

import contextlib
import functools
import getpass
import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from nbcode.configuration import (
    TrustKind,
    UserState,
    Workspace,
    open_workspace,
    prepare_store,
    require_writable,
)
from nbcode.primitives import Cancellation, Diagnostic, Runtime

if TYPE_CHECKING:
    from nbcode.commands.build import BuildResult
    from nbcode.commands.logs import LogsResult
    from nbcode.commands.models import ModelsResult
    from nbcode.commands.preparing import Build, Builder
    from nbcode.commands.promote import OnEvent, PromotePorts, PromoteResult
    from nbcode.commands.resume import ResumeResult
    from nbcode.commands.run import RunResult
    from nbcode.commands.show import ShowResult
    from nbcode.commands.status import StatusResult
    from nbcode.commands.trust import TrustResult
    from nbcode.configuration import Trusted, TrustItem
    from nbcode.promotion import Journal, Owner, Promotion, Rooms
    from nbcode.promotion._lease import FileLeases
    from nbcode.registry import Registry
    from nbcode.run import RunEvent, RunPlan


_STORE = (TrustKind.STORE, TrustKind.FOREIGN_STORE)


def build_notebook(notebook: Path) -> BuildResult:
    """`nbcode build`. See :func:`nbcode.commands.build.build`."""
    workspace = open_workspace(notebook)
    return building(workspace)(notebook, None)


def run_notebook(
    notebook: Path,
    runtime: Runtime,
    *,
    on_event: OnEvent,
    isolation: str | None = None,
    cancellation: Cancellation | None = None,
) -> RunResult:
    """`nbcode run` on this machine. See :func:`nbcode.commands.run.run`."""
    from nbcode.commands.planning import plan_of
    from nbcode.commands.run import RunPorts, run
    from nbcode.run._local import LocalRunner

    workspace = open_workspace(notebook)
    asked = isolation or workspace.config.run.isolation
    workspace.require(*_STORE, *_weaker(isolation))
    prepare_store(workspace)
    require_writable(workspace.store)
    ports = RunPorts(
        build=build_notebook,
        plan=lambda built, run_id: plan_of(
            built, workspace, run_id=run_id, isolation=asked, on_event=on_event
        ),
        runner=LocalRunner(workspace.store / "runs"),
        runs=workspace.store / "runs",
        new_id=lambda: f"{notebook.stem}-{runtime.now():%Y%m%dT%H%M%S}-{secrets.token_hex(3)}",
        on_event=on_event,
        cancellation=cancellation or Cancellation(),
    )
    return run(notebook, ports)


def building(workspace: Workspace) -> Build:
    """Builds in ``workspace``, with the describe child in the strongest sandbox that holds."""
    from nbcode.commands.build import build
    from nbcode.definition._confined import strongest

    return lambda notebook, data: build(notebook, workspace, data=data, launch=strongest())


def logs_of_project(run_id: str | None, project: Path) -> LogsResult:
    """`nbcode logs`. See :func:`nbcode.commands.logs.logs`."""
    from nbcode.commands.logs import logs

    return logs(trusted_store(open_workspace(project)) / "runs", run_id)


def follow_run(run_id: str | None, project: Path, *, wait: Callable[[], bool]) -> Iterator[RunEvent]:
    """`nbcode logs --follow`. See :func:`nbcode.commands.logs.follow`."""
    from nbcode.commands.logs import follow

    return follow(trusted_store(open_workspace(project)) / "runs", run_id, wait=wait)


def promote_notebook(
    notebook: Path,
    runtime: Runtime,
    *,
    on_event: OnEvent,
    isolation: str | None = None,
    again: bool = False,
    adopt: bool = False,
    cancellation: Cancellation | None = None,
) -> PromoteResult:
    """`nbcode promote` on this machine. See :func:`nbcode.commands.promote.promote`."""
    from nbcode.commands.promote import promote

    workspace = open_workspace(notebook)
    asked = isolation or workspace.config.run.isolation
    workspace.require(*_STORE, TrustKind.SERVER, *_weaker(isolation))
    with promoting(workspace, runtime, on_event, cancellation or Cancellation()) as ports:
        return promote(notebook, ports, isolation=asked, again=again, adopt=adopt)


def resume_project(
    project: Path, runtime: Runtime, *, on_event: OnEvent, cancellation: Cancellation | None = None
) -> ResumeResult:
    """`nbcode resume` on this machine. See :func:`nbcode.commands.resume.resume`."""
    from nbcode.commands.resume import resume

    workspace = open_workspace(project)
    workspace.require(*_STORE, TrustKind.SERVER)
    with promoting(workspace, runtime, on_event, cancellation or Cancellation()) as ports:
        return resume(ports)


def status_of_project(project: Path) -> StatusResult:
    """`nbcode status`. See :func:`nbcode.commands.status.status`."""
    from nbcode.commands.status import status

    workspace = open_workspace(project)
    return status(existing_journal(workspace), leases_of(workspace).free, owner_of(workspace))


def show_model(model: str, project: Path, runtime: Runtime, *, verify: bool = False) -> ShowResult:
    """`nbcode show`. A registry that others write to as well is always asked. See :func:`nbcode.commands.show.show`."""
    from nbcode.commands.show import show

    workspace = open_workspace(project)
    shared = workspace.config.registry_uri is not None
    with contextlib.ExitStack() as opened:
        registry = registry_of(workspace, runtime) if verify or shared else None
        if registry is not None:
            opened.callback(registry.close)
        return show(
            model,
            existing_journal(workspace),
            project=str(workspace.root),
            artifact=lambda digest: workspace.store / "artifacts" / digest.hex,
            registry=registry,
        )


def models_of_project(project: Path) -> ModelsResult:
    """`nbcode models`. See :func:`nbcode.commands.models.models`."""
    from nbcode.commands.models import models

    workspace = open_workspace(project)
    return models(existing_journal(workspace), str(workspace.root))


def trust_project(project: Path, ask: Callable[[Workspace, tuple[TrustItem, ...]], bool]) -> TrustResult:
    """`nbcode trust`. See :func:`nbcode.commands.trust.trust`."""
    from nbcode.commands.trust import Foreign, TrustPorts, trust

    def foreign(workspace: Workspace) -> Foreign | None:
        if existing_journal(workspace) is None:
            return None
        return Foreign(
            journal=journal_of(workspace), owner=owner_of(workspace), leases=leases_of(workspace), who=who()
        )

    return trust(
        TrustPorts(open=lambda: open_workspace(project), foreign=foreign, state=UserState(), ask=ask, now=now)
    )


def revoke_project(project: Path) -> TrustResult:
    """`nbcode trust --revoke`. See :func:`nbcode.commands.trust.revoke`."""
    from nbcode.commands.trust import revoke

    return revoke(open_workspace(project), UserState())


def trusted_projects() -> tuple[Trusted, ...]:
    """`nbcode trust --list`: what the user trusts, by project."""
    return UserState().everything()


@contextlib.contextmanager
def promoting(
    workspace: Workspace, runtime: Runtime, on_event: OnEvent, cancellation: Cancellation
) -> Iterator[PromotePorts]:
    """Everything a promote acts on, in ``workspace``, while inside."""
    from nbcode.commands.preparing import Builder
    from nbcode.commands.promote import PromotePorts
    from nbcode.promotion import failpoint
    from nbcode.promotion._files import SpecFiles

    notices: list[Diagnostic] = []
    builder = Builder(workspace.root, building(workspace))
    registry = registry_of(workspace, runtime, cancellation)
    rooms = functools.cache(
        lambda: _rooms(
            workspace,
            builder=builder,
            registry=registry,
            on_event=on_event,
            notice=notices.append,
            cancellation=cancellation,
        )
    )
    # SQLAlchemy loads while the describe child works.
    threading.Thread(target=_warm, name="nbcode-warm", daemon=True).start()
    prepare_store(workspace)
    require_writable(workspace.store)
    ports = PromotePorts(
        build=builder,
        keep_spec=SpecFiles(workspace.store / "specs").keep,
        open_rooms=rooms,
        leases=leases_of(workspace),
        who=who(),
        now=runtime.now_text,
        monotonic_s=runtime.monotonic_s,
        failpoint=failpoint,
        on_event=on_event,
        notices=notices,
        cancellation=cancellation,
    )
    with contextlib.closing(registry):
        yield ports


def leases_of(workspace: Workspace) -> FileLeases:
    """The leases of a store."""
    from nbcode.promotion._lease import FileLeases

    return FileLeases(workspace.store / "locks", now)


def journal_of(workspace: Workspace) -> Journal:
    """The journal of a store, made when it is not there; what is written into it bears the user's seal."""
    from nbcode.promotion import SealedJournal
    from nbcode.promotion._sql import open_sqlite

    prepare_store(workspace)
    require_writable(workspace.store)
    kept = open_sqlite(workspace.store / "journal.db", leases_of(workspace).hold("journal", wait_s=30.0))
    return SealedJournal(kept, owner_of(workspace))


def owner_of(workspace: Workspace) -> Owner:
    """The user in this project, with the seal that only his nbcode can make."""
    from nbcode.promotion import Owner

    state = UserState()
    return Owner(
        project=str(workspace.root),
        seal=lambda data: state.seal("promotion", data),
        vouches=lambda data, seal: state.vouches("promotion", data, seal),
    )


def trusted_store(workspace: Workspace) -> Path:
    """The store. Raises ``NbcodeError`` when it is not trusted."""
    workspace.require(*_STORE)
    return workspace.store


def existing_journal(workspace: Workspace) -> Journal | None:
    """The journal of a store, None where nothing was promoted yet: reading makes nothing."""
    path = trusted_store(workspace) / "journal.db"
    if not path.exists():
        return None
    from nbcode.promotion._sql import read_sqlite

    return read_sqlite(path, leases_of(workspace).hold("journal", wait_s=30.0))


def registry_of(workspace: Workspace, runtime: Runtime, cancellation: Cancellation | None = None) -> Registry:
    """MLflow: the server that the configuration names, else the one in the store. Raises ``NbcodeError`` when it is not
    trusted: no request of any kind goes there."""
    from nbcode.promotion import failpoint
    from nbcode.registry._process import RegistryProcess

    workspace.require(*_STORE, TrustKind.SERVER)
    return RegistryProcess(
        workspace.store / "registry",
        exclusive=leases_of(workspace),
        uri=workspace.config.registry_uri,
        failpoint=failpoint,
        empty=workspace.cache / "registry",
        environment=runtime.environment,
        cancellation=cancellation,
    )


def who() -> str:
    """The person at this machine, for the record."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()} on {socket.gethostname()}"


def now() -> str:
    """The time as ISO 8601 UTC text, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _weaker(isolation: str | None) -> tuple[TrustKind, ...]:
    """What is asked of the user for the sandbox: nothing where he named it himself."""
    return () if isolation else (TrustKind.ISOLATION,)


def _rooms(
    workspace: Workspace,
    *,
    builder: Builder,
    registry: Registry,
    on_event: OnEvent,
    notice: Callable[[Diagnostic], None],
    cancellation: Cancellation,
) -> Rooms:
    from nbcode.artifact import ArtifactStore
    from nbcode.commands.planning import plan_of
    from nbcode.promotion import Rooms, failpoint
    from nbcode.promotion._files import SpecFiles, StoredArtifacts, StoreRuns
    from nbcode.run._local import LocalRunner
    from nbcode.snapshot import GitSnapshots

    journal = journal_of(workspace)
    specs = SpecFiles(workspace.store / "specs")

    def plan(promotion: Promotion) -> RunPlan:
        planned = plan_of(
            builder.of(promotion, journal),
            workspace,
            run_id=promotion.run_id or "",
            isolation=promotion.isolation_asked,
            on_event=on_event,
        )
        registry.warm()  # MLflow loads while the run goes on
        return planned

    return Rooms(
        root=workspace.root,
        owner=owner_of(workspace),
        journal=journal,
        snapshots=GitSnapshots(store=workspace.store, root=workspace.root),
        runs=StoreRuns(
            workspace.store / "runs",
            LocalRunner(workspace.store / "runs"),
            plan=plan,
            on_event=on_event,
            failpoint=failpoint,
            cancellation=cancellation,
        ),
        artifacts=StoredArtifacts(ArtifactStore(workspace.store / "artifacts"), specs.read),
        registry=registry,
        spec=specs.read,
        notice=notice,
    )


def _warm() -> None:
    import nbcode.promotion._sql  # noqa: F401 - loaded for whoever asks next

"""The only place that chooses adapters. Each is imported when it is first asked for, so that a quick verb stays quick."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from nbcode.commands.calls import JOURNAL_NAME, Commands, Watch, owner_of
from nbcode.configuration import Workspace
from nbcode.primitives import Cancellation, Digest, Runtime

if TYPE_CHECKING:
    from nbcode.commands.preparing import Build
    from nbcode.promotion import EffectPorts, Journal, Promotion
    from nbcode.promotion._lease import FileLeases
    from nbcode.registry import Registry
    from nbcode.run import Runner, RunPlan
    from nbcode.spec import BuildSpec


def commands(runtime: Runtime) -> Commands:
    """Nbcode on this machine."""
    return Commands(LocalAdapters(runtime), runtime)


class LocalAdapters:
    """The `Adapters` of one machine: its sandbox, its git, and in each project's store SQLite, files and MLflow."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def build(self, workspace: Workspace) -> Build:
        from nbcode.commands.build import build
        from nbcode.definition._confined import strongest

        return lambda notebook, data: build(notebook, workspace, data=data, launch=strongest())

    def leases(self, workspace: Workspace) -> FileLeases:
        from nbcode.promotion._lease import FileLeases

        return FileLeases(workspace.store / "locks", self._runtime.now_text)

    def journal(self, workspace: Workspace) -> Journal:
        from nbcode.promotion import SealedJournal
        from nbcode.promotion._sql import open_sqlite

        held = self.leases(workspace).acquire("journal", wait_s=30.0)
        return SealedJournal(open_sqlite(workspace.store / JOURNAL_NAME, held), owner_of(workspace))

    def journal_to_read(self, workspace: Workspace) -> Journal:
        from nbcode.promotion._sql import read_sqlite

        return read_sqlite(
            workspace.store / JOURNAL_NAME, self.leases(workspace).acquire("journal", wait_s=30.0)
        )

    def registry(self, workspace: Workspace, cancellation: Cancellation) -> Registry:
        from nbcode.promotion import failpoint
        from nbcode.registry._process import RegistryProcess

        return RegistryProcess(
            workspace.store / "registry",
            exclusive=self.leases(workspace),
            uri=workspace.config.registry_uri,
            failpoint=failpoint,
            empty=workspace.cache / "registry",
            environment=self._runtime.environment,
            cancellation=cancellation,
        )

    def runner(self, workspace: Workspace) -> Runner:
        from nbcode.run._local import LocalRunner

        return LocalRunner(workspace.store / "runs")

    def effect_ports(
        self,
        workspace: Workspace,
        journal: Journal,
        registry: Registry,
        *,
        plan: Callable[[Promotion], RunPlan],
        watch: Watch,
    ) -> EffectPorts:
        from nbcode.artifact import ArtifactStore
        from nbcode.promotion import EffectPorts, failpoint
        from nbcode.promotion._files import SpecFiles, StoredArtifacts, StoreRuns
        from nbcode.snapshot import GitSnapshots

        store = workspace.store
        specs = SpecFiles(store / "specs")
        runs = StoreRuns(
            store / "runs",
            self.runner(workspace),
            plan=plan,
            on_event=watch.on_event,
            failpoint=failpoint,
            cancellation=watch.cancellation,
        )
        return EffectPorts(
            root=workspace.root,
            owner=owner_of(workspace),
            journal=journal,
            snapshots=GitSnapshots(store=store, root=workspace.root),
            runs=runs,
            artifacts=StoredArtifacts(ArtifactStore(store / "artifacts"), specs.read),
            registry=registry,
            spec=specs.read,
            notice=watch.notice,
        )

    def store_spec(self, workspace: Workspace) -> Callable[[Digest, bytes], None]:
        from nbcode.promotion._files import SpecFiles

        return SpecFiles(workspace.store / "specs").store

    def read_spec(self, workspace: Workspace) -> Callable[[Digest], BuildSpec]:
        from nbcode.promotion._files import SpecFiles

        return SpecFiles(workspace.store / "specs").read

    def warm(self) -> None:
        import nbcode.promotion._sql  # noqa: F401 - loaded for whoever asks next

"""The only place that chooses adapters. Each is imported when it is first asked for, so that a quick verb stays quick."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING

from nbcode.commands.adapters import Controlled, Watch
from nbcode.commands.calls import Commands
from nbcode.commands.project_calls import owner_of
from nbcode.configuration import ARGO, Workspace
from nbcode.primitives import Cancellation, Runtime

if TYPE_CHECKING:
    from nbcode.commands.build import OnLock
    from nbcode.commands.preparing import Build
    from nbcode.environment import EnvironmentLock
    from nbcode.promotion import EffectPorts, HandOver, Journal, JournalSchema, Leases, Promotion
    from nbcode.promotion._files import SpecFiles
    from nbcode.promotion._home import JournalHome
    from nbcode.registry import Registry
    from nbcode.run import Runner, RunPlan
    from nbcode.run._argo import ArgoRunner
    from nbcode.snapshot import Snapshots


def commands(runtime: Runtime) -> Commands:
    """Nbcode on this machine."""
    return Commands(LocalAdapters(runtime), runtime)


class LocalAdapters:
    """The `Adapters` of one machine: its sandbox, its git, each project's store, and the servers that its settings name."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def build(
        self,
        workspace: Workspace,
        on_lock: OnLock | None = None,
        lock: EnvironmentLock | None = None,
        *,
        local: bool = True,
    ) -> Build:
        from nbcode.commands.build import build
        from nbcode.definition._confined import strongest

        made = partial(build, workspace=workspace, launch=strongest(), on_lock=on_lock)
        return partial(made, lock=lock, local=local)

    def leases(self, workspace: Workspace) -> Leases:
        return self._home(workspace).leases()

    def journal(self, workspace: Workspace) -> Journal:
        from nbcode.promotion import SealedJournal

        return SealedJournal(self._home(workspace).open(), owner_of(workspace))

    def journal_to_read(self, workspace: Workspace) -> Journal | None:
        return self._home(workspace).read()

    def journal_schema(self, workspace: Workspace) -> JournalSchema:
        return self._home(workspace).schema()

    def registry(self, workspace: Workspace, cancellation: Cancellation) -> Registry:
        from nbcode.promotion import failpoint
        from nbcode.registry._process import RegistryProcess

        server, home = workspace.registry, self._home(workspace)
        return RegistryProcess(
            workspace.store / "registry",
            exclusive=(home.leases() if server else home.locks).acquire,
            uri=server.uri if server else None,
            failpoint=failpoint,
            empty=workspace.cache / "registry",
            environment=self._runtime.environment,
            cancellation=cancellation,
        )

    def runner(self, workspace: Workspace, on: str, *, patient: bool = True) -> Runner:
        from nbcode.run._spreads import here, spreading

        return spreading(self._argo(workspace, patient=patient)) if on == ARGO else here(workspace.store)

    def effect_ports(
        self,
        workspace: Workspace,
        journal: Journal,
        registry: Registry,
        *,
        plan: Callable[[Promotion], RunPlan],
        watch: Watch,
        finishing: bool = False,
    ) -> EffectPorts:
        from nbcode.promotion import EffectPorts, failpoint
        from nbcode.promotion._files import StoredArtifacts, StoreRuns, serving
        from nbcode.trials import TrialLedger

        store, specs, needs = workspace.store, self.specs(workspace), serving(workspace.root, workspace.cache)
        return EffectPorts(
            root=workspace.root,
            owner=owner_of(workspace),
            journal=journal,
            snapshots=self.snapshots(workspace),
            runs=StoreRuns(
                store / ("controlled/runs" if finishing else "runs"),
                cache(lambda on: self.runner(workspace, on, patient=not finishing)),
                plan=plan,
                on_event=watch.on_event,
                failpoint=failpoint,
                cancellation=watch.cancellation,
                hand_over=None if finishing else self._hand_over(workspace),
            ),
            artifacts=StoredArtifacts(store / "artifacts", specs.read, needs),
            registry=registry,
            trials=TrialLedger(store),
            spec=specs.read,
            notice=watch.notice,
            limits=workspace.config.refit,
        )

    def controlled(
        self, workspace: Workspace, journal: Journal, registry: Registry, watch: Watch
    ) -> Controlled:
        from nbcode.promotion._controlled import ControlledPorts, planned_before

        runner = self._argo(workspace, patient=False)  # it looks again soon, at all that waits
        plan = planned_before(journal, runner.plan_again)
        ports = self.effect_ports(workspace, journal, registry, plan=plan, watch=watch, finishing=True)
        return ControlledPorts(ports, runner, workspace.store, workspace.cache)

    def heard(self, workspace: Workspace) -> Callable[[float], None]:
        from nbcode.run._watching import hearing

        return hearing(workspace.config.argo).wait

    def _hand_over(self, workspace: Workspace) -> HandOver | None:
        from nbcode.promotion.dossier import handing_over
        from nbcode.run._object_store import store_of

        objects = partial(store_of, workspace.config.argo, self._runtime.environment)
        return handing_over(objects, self.specs(workspace).bytes_of, workspace)

    def _argo(self, workspace: Workspace, *, patient: bool = True) -> ArgoRunner:
        from nbcode.run._argo import runner_on

        return runner_on(workspace.config.argo, self._runtime.environment, patient=patient)

    def snapshots(self, workspace: Workspace) -> Snapshots:
        from nbcode.snapshot import GitSnapshots

        return GitSnapshots(store=workspace.store, root=workspace.root)

    def specs(self, workspace: Workspace) -> SpecFiles:
        from nbcode.promotion._files import SpecFiles

        return SpecFiles(workspace.store / "specs")

    def warm(self, on: str) -> None:
        import nbcode.promotion._sql  # noqa: F401 - loaded for whoever asks next
        from nbcode.run.ahead import load

        load(on)

    def _home(self, workspace: Workspace) -> JournalHome:
        from nbcode.promotion._home import JournalHome

        return JournalHome(workspace.journal, workspace.store, self._runtime.now_text)

"""The only place that chooses adapters. Each is imported when it is first asked for, so that a quick verb stays quick."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

from nbcode.commands.adapters import Watch
from nbcode.commands.calls import Commands
from nbcode.commands.project_calls import owner_of
from nbcode.configuration import ARGO, Workspace, cluster_store
from nbcode.primitives import Cancellation, Runtime

if TYPE_CHECKING:
    from nbcode.commands.build import OnLock
    from nbcode.commands.preparing import Build
    from nbcode.environment import EnvironmentLock
    from nbcode.promotion import EffectPorts, Journal, JournalSchema, Leases, Promotion
    from nbcode.promotion._files import SpecFiles
    from nbcode.promotion._home import JournalHome
    from nbcode.registry import Registry
    from nbcode.run import Runner, RunPlan
    from nbcode.run._argo import ArgoRunner
    from nbcode.run._object_store import ObjectStore
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

        return lambda path, data, as_of=None: build(
            path,
            workspace,
            data=data,
            launch=strongest(),
            on_lock=on_lock,
            as_of=as_of,
            lock=lock,
            local=local,
        )

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

    def runner(self, workspace: Workspace, on: str) -> Runner:
        return self._argo(workspace) if on == ARGO else self._here(workspace)

    def _here(self, workspace: Workspace) -> Runner:
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
        from nbcode.promotion import EffectPorts, failpoint
        from nbcode.promotion._files import StoredArtifacts, StoreRuns, serving
        from nbcode.trials import TrialLedger

        lay_down = self._hand_over if workspace.journal is not None else _nothing
        store, specs, needs = workspace.store, self.specs(workspace), serving(workspace.root, workspace.cache)
        return EffectPorts(
            root=workspace.root,
            owner=owner_of(workspace),
            journal=journal,
            snapshots=self.snapshots(workspace),
            runs=StoreRuns(
                store / "runs",
                functools.cache(lambda on: self.runner(workspace, on)),
                plan=plan,
                on_event=watch.on_event,
                failpoint=failpoint,
                cancellation=watch.cancellation,
                elsewhere=workspace.journal is not None,
            ),
            artifacts=StoredArtifacts(store / "artifacts", specs.read, needs),
            registry=registry,
            trials=TrialLedger(store),
            spec=specs.read,
            notice=watch.notice,
            limits=workspace.config.refit,
            hand_over=functools.partial(lay_down, workspace),
        )

    def controlled(
        self, workspace: Workspace, journal: Journal, registry: Registry, watch: Watch
    ) -> Callable[[Promotion], EffectPorts]:
        from nbcode.promotion import EffectPorts, failpoint
        from nbcode.promotion._files import StoredArtifacts, StoreRuns, serving
        from nbcode.promotion.dossier import limits_in, spec_of, take_up
        from nbcode.trials import LEDGER_NAME, TrialLedger

        store, objects, runner = workspace.store, self._objects(workspace), self._argo(workspace)

        def plan(promotion: Promotion) -> RunPlan:
            before = journal.read(promotion.key)
            return runner.plan_again((before and before.run_id) or "", promotion.run_id or "")

        runs = StoreRuns(
            store / "runs",
            lambda _on: runner,
            plan=plan,
            on_event=watch.on_event,
            failpoint=failpoint,
            cancellation=watch.cancellation,
        )

        def ports(promotion: Promotion) -> EffectPorts:
            folder = store / "controlled" / promotion.key.hex
            take_up(objects, promotion, folder, LEDGER_NAME)
            return EffectPorts(
                root=folder,
                owner=owner_of(workspace),
                journal=journal,
                snapshots=self.snapshots(workspace),
                runs=runs,
                artifacts=StoredArtifacts(
                    store / "artifacts",
                    functools.partial(spec_of, objects),
                    serving(folder, workspace.cache),
                ),
                registry=registry,
                trials=TrialLedger(folder),
                spec=functools.partial(spec_of, objects),
                notice=watch.notice,
                limits=limits_in(folder),
            )

        return ports

    def heard(self, workspace: Workspace) -> Callable[[float], None]:
        from nbcode.run._kubernetes import connected
        from nbcode.run._watching import Hearing

        argo = workspace.config.argo
        return Hearing(lambda: connected(argo.context, argo.namespace)).wait

    def _hand_over(self, workspace: Workspace, promotion: Promotion) -> None:
        """What a controller needs lies in the object store before it hears of the run."""
        from nbcode.promotion.dossier import Dossier, lay_down
        from nbcode.trials import LEDGER_NAME

        dossier = Dossier(
            spec=self.specs(workspace).bytes_of(promotion.spec_digest),
            root=workspace.root,
            ledger=workspace.store / LEDGER_NAME,
            limits=workspace.config.refit,
        )
        lay_down(self._objects(workspace), promotion, dossier)

    def _objects(self, workspace: Workspace) -> ObjectStore:
        from nbcode.run._object_store import open_store

        argo = workspace.config.argo
        return open_store(cluster_store(argo.store, self._runtime.environment), argo.endpoint)

    def _argo(self, workspace: Workspace) -> ArgoRunner:
        from nbcode.run._argo import ArgoRunner, Place

        argo = workspace.config.argo
        place = Place(namespace=argo.namespace, template=argo.template, context=argo.context, cpu=argo.cpu)
        return ArgoRunner(place, self._objects(workspace))

    def snapshots(self, workspace: Workspace) -> Snapshots:
        from nbcode.snapshot import GitSnapshots

        return GitSnapshots(store=workspace.store, root=workspace.root)

    def specs(self, workspace: Workspace) -> SpecFiles:
        from nbcode.promotion._files import SpecFiles

        return SpecFiles(workspace.store / "specs")

    def warm(self) -> None:
        import nbcode.promotion._sql  # noqa: F401 - loaded for whoever asks next

    def _home(self, workspace: Workspace) -> JournalHome:
        from nbcode.promotion._home import JournalHome

        uri = workspace.journal.uri if workspace.journal else None
        return JournalHome(uri, workspace.store, self._runtime.now_text)


def _nothing(_workspace: Workspace, _promotion: Promotion) -> None:
    """Whoever begins a promotion without a shared journal finishes it."""

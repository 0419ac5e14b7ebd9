"""Every command on a project: open its workspace, ask for the trust that it needs, put its ports together, call it.

What stands behind the ports is chosen elsewhere (``nbcode.wiring``) and comes in as `Adapters`. Each command is imported when it
is called, so that a quick verb stays quick.
"""

from __future__ import annotations

import contextlib
import functools
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nbcode.commands.adapters import Watch
from nbcode.commands.anew import AS_IT_IS, Anew
from nbcode.commands.cluster_calls import ClusterCalls
from nbcode.commands.kept_calls import KeptCalls
from nbcode.commands.project_calls import CLUSTER, SERVERS, STORE, owner_of, trusted_store, weaker
from nbcode.commands.score_calls import ScoreCalls
from nbcode.commands.servers import require_shared_registry, told_registry
from nbcode.configuration import (
    ARGO,
    HERE,
    UserState,
    Workspace,
    open_workspace,
    prepare_store,
    require_writable,
)
from nbcode.primitives import Cancellation, Diagnostic, NbcodeError

if TYPE_CHECKING:
    from nbcode.cells.suggestion import Choice
    from nbcode.commands.build import BuildResult
    from nbcode.commands.cancel import CancelResult
    from nbcode.commands.controller import ControllerEvent, ControllerResult
    from nbcode.commands.health import Health
    from nbcode.commands.logs import LogsResult
    from nbcode.commands.preparing import Builder, Built
    from nbcode.commands.promote import OnEvent, PromotePorts, PromoteResult
    from nbcode.commands.resume import ResumeResult
    from nbcode.commands.run import RunResult
    from nbcode.commands.suggest import SuggestResult
    from nbcode.commands.trust import Foreign, TrustResult
    from nbcode.configuration import Trusted, TrustItem
    from nbcode.environment import EarlyProofs, EnvironmentLock
    from nbcode.promotion import EffectPorts, Promotion
    from nbcode.registry import Registry
    from nbcode.run import RunEvent, Runner, RunPlan


class Commands(KeptCalls, ScoreCalls, ClusterCalls):
    """The commands of nbcode, for a program or a server. Any number of them may run at once, in threads of their own."""

    def build(self, notebook: Path, *, as_of: str | None = None) -> BuildResult:
        """See :func:`nbcode.commands.build.build`."""
        workspace, notebook = opened(notebook)
        return self._adapters.build(workspace)(notebook, None, as_of)

    def run(
        self,
        notebook: Path,
        *,
        on_event: OnEvent,
        isolation: str | None = None,
        as_of: str | None = None,
        cancellation: Cancellation | None = None,
        data: bytes | None = None,
    ) -> RunResult:
        """See :func:`nbcode.commands.run.run`. ``data`` are bytes to run in place of the file's: the file is not read then."""
        from nbcode.commands.planning import plan_of
        from nbcode.commands.preparing import name_in
        from nbcode.commands.run import RunPorts, run
        from nbcode.environment import EarlyProofs
        from nbcode.promotion import RunBegun, counted
        from nbcode.trials import TrialLedger

        workspace, notebook = opened(notebook)
        asked = isolation or workspace.config.run.isolation
        workspace.require(*STORE, *weaker(isolation))
        prepare_store(workspace)
        require_writable(workspace.store)
        proofs = EarlyProofs(workspace.cache)
        build = self._adapters.build(workspace, proofs.begin)
        begun = RunBegun(notebook=name_in(workspace.root, notebook), begun_at=self._runtime.now_text())
        ports = RunPorts(
            build=lambda path: build(path, data, as_of),
            plan=lambda built, run_id: plan_of(
                built,
                workspace,
                run_id=run_id,
                isolation=asked,
                environment=self._runtime.environment,
                on_event=on_event,
                proofs=proofs,
            ),
            runner=self._adapters.runner(workspace, HERE),
            runs=workspace.store / "runs",
            new_id=lambda: f"{notebook.stem}-{self._runtime.now():%Y%m%dT%H%M%S}-{secrets.token_hex(3)}",
            on_event=on_event,
            count=lambda built, out: counted(begun, built.spec, out, TrialLedger(workspace.store)),
            cancellation=cancellation or Cancellation(),
        )
        return run(notebook, ports)

    def suggest(self, notebook: Path, choice: Choice, *, write: bool = False) -> SuggestResult:
        """See :func:`nbcode.commands.suggest.suggest`."""
        from nbcode.commands.suggest import suggest
        from nbcode.snapshot import user_name

        return suggest(notebook, choice, owner=lambda: user_name() or self._runtime.who(), write=write)

    def promote(
        self,
        notebook: Path,
        *,
        on_event: OnEvent,
        isolation: str | None = None,
        again: bool = False,
        adopt: bool = False,
        as_of: str | None = None,
        on: str | None = None,
        fan_out: bool = False,
        parts: int | None = None,
        wait: bool = True,
        cancellation: Cancellation | None = None,
    ) -> PromoteResult:
        """See :func:`nbcode.commands.promote.promote`. ``fan_out`` spreads the folds over ``parts`` runs, None for as many as are of use."""
        from nbcode.commands.fan_out import FanOutPlanner
        from nbcode.commands.promote import promote

        workspace, notebook = opened(notebook)
        where = on or workspace.config.run.on
        workspace.require(*STORE, *SERVERS, *(CLUSTER if where != HERE else ()), *weaker(isolation))
        asked = isolation or workspace.config.run.isolation
        before = functools.partial(self._promotions_of, workspace)
        planner = FanOutPlanner(workspace, on=where, parts=parts, promotions=before) if fan_out else None
        anew = Anew(as_of=as_of, local=where == HERE, fan_out=planner)
        with self._promoting(workspace, on_event, cancellation or Cancellation(), anew) as ports:
            return promote(notebook, ports, isolation=asked, again=again, adopt=adopt, on=where, wait=wait)

    def _promotions_of(self, workspace: Workspace, model: str) -> tuple[Promotion, ...]:
        """Those of a model, the last one first; none where no journal is there."""
        journal = self._read(workspace)
        return () if journal is None else tuple(journal.promotions(model))

    def refit(
        self,
        model: str,
        project: Path,
        *,
        as_of: str,
        on_event: OnEvent,
        isolation: str | None = None,
        on: str | None = None,
        cancellation: Cancellation | None = None,
    ) -> PromoteResult:
        """See :mod:`nbcode.commands.refit`; `nbcode.commands.promote.promote` does it."""
        from nbcode.commands.promote import promote
        from nbcode.commands.refit import NothingNewError, accepted, as_it_was, source_of

        workspace = open_workspace(project)
        where = on or workspace.config.run.on
        workspace.require(*STORE, *SERVERS, *(CLUSTER if where != HERE else ()), *weaker(isolation))
        asked, cancelled = isolation or workspace.config.run.isolation, cancellation or Cancellation()
        prepare_store(workspace)
        kept, snapshots = self._adapters.specs(workspace).read, self._adapters.snapshots(workspace)
        again = f"nothing was begun: `nbcode refit {model} --as-of {as_of}` again"
        with self._registry_to_read(workspace, again, cancelled) as registry:
            source = source_of(model, registry, kept, snapshots, workspace.root)
        anew = Anew(data=source.data, as_of=as_of, local=where == HERE)
        with self._promoting(workspace, on_event, cancelled, anew) as opened:

            def build(notebook: Path) -> Built:
                built = opened.build(notebook)
                accepted(source, built, as_of, workspace.config.refit, workspace.store)
                return built

            number = source.version.version
            ports = replace(opened, build=build)
            try:
                return promote(source.notebook, ports, isolation=asked, refit_of=number, on=where)
            except NothingNewError as found:
                return as_it_was(found, as_of, ports.effect_ports.artifacts.path)

    def resume(
        self, project: Path, *, on_event: OnEvent, cancellation: Cancellation | None = None
    ) -> ResumeResult:
        """See :func:`nbcode.commands.resume.resume`."""
        from nbcode.commands.resume import resume

        workspace = open_workspace(project)
        workspace.require(*STORE, *SERVERS)
        with self._promoting(workspace, on_event, cancellation or Cancellation()) as ports:
            return resume(ports)

    def retry(
        self,
        name: str,
        project: Path,
        *,
        on_event: OnEvent,
        wait: bool = True,
        cancellation: Cancellation | None = None,
    ) -> PromoteResult:
        """See :func:`nbcode.commands.retry.retry`."""
        from nbcode.commands.retry import retry

        workspace = open_workspace(project)
        workspace.require(*STORE, *SERVERS)
        with self._promoting(workspace, on_event, cancellation or Cancellation()) as ports:
            return retry(name, ports, wait=wait)

    def controller(
        self,
        project: Path,
        *,
        told: Callable[[ControllerEvent], None],
        once: bool = False,
        cancellation: Cancellation | None = None,
    ) -> ControllerResult:
        """See :func:`nbcode.commands.controller.control`."""
        from nbcode.commands import heartbeat
        from nbcode.commands.controller import ControllerPorts, control, without_journal
        from nbcode.promotion import failpoint

        workspace, asked = open_workspace(project), cancellation or Cancellation()
        workspace.require(*STORE, *SERVERS, *CLUSTER)
        if workspace.journal is None:
            raise NbcodeError([without_journal()])
        require_shared_registry(workspace)
        journal, adapters, runtime = self._journal(workspace), self._adapters, self._runtime
        with contextlib.closing(self._registry(workspace, asked)) as registry:
            watch = Watch(on_event=lambda _event: None, notice=lambda _found: None, cancellation=asked)
            controlled = adapters.controlled(workspace, journal, registry, watch)
            ports = ControllerPorts(
                journal=journal,
                leases=adapters.leases(workspace),
                effect_ports=controlled,
                sweep=controlled.sweep,
                place=controlled.place,
                hindered=controlled.hindered,
                heard=(lambda _seconds: None)
                if once
                else heartbeat.beating(
                    adapters.heard(workspace), runtime.environment.get(heartbeat.VARIABLE)
                ),
                told=told,
                now=runtime.now_text,
                monotonic_s=runtime.monotonic_s,
                failpoint=failpoint,
                cancellation=asked,
            )
            return control(ports, once=once)

    def logs(self, run_id: str | None, project: Path) -> LogsResult:
        """See :func:`nbcode.commands.logs.logs`."""
        from nbcode.commands.logs import logs

        workspace = open_workspace(project)
        runs = trusted_store(workspace) / "runs"
        with self._brought(workspace, run_id) as bring:
            bring()
            return logs(runs, run_id)

    def follow(self, run_id: str | None, project: Path, *, wait: Callable[[], bool]) -> Iterator[RunEvent]:
        """See :func:`nbcode.commands.logs.follow`."""
        from nbcode.commands.logs import follow

        workspace = open_workspace(project)
        runs = trusted_store(workspace) / "runs"
        with self._brought(workspace, run_id) as bring:
            bring()
            yield from follow(runs, run_id, wait=lambda: wait() and (bring() or True))

    def cancel(self, name: str, project: Path) -> CancelResult:
        """See :func:`nbcode.commands.cancel.cancel`."""
        from nbcode.commands.cancel import cancel

        workspace = open_workspace(project)
        workspace.require(*STORE, *SERVERS)
        done = cancel(name, self._journal(workspace), functools.partial(self._runner_of, workspace))
        elsewhere = any(one.runs_on != HERE for one in done.cancelled)
        return replace(done, by_resume=elsewhere and workspace.journal is None)

    def _runner_of(self, workspace: Workspace, promotion: Promotion) -> Runner:
        """The runner that has its run. Raises ``NbcodeError`` where its cluster is not trusted, or is another than is named here (NBC-H45)."""
        from nbcode.commands.cancel import elsewhere

        on = promotion.runs_on
        workspace.require(*(CLUSTER if on != HERE else ()))
        runner = self._adapters.runner(workspace, on)
        if promotion.runs_in not in ("", runner.place):
            raise NbcodeError([elsewhere(promotion, runner.place)])
        return runner

    @contextlib.contextmanager
    def _brought(self, workspace: Workspace, name: str | None) -> Iterator[Callable[[], None]]:
        """What brings all that is known of a run that is elsewhere to where its log is read. Inside, a run that is not here is not there at all only where the journal could be
        asked: else why it could not is raised."""
        from nbcode.commands.cancel import of_name
        from nbcode.run import RunReference

        rows: tuple[Promotion, ...] = ()
        away: NbcodeError | None = None
        try:
            journal = self._read(workspace)
            rows = () if journal is None else of_name(name, journal.promotions())
        except NbcodeError as error:  # runs of this machine can be read without the journal
            away = error
        if not rows or rows[0].runs_on == HERE:
            try:
                yield lambda: None
            except NbcodeError as error:
                raise away or error from error
            return
        runner = self._runner_of(workspace, rows[0])
        reference = RunReference(runner=runner.kind, run_id=rows[0].run_id or "")
        prepare_store(workspace)
        yield lambda: runner.keep(reference, workspace.store / "runs" / reference.run_id)

    def doctor(self, project: Path, *, environments: bool = False, on: str | None = None) -> Health:
        """See :func:`nbcode.commands.doctor.doctor`; ``on`` a cluster also what runs there need."""
        from nbcode.commands.doctor import doctor, this_machine
        from nbcode.commands.health import Health

        found: Workspace | tuple[Diagnostic, ...]
        try:
            found = open_workspace(project)
        except NbcodeError as error:
            found = error.diagnostics
        schema = self._adapters.journal_schema
        health = doctor(project, found, this_machine(), schema, environments=environments)
        if not isinstance(found, Workspace) or (on or found.config.run.on) == HERE:
            return health
        return Health(findings=(*health.findings, *self.cluster_findings(found)))

    def trust(
        self, project: Path, confirm: Callable[[Workspace, tuple[TrustItem, ...]], bool]
    ) -> TrustResult:
        """See :func:`nbcode.commands.trust.trust`."""
        from nbcode.commands.trust import TrustPorts, trust

        return trust(
            TrustPorts(
                open=lambda: open_workspace(project),
                foreign=self._foreign,
                state=UserState(),
                confirm=confirm,
                now=self._runtime.now_text,
            )
        )

    def revoke(self, project: Path) -> TrustResult:
        """See :func:`nbcode.commands.trust.revoke`."""
        from nbcode.commands.trust import revoke

        return revoke(open_workspace(project), UserState())

    def trusted(self) -> tuple[Trusted, ...]:
        """What the user trusts, by project."""
        return UserState().everything()

    def _foreign(self, workspace: Workspace) -> Foreign | None:
        from nbcode.commands.trust import Foreign

        if self._read(workspace) is None:
            return None
        return Foreign(
            journal=self._journal(workspace),
            owner=owner_of(workspace),
            leases=self._adapters.leases(workspace),
            who=self._runtime.who(),
        )

    @contextlib.contextmanager
    def _promoting(
        self, workspace: Workspace, on_event: OnEvent, cancellation: Cancellation, anew: Anew = AS_IT_IS
    ) -> Iterator[PromotePorts]:
        """Everything a promote acts on, while inside."""
        from nbcode.commands.knocking import Knocks, asked_of_servers
        from nbcode.commands.preparing import Builder
        from nbcode.commands.promote import PromotePorts
        from nbcode.environment import EarlyProofs
        from nbcode.promotion import failpoint

        adapters, runtime, on = self._adapters, self._runtime, HERE if anew.local else ARGO
        require_shared_registry(workspace)
        notices = [*told_registry(workspace)]
        knocks = Knocks(asked_of_servers(workspace, adapters.journal_schema))
        proofs = EarlyProofs(workspace.cache)

        def locked(_lock: EnvironmentLock) -> None:
            # The describe child computes now. Earlier, this would be in the way of its start: one interpreter here.
            threading.Thread(target=adapters.warm, args=(on,), name="nbcode-warm", daemon=True).start()

        specs = adapters.specs(workspace)
        builder = Builder(
            workspace.root, adapters.build(workspace, locked, local=anew.local), specs.read, anew
        )
        prepare_store(workspace)
        require_writable(workspace.store)
        with contextlib.closing(self._registry(workspace, cancellation)) as registry:
            watch = Watch(on_event=on_event, notice=notices.append, cancellation=cancellation)
            yield PromotePorts(
                build=builder,
                store_spec=specs.store,
                open_effect_ports=functools.cache(
                    lambda: self._effect_ports(workspace, builder, registry, watch, proofs)
                ),
                leases=adapters.leases(workspace),
                who=runtime.who(),
                now=runtime.now_text,
                monotonic_s=runtime.monotonic_s,
                failpoint=failpoint,
                on_event=on_event,
                notices=notices,
                cancellation=cancellation,
                answered=knocks.answered,
                on_work=lambda spec: proofs.begin(builder.lock_of(spec)),
                owner_of=functools.partial(_owner_on, registry)
                if workspace.registry is not None
                else lambda _model: None,
                controlled=workspace.journal is not None,
                fan_out=builder.fan_out,
            )

    def _effect_ports(
        self, workspace: Workspace, builder: Builder, registry: Registry, watch: Watch, proofs: EarlyProofs
    ) -> EffectPorts:
        from nbcode.commands.final_models import finals_on
        from nbcode.commands.planning import plan_of

        journal = self._journal(workspace)

        def plan(promotion: Promotion) -> RunPlan:
            built = builder.of(promotion, journal)
            planned = plan_of(
                built,
                workspace,
                run_id=promotion.run_id or "",
                isolation=promotion.isolation_asked,
                environment=self._runtime.environment,
                on_event=watch.on_event,
                proofs=proofs,
                on=promotion.runs_on,
                over=builder.over(built.spec_digest),
            )
            registry.warm()  # MLflow loads while the run goes on
            return planned

        ports = self._adapters.effect_ports(workspace, journal, registry, plan=plan, watch=watch)
        return replace(ports, finals=finals_on(builder.inputs_of))


def _owner_on(registry: Registry, model: str) -> str | None:
    """Whose the registered model is, as far as its server says it now; empty where another tool made it."""
    with contextlib.suppress(NbcodeError):
        return registry.owner_of(model)
    return None


def opened(notebook: Path) -> tuple[Workspace, Path]:
    """The workspace of ``notebook``, and its path; that of ``package.module:name`` with the folder from which its module is imported."""
    from nbcode.notebook import located

    workspace = open_workspace(notebook)
    return workspace, located(notebook, workspace.root)

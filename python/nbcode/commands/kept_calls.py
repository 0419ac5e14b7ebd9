"""The calls about what is kept: versions from and to other registries, and the room that a store takes."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nbcode.commands.project_calls import STORE, trusted_store, weaker
from nbcode.commands.servers import with_registry
from nbcode.commands.version_calls import VersionCalls
from nbcode.configuration import HERE, TrustKind, Workspace, open_workspace, prepare_store, require_writable
from nbcode.primitives import Cancellation, Diagnostic, NbcodeError, Severity, locked_directory
from nbcode.run import RunEvent

if TYPE_CHECKING:
    from nbcode.commands.collecting import GcResult
    from nbcode.commands.exporting import ExportResult
    from nbcode.commands.importing import ImportResult
    from nbcode.commands.promote import OnEvent
    from nbcode.commands.rebuild import RebuildAsked, RebuildResult
    from nbcode.commands.show import ShowResult
    from nbcode.commands.store_use import StoreUse
    from nbcode.registry import Registry


class KeptCalls(VersionCalls):
    """Of what a registry and a store keep."""

    def show(
        self,
        model: str,
        project: Path,
        *,
        version: int | None = None,
        verify: bool = False,
        local: bool = False,
        registry_address: str | None = None,
    ) -> ShowResult:
        """As `VersionCalls.show`; ``verify`` also fetches the bytes of each version that is shown, and holds them against its digests."""
        from nbcode.commands.fetched import verified

        found = super().show(
            model, project, version=version, verify=verify, local=local, registry_address=registry_address
        )
        if not verify or local:
            return found
        shown = {one.version for one in found.versions}
        with self._asked(with_registry(open_workspace(project), registry_address)) as (there, scratch):
            told = verified(there, [one for one in there.versions(model) if one.version in shown], scratch)
        return replace(found, diagnostics=(*found.diagnostics, *told))

    def export(
        self, model: str, version: int, project: Path, *, to: Path, registry: str | None = None
    ) -> ExportResult:
        """See :func:`nbcode.commands.exporting.export`. ``registry`` is the address of another registry than the project's."""
        from nbcode.commands.exporting import export

        workspace = with_registry(open_workspace(project), registry)
        address = workspace.registry.uri if workspace.registry else str(workspace.store / "registry")
        with self._asked(workspace) as (there, scratch):
            return export(model, version, there, address=address, to=to, scratch=scratch)

    def import_version(
        self, file: Path, project: Path, *, registry: str | None = None, expected: str | None = None
    ) -> ImportResult:
        """See :func:`nbcode.commands.importing.import_version`."""
        from nbcode.artifact import ArtifactStore
        from nbcode.commands.importing import ImportPorts, import_version
        from nbcode.registry.archive import check_archive

        workspace = with_registry(open_workspace(project), registry)
        check_archive(file)  # before anything is made
        prepare_store(workspace)
        require_writable(workspace.store)
        with (
            contextlib.closing(self._registry(workspace, Cancellation())) as there,
            locked_directory(workspace.store, ".import-") as scratch,
        ):
            ports = ImportPorts(
                registry=there,
                artifacts=ArtifactStore(workspace.store / "artifacts"),
                store_spec=self._adapters.specs(workspace).store,
                scratch=scratch,
                who=self._runtime.who(),
                now=self._runtime.now_text,
            )
            return import_version(file, ports, expected=expected)

    def rebuild(
        self,
        asked: RebuildAsked,
        project: Path,
        *,
        on_event: OnEvent,
        cancellation: Cancellation | None = None,
    ) -> RebuildResult:
        """See :func:`nbcode.commands.rebuild.rebuild`."""
        from nbcode.commands.rebuild import RebuildPorts, rebuild

        workspace = with_registry(open_workspace(project), asked.registry)
        workspace.require(*weaker(asked.isolation))
        cancelled = cancellation or Cancellation()
        with self._asked(workspace, cancelled) as (there, scratch):
            ports = RebuildPorts(
                registry=there,
                here=workspace,
                snapshot=self._adapters.snapshots(workspace).read,
                build=lambda other, lock: self._adapters.build(other, lock=lock),
                runner=lambda workspace: self._adapters.runner(workspace, HERE),
                environment=self._runtime.environment,
                scratch=scratch.resolve(),
                on_event=on_event,
                monotonic_s=self._runtime.monotonic_s,
                cancellation=cancelled,
            )
            return rebuild(asked, ports)

    def store_use(self, project: Path, *, cache: bool = False) -> StoreUse:
        """See :func:`nbcode.commands.store_use.store_use`; ``cache``: count that, too. A registry that does not answer is told of, and its models are left out."""
        from nbcode.commands.store_use import store_use
        from nbcode.registry import Figures

        workspace = open_workspace(project)
        trusted_store(workspace)
        told: tuple[Diagnostic, ...] = ()
        try:
            found = self._registered(
                workspace, figures=Figures.NONE, instead="what the folders take is told here"
            )
        except NbcodeError as error:
            found, told = (), tuple(replace(one, severity=Severity.WARNING) for one in error.diagnostics)
        return store_use(workspace.store, workspace.cache, found, told, with_cache=cache)

    def collect(
        self,
        project: Path,
        *,
        keep: str | None,
        dry_run: bool,
        on_event: OnEvent,
        cancellation: Cancellation | None = None,
    ) -> GcResult:
        """See :func:`nbcode.commands.collecting.collect`; ``keep`` is the text of `nbcode.commands.keeping.keep_rule`, None for no rule."""
        from nbcode.artifact import ArtifactStore
        from nbcode.commands.collecting import CollectPorts, collect
        from nbcode.commands.keeping import keep_rule
        from nbcode.promotion import failpoint
        from nbcode.registry import Figures

        rule = None if keep is None else keep_rule(keep)
        workspace = open_workspace(project)
        trusted_store(workspace)
        cancelled = cancellation or Cancellation()
        found = self._registered(
            workspace, figures=Figures.NONE, instead="nothing was removed: try again when it answers"
        )
        if not dry_run:
            require_writable(workspace.store)
        with contextlib.closing(self._registry(workspace, cancelled)) as there:
            ports = CollectPorts(
                store=workspace.store,
                artifacts=ArtifactStore(workspace.store / "artifacts"),
                registry=there,
                on_server=workspace.registry is not None,
                registered=found,
                journal=self._read(workspace),
                leases=self._adapters.leases(workspace),
                now=self._runtime.now(),
                who=self._runtime.who(),
                on_part=lambda part: on_event(
                    RunEvent(kind="step", name="collect", elapsed_s=0.0, text=part.what)
                ),
                failpoint=failpoint,
                cancellation=cancelled,
            )
            return collect(rule, ports, dry_run=dry_run)

    @contextlib.contextmanager
    def _asked(
        self, workspace: Workspace, cancellation: Cancellation | None = None
    ) -> Iterator[tuple[Registry, Path]]:
        """The registry, to be read, and an empty folder outside of the project. Makes nothing in the project."""
        workspace.require(*STORE, TrustKind.SERVER)
        if workspace.registry is None and not (workspace.store / "registry" / "mlflow.db").exists():
            raise NbcodeError([_no_registry(workspace)])
        with (
            self._registry_to_read(workspace, "name another registry: --registry URL", cancellation) as there,
            tempfile.TemporaryDirectory(prefix="nbcode-") as scratch,
        ):
            yield there, Path(scratch)


def _no_registry(workspace: Workspace) -> Diagnostic:
    return Diagnostic(
        code="NBC-I19",
        message="there is no registry here",
        cause=f"nbcode.toml names none, and {workspace.store} has none of its own",
        fixes=("name one: --registry http://mlflow.example:5000", "`nbcode promote NOTEBOOK` makes one"),
    )

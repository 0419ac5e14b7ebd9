"""The call of `score`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbcode.commands.project_calls import STORE, ProjectCalls
from nbcode.configuration import TrustKind, Workspace, open_workspace
from nbcode.primitives import Cancellation, Diagnostic, Digest, NbcodeError, dataclass

if TYPE_CHECKING:
    from nbcode.commands.score import ChosenData, ChosenVersion, ScoreResult, Wanted

_KERNELS = "NUMBA_CACHE_DIR"


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoreFrom:
    """What predicts, and from what: a version by its name in the registry of ``project``, or an ``artifact`` itself; ``data`` is a file, or
    a dataset of nbcode.toml, ``reference`` the file that goes with it, and ``calendar`` the exchange whose sessions they have."""

    project: Path
    name: str | None = None
    artifact: Path | None = None
    data: str | None = None
    reference: Path | None = None
    calendar: str | None = None


class ScoreCalls(ProjectCalls):
    """Of predictions."""

    def score(
        self,
        source: ScoreFrom,
        wanted: Wanted,
        *,
        on_step: Callable[[str], None] = lambda _step: None,
        cancellation: Cancellation | None = None,
    ) -> ScoreResult:
        """See :func:`nbcode.commands.score.score`."""
        from nbcode.commands.score import ScorePorts, score
        from nbcode.inputs import digest_of_data
        from nbcode_runtime import load
        from nbcode_runtime import score as predict

        workspace = open_workspace(source.project)
        _take_kernels(workspace)
        ports = ScorePorts(
            choose=lambda: self._version(source, workspace, cancellation or Cancellation()),
            data=lambda chosen: self._data(source, workspace, chosen),
            load=load,
            predict=lambda model, data, as_of: predict(
                model,
                data.prices,
                data.reference,
                as_of=as_of,
                declared=data.declared,
                calendar=data.calendar,
            ),
            digest=digest_of_data,
            step=on_step,
            now=self._runtime.now_text,
            monotonic_s=self._runtime.monotonic_s,
        )
        return score(wanted, ports)

    def _version(self, source: ScoreFrom, workspace: Workspace, cancellation: Cancellation) -> ChosenVersion:
        from nbcode.artifact import origin_of
        from nbcode.commands.choosing import artifact_in, artifact_of, unknown_model, version_named
        from nbcode.commands.score import ChosenVersion

        if source.artifact is not None:
            artifact = artifact_in(source.artifact)
            digest, (model, spec_digest) = Digest(f"sha256:{artifact.name}"), origin_of(artifact)
            return ChosenVersion(
                model=model or artifact.name[:12],
                version=None,
                line="",
                alias=None,
                artifact_digest=digest,
                spec_digest=spec_digest,
                artifact=artifact,
            )
        name = source.name or ""
        workspace.require(*STORE, TrustKind.SERVER)
        if workspace.registry is None and not (workspace.store / "registry" / "mlflow.db").exists():
            raise NbcodeError([unknown_model(name.partition("@")[0], ())])
        instead = "`nbcode score --artifact FOLDER` asks no registry"
        with self._registry_to_read(workspace, instead, cancellation) as registry:
            version = version_named(name, registry)
            kept = (workspace.store / "artifacts",)
            artifact = artifact_of(version, kept, registry, workspace.cache / "artifacts")
        return ChosenVersion(
            model=version.model,
            version=version.version,
            line=version.line,
            alias=version.alias,
            artifact_digest=version.artifact_digest,
            spec_digest=version.spec_digest,
            artifact=artifact,
        )

    def _data(self, source: ScoreFrom, workspace: Workspace, chosen: ChosenVersion) -> ChosenData:
        from nbcode.commands.score import ChosenData
        from nbcode.inputs import dataset_named
        from nbcode.namespace import layout_of

        if source.data is not None and source.data not in workspace.config.dataset_names:
            return ChosenData(
                prices=Path(source.data), reference=source.reference, calendar=source.calendar or ""
            )
        name = source.data or self._promoted_on(workspace, chosen)
        if name is None and not workspace.config.datasets:
            raise NbcodeError([_no_data(source)])
        dataset = dataset_named(workspace, name)
        declared: dict[str, Any] = {"date": dataset.date_column, "symbol": dataset.symbol_column}
        if dataset.layout is not None:
            declared["layout"] = layout_of(dataset.layout)
        return ChosenData(
            prices=dataset.prices,
            reference=source.reference or dataset.reference,
            dataset=dataset.name,
            declared=declared,
            calendar=source.calendar or dataset.calendar,
        )

    def _promoted_on(self, workspace: Workspace, chosen: ChosenVersion) -> str | None:
        """The dataset of the version's spec; None where its spec is not here."""
        if chosen.spec_digest is None:
            return None
        try:
            spec = self._adapters.specs(workspace).read(chosen.spec_digest)
        except NbcodeError:  # of another project that shares the registry
            return None
        return next((one.name for one in spec.inputs if one.role == "prices"), None)


def _take_kernels(workspace: Workspace) -> None:
    """Let numba find what was compiled for clean runs, where no other place is set."""
    if _KERNELS in os.environ or "numba" in sys.modules:
        return
    from nbcode.run import kernels_of_live

    found = kernels_of_live(workspace.cache / "numba", Path(sys.executable))
    if found is not None:
        os.environ[_KERNELS] = str(found)


def _no_data(source: ScoreFrom) -> Diagnostic:
    what = source.name or str(source.artifact)
    return Diagnostic(
        code="NBC-E01",
        message="which data is to be read is not known",
        cause="the nbcode.toml here has no [data], and the spec of the version is in another store",
        fixes=(f"nbcode score {what} --data prices.parquet", "nbcode score ... --project FOLDER"),
    )

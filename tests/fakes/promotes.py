"""A promote with the real journal, leases, git snapshots and artifact store; the notebook is built beforehand, the run is
prepared, the registry is chosen. Also a program: ``python -m fakes.promotes DIRECTORY VERB [--mlflow] [--spec NAME]``."""

from __future__ import annotations

import functools
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fakes.patience import ENOUGH_S
from fakes.plans import plan_of_cells
from fakes.registries import FileRegistry
from fakes.runners import FakeRunner
from nbcode.commands.promote import PromotePorts, promote
from nbcode.commands.resume import resume
from nbcode.configuration import UserState
from nbcode.primitives import Cancellation, Diagnostic, Digest, digest_bytes, this_process
from nbcode.promotion import EffectPorts, Owner, Promotion, SealedJournal, failpoint
from nbcode.promotion._files import SpecFiles, StoredArtifacts, StoreRuns
from nbcode.promotion._lease import FileLeases
from nbcode.promotion._sql import open_sqlite
from nbcode.promotion.failpoints import VARIABLE
from nbcode.run import RunEvent, RunPlan
from nbcode.snapshot import GitSnapshots
from nbcode.spec import BuildSpec, Gate, SpecDefinition, SpecEnvironment, SpecMeta, encode, spec_digest
from nbcode.trials import TrialLedger

now = this_process().now_text
FIGURES = {"rank_ic_mean": 0.031, "ic_mean": 0.02, "n_dates": 300, "quantile_returns": [0.1, 0.2]}
OUTPUT = {
    "report.json": json.dumps({"figures": FIGURES, "folds": [{"train_rows": 10}]}).encode(),
    "report.html": b"<p>report</p>",
    "pictures/ic.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "model/model.json": b"{}",
}


def spec_named(name: str, gates: tuple[Gate, ...] = ()) -> BuildSpec:
    """Specs of other names have other digests."""
    return BuildSpec(
        meta=SpecMeta(id="xsmom", kind="model", horizon="10d", owner="team", description=name, gates=gates),
        cells=(),
        definition=SpecDefinition(
            kind="declarative", digest=digest_bytes(b"definition"), plain={"estimator": {"name": "Ridge"}}
        ),
        inputs=(),
        environment=SpecEnvironment(
            python_version="3.11",
            lock_source="installed",
            lock_digest=digest_bytes(b"lock"),
            distributions=(),
            image_digest=None,
            platform_key="linux",
        ),
    )


@dataclass(frozen=True, kw_only=True)
class PreparedBuild:
    """What a promote needs of a build, without a notebook."""

    spec: BuildSpec
    data: bytes
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def spec_bytes(self) -> bytes:
        return encode(self.spec)

    @property
    def spec_digest(self) -> Digest:
        return spec_digest(self.spec)

    @property
    def definition_digest(self) -> Digest:
        return self.spec.definition.digest


def built_named(name: str, gates: tuple[Gate, ...] = ()) -> PreparedBuild:
    return PreparedBuild(spec=spec_named(name, gates), data=f"# notebook {name}\n".encode())


def owner_in(root: Path, state: Path | None = None) -> Owner:
    """The user whose state is in the folder ``state``, by default the tests' own."""
    user = UserState(state)
    return Owner(
        project=str(root),
        seal=lambda data: user.seal("promotion", data),
        verify_seal=lambda data, seal: user.verify_seal("promotion", data, seal),
    )


class Bench:
    """A project directory and everything that a promote in it acts on."""

    def __init__(
        self, root: Path, *, registry=None, runner=None, store: Path | None = None, monotonic_s=time.monotonic
    ) -> None:
        self.monotonic_s = monotonic_s
        self.root = root
        self.store = store or root / ".nbcode"
        self.leases = FileLeases(self.store / "locks", now)
        self.registry = registry or FileRegistry(self.store / "registry.json", failpoint)
        self.runner = runner or FakeRunner(root / ".runner", OUTPUT)
        self.events: list[RunEvent] = []
        self.notices: list[Diagnostic] = []
        self.specs = SpecFiles(self.store / "specs")
        self.owner = owner_in(root)
        self.effect_ports = functools.cache(self._effect_ports)
        self.owner_of: Callable[[str], str | None] = lambda _model: None

    def ports(self, gates: tuple[Gate, ...] = (), cancellation: Cancellation | None = None) -> PromotePorts:
        return PromotePorts(
            build=lambda path: built_named(path.stem, gates),
            store_spec=self.specs.store,
            open_effect_ports=self.effect_ports,
            leases=self.leases,
            who="quant",
            now=now,
            monotonic_s=self.monotonic_s,
            failpoint=failpoint,
            on_event=self.events.append,
            notices=self.notices,
            cancellation=cancellation or Cancellation(),
            owner_of=self.owner_of,
        )

    def promote(
        self,
        name: str = "notebook",
        *,
        again: bool = False,
        adopt: bool = False,
        gates: tuple[Gate, ...] = (),
    ):
        self.notices.clear()
        return promote(self.root / f"{name}.py", self.ports(gates), again=again, adopt=adopt)

    def resume(self):
        self.notices.clear()
        return resume(self.ports())

    def temporary(self) -> list[str]:
        """What must not be left when nothing is in work."""
        kept = {".gitignore", ".shared"}
        found = [p for p in self.store.rglob("*") if "snapshots.git" not in p.parts and p.name not in kept]
        words = (".part", ".lock", ".incoming-", "staging", ".new")
        runs = [p for p in (self.store / "runs").glob("*/*") if p.name not in {"log.txt", "findings.json"}]
        return sorted(
            str(p.relative_to(self.store))
            for p in [*runs, *(f for f in found if f.name.startswith(".") or any(w in f.name for w in words))]
        )

    def _plan(self, promotion: Promotion) -> RunPlan:
        return plan_of_cells(
            (),
            run_id=promotion.run_id,
            spec_digest=promotion.spec_digest,
            model_id=promotion.model,
            definition_digest=promotion.definition_digest,
        )

    def _effect_ports(self) -> EffectPorts:
        journal = open_sqlite(self.store / "journal.db", self.leases.acquire("journal", wait_s=30.0))
        return EffectPorts(
            root=self.root,
            owner=self.owner,
            journal=SealedJournal(journal, self.owner),
            snapshots=GitSnapshots(store=self.store, root=self.root),
            runs=StoreRuns(
                self.store / "runs",
                lambda _on: self.runner,
                plan=self._plan,
                on_event=self.events.append,
                failpoint=failpoint,
            ),
            artifacts=StoredArtifacts(self.store / "artifacts", self.specs.read),
            registry=self.registry,
            trials=TrialLedger(self.store),
            spec=self.specs.read,
            notice=self.notices.append,
        )


def artifact_path(bench: Bench, digest: Digest) -> Path:
    return bench.store / "artifacts" / digest.hex


def promote_and_die(
    root: Path, point: str, name: str = "notebook", make: Callable[[Path], Bench] = Bench
) -> int | None:
    """Promote ``name`` in a process of its own that dies at ``point``; its exit code."""

    def child() -> None:
        os.environ[VARIABLE] = point
        make(root).promote(name)

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join(ENOUGH_S)
    return process.exitcode


def main(arguments: list[str]) -> None:
    root, verb, *options = arguments
    registry = None
    if "--mlflow" in options:
        from nbcode.registry._process import RegistryProcess

        store = Path(root) / ".nbcode"
        registry = RegistryProcess(
            store / "registry",
            exclusive=FileLeases(store / "locks", now),
            failpoint=failpoint,
            environment=os.environ,
        )
    bench = Bench(Path(root), registry=registry)
    done = bench.promote() if verb == "promote" else bench.resume()
    print(json.dumps(done.to_json()))


if __name__ == "__main__":
    main(sys.argv[1:])

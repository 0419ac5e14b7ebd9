"""What the commands ask of the place where they run. ``nbcode.wiring`` gives those of this machine."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Protocol

from nbcode.configuration import (
    Workspace,
)
from nbcode.primitives import Cancellation, Diagnostic, Digest, dataclass

if TYPE_CHECKING:
    from nbcode.commands.build import OnLock
    from nbcode.commands.preparing import Build
    from nbcode.commands.promote import OnEvent
    from nbcode.environment import EnvironmentLock
    from nbcode.promotion import EffectPorts, Journal, JournalSchema, Leases, Promotion
    from nbcode.registry import Registry
    from nbcode.run import Runner, RunPlan
    from nbcode.snapshot import Snapshots
    from nbcode.spec import BuildSpec


@dataclass(frozen=True, kw_only=True, slots=True)
class Watch:
    """Who watches a command: hears its events and what it finds beside the way, and may ask for its end."""

    on_event: OnEvent
    notice: Callable[[Diagnostic], None]
    cancellation: Cancellation


class Specs(Protocol):
    """Specs by digest."""

    def store(self, digest: Digest, data: bytes) -> None:
        """Keep the canonical bytes of a spec."""
        ...

    def read(self, digest: Digest) -> BuildSpec:
        """The spec. Raises ``NbcodeError`` (NBC-I22) where it is gone or cannot be read."""
        ...


class Controlled(Protocol):
    """What a controller acts on. ``place`` is where the runs are that it goes on with."""

    place: str

    def __call__(self, promotion: Promotion) -> EffectPorts:
        """What it acts on for a promotion."""
        ...

    def hindered(self, promotion: Promotion, found: tuple[Diagnostic, ...]) -> None:
        """Say why a promotion cannot go on."""
        ...

    def sweep(self, unfinished: Collection[Promotion]) -> None:
        """Remove what is kept for any promotion but these."""
        ...


class Adapters(Protocol):
    """What stands behind the ports, by project. None of them begins anything when it is only asked for."""

    def build(
        self,
        workspace: Workspace,
        on_lock: OnLock | None = None,
        lock: EnvironmentLock | None = None,
        *,
        local: bool = True,
    ) -> Build:
        """Builds notebooks; ``local``: for a run of this machine, so that data that are elsewhere are fetched; ``on_lock`` hears of an environment's lock while the rest is still being built; ``lock`` is taken in place of what
        is locked or installed here."""

    def leases(self, workspace: Workspace) -> Leases:
        """One holder a name."""

    def journal(self, workspace: Workspace) -> Journal:
        """The journal, made when it is not there."""

    def journal_to_read(self, workspace: Workspace) -> Journal | None:
        """The journal that is there, None where nothing was promoted yet; reading changes nothing."""

    def journal_schema(self, workspace: Workspace) -> JournalSchema:
        """Which schema the journal has; changes nothing. Raises ``JournalError`` when that cannot be read."""

    def registry(self, workspace: Workspace, cancellation: Cancellation) -> Registry:
        """The registry; whoever asks for it closes it."""

    def runner(self, workspace: Workspace, on: str) -> Runner:
        """Executes plans ``here`` or on a cluster. Raises ``NbcodeError`` where the project says of none."""

    def effect_ports(
        self,
        workspace: Workspace,
        journal: Journal,
        registry: Registry,
        *,
        plan: Callable[[Promotion], RunPlan],
        watch: Watch,
    ) -> EffectPorts:
        """What a promotion acts on."""

    def controlled(
        self, workspace: Workspace, journal: Journal, registry: Registry, watch: Watch
    ) -> Controlled:
        """What a controller acts on, for each promotion of whatever project."""
        ...

    def heard(self, workspace: Workspace) -> Callable[[float], None]:
        """Waits until something is heard of the cluster, or so many seconds."""
        ...

    def snapshots(self, workspace: Workspace) -> Snapshots:
        """Keeps notebooks in git, and gives them back."""
        ...

    def specs(self, workspace: Workspace) -> Specs:
        """The specs of a project's promotions."""
        ...

    def warm(self, on: str) -> None:
        """Load what a promote needs later, of which the run is ``on`` this machine or a cluster."""

"""`nbcode trust`: what a project asks for beyond itself, shown to the user, and his answer kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import TYPE_CHECKING

from nbcode.configuration import (
    Trusted,
    TrustItem,
    TrustKind,
    UserState,
    Workspace,
    mark_store,
    require_writable,
    unmark_store,
)
from nbcode.primitives import Exit, Json, dataclass
from nbcode.promotion import Journal, JournalError, Leases, Owner, Promotion, Retried, of_project, step

if TYPE_CHECKING:
    from nbcode.commands.outputs.machine import TrustOutput

__all__ = ["Foreign", "TrustOutcome", "TrustPorts", "TrustResult", "revoke", "trust"]


class TrustOutcome(StrEnum):
    """How it ended."""

    TRUSTED = "trusted"
    DECLINED = "declined"
    NOTHING = "nothing to trust"
    REVOKED = "revoked"


@dataclass(frozen=True, kw_only=True, slots=True)
class TrustResult:
    """``items`` are those that were trusted, declined or revoked."""

    answer: TrustOutcome
    root: str
    items: tuple[TrustItem, ...] = ()
    revoked: Trusted | None = None

    @property
    def exit_code(self) -> Exit:
        """4 while something waits for trust."""
        return Exit.SAFETY if self.answer is TrustOutcome.DECLINED else Exit.DONE

    def to_json(self) -> TrustOutput:
        """What `trust --json` prints."""
        items: list[Json] = [item.to_json() for item in self.items]
        if self.revoked is not None:
            items = list(self.revoked.to_json()["items"])  # type: ignore[arg-type]
        return {"status": str(self.answer), "root": self.root, "items": items}


@dataclass(frozen=True, kw_only=True, slots=True)
class Foreign:
    """The journal of a trusted store, for what in it waits and is not this user's."""

    journal: Journal
    owner: Owner
    leases: Leases
    who: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TrustPorts:
    """``open`` reads the project anew; ``foreign`` opens its journal, None where there is none; ``confirm`` shows items and
    returns the user's answer; ``now`` gives ISO 8601 UTC text."""

    open: Callable[[], Workspace]
    foreign: Callable[[Workspace], Foreign | None]
    state: UserState
    confirm: Callable[[Workspace, tuple[TrustItem, ...]], bool]
    now: Callable[[], str]


def trust(ports: TrustPorts) -> TrustResult:
    """Ask for everything that is not trusted yet, and keep what the user said.

    A store is not looked into before it is trusted, so what it holds is asked for after it.
    """
    kept: list[TrustItem] = []
    while True:
        workspace = ports.open()
        root = str(workspace.root)
        store = workspace.refusals(TrustKind.STORE, TrustKind.FOREIGN_STORE)
        closed = store or workspace.refusals(TrustKind.JOURNAL)
        waiting = () if closed else _interrupted(_reached(ports, workspace))
        items = (*workspace.untrusted, *(item for item, _ in waiting))
        if not items:
            return TrustResult(
                answer=TrustOutcome.TRUSTED if kept else TrustOutcome.NOTHING, root=root, items=tuple(kept)
            )
        if not ports.confirm(workspace, items):
            return TrustResult(answer=TrustOutcome.DECLINED, root=root, items=items)
        ports.state.trust(workspace.root, workspace.untrusted, ports.now())
        if store:
            require_writable(workspace.store)
        if any(item.kind is TrustKind.FOREIGN_STORE for item in workspace.untrusted):
            mark_store(workspace.store, ports.state)
        _take_over(ports.foreign(workspace) if waiting else None, (row for _, row in waiting), ports.now)
        kept += items


def revoke(workspace: Workspace, state: UserState) -> TrustResult:
    """Forget what was trusted of the project; a store that was made elsewhere is a stranger's again."""
    found = state.revoke(workspace.root)
    if found is not None and any(kind == TrustKind.FOREIGN_STORE for _, kind, *_ in found.items):
        unmark_store(workspace.store)
    answer = TrustOutcome.REVOKED if found else TrustOutcome.NOTHING
    return TrustResult(answer=answer, root=str(workspace.root), revoked=found)


def _reached(ports: TrustPorts, workspace: Workspace) -> Foreign | None:
    """None also where the journal's server is away: what waits there is asked for when somebody comes to it."""
    try:
        return ports.foreign(workspace)
    except JournalError:
        if workspace.journal is None:
            raise
        return None


def _interrupted(foreign: Foreign | None) -> tuple[tuple[TrustItem, Promotion], ...]:
    """What waits in the journal, is of this project by its own word, and was not begun by this user."""
    if foreign is None:
        return ()
    rows = of_project(foreign.journal.promotions(), foreign.owner.project)
    waiting = [p for p in rows if not p.finished and not foreign.owner.began(p)]
    return tuple((_item(p), p) for p in waiting if foreign.journal.payload(p.key) is not None)


def _item(promotion: Promotion) -> TrustItem:
    bytes_digest = promotion.notebook_digest or "a digest that is not on record"
    return TrustItem(
        kind=TrustKind.RESUME,
        setting=f"the journal, {promotion.begun_at}",
        value=promotion.notebook,
        target=f"{promotion.model}, bytes {bytes_digest}, sandbox {promotion.isolation_asked}, by {promotion.who}",
        why="its cells would run here as yours, from the bytes in the journal and not from any file of yours",
    )


def _take_over(foreign: Foreign | None, rows: Iterable[Promotion], now: Callable[[], str]) -> None:
    """Begin each anew as this user's, from its bytes: nothing that somebody else says was done already is believed."""
    if foreign is None:
        return
    for row in rows:
        data = foreign.journal.payload(row.key)
        if data is None:
            continue
        anew = Retried(
            who=foreign.who,
            isolation_asked=row.isolation_asked,
            project=foreign.owner.project,
            notebook_digest=row.notebook_digest,
            takes_over=True,
        )
        with foreign.leases.acquire(row.key.hex, wait_s=0):
            renewed, _ = step(row, anew, at=now())
            foreign.journal.renew(row, renewed, data)

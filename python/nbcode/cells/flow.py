"""Names over the whole notebook: what each tagged cell reads, where it was made, and what cannot be accounted for.

Tagged cells run alone, in document order. So a name is there when an earlier tagged cell (or an earlier line of the same
one) bound it, or when it is the platform's or Python's. A function's body is checked when the function is called by name;
otherwise its names must only be bound somewhere, since it may be called at the very end.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Sequence
from typing import Literal

from alpha_bench.names import PLATFORM_NAMES, is_label_name
from nbcode.cells.facts import CellFacts
from nbcode.cells.guards import Guard
from nbcode.cells.scopes import Event
from nbcode.primitives import Severity, dataclass

Kind = Literal["untagged", "nowhere", "later", "deleted"]

BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_")) - {"get_ipython"} | {
    "__name__",
    "__doc__",
    "__builtins__",
    "__import__",
    "__debug__",
    "__build_class__",
    "__package__",
    "__spec__",
    "__loader__",
    "WindowsError",
    "PythonFinalizationError",
    "display",  # the kernel of the clean run provides it, as every Jupyter kernel does
    "exit",
    "quit",
    "get_ipython",  # refused by its own rule
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where a name was bound."""

    facts: CellFacts
    event: Event


@dataclass(frozen=True, kw_only=True, slots=True)
class Unresolved:
    """A read of a name that is not there when the tagged cells run alone. ``origins``: where it is bound otherwise.
    ``uncalled``: it stands in a function that no tagged cell mentions, so that no run reaches it. ``caught``: a handler of every
    exception goes on without it."""

    kind: Kind
    name: str
    facts: CellFacts
    event: Event
    origins: tuple[Origin, ...] = ()
    through: str = ""
    uncalled: bool = False
    caught: bool = False

    @property
    def severity(self) -> Severity:
        """An error where a run would stop."""
        return Severity.NOTE if self.uncalled or self.caught else Severity.ERROR


@dataclass(frozen=True, kw_only=True, slots=True)
class Mutation:
    """A tagged cell changes in place what another tagged cell made."""

    facts: CellFacts
    event: Event
    owner: Origin


@dataclass(frozen=True, kw_only=True, slots=True)
class HiddenChange:
    """An exploratory cell rebinds or changes a tagged name that a later tagged cell reads."""

    name: str
    facts: CellFacts
    event: Event
    owner: Origin
    reader: Origin


@dataclass(frozen=True, kw_only=True, slots=True)
class Flow:
    """The findings, and the names that each tagged cell takes from outside itself (by cell index). ``provided_reads``: names
    that some tagged cell reads in the meaning that the platform or Python gives them."""

    unresolved: tuple[Unresolved, ...]
    mutations: tuple[Mutation, ...]
    hidden_changes: tuple[HiddenChange, ...]
    refs: dict[int, frozenset[str]]
    provided_reads: frozenset[str]


def is_provided(name: str) -> bool:
    """Whether the platform or Python provides ``name`` without an import."""
    return name in PLATFORM_NAMES or name in BUILTINS or is_label_name(name)


def follow(tagged: Sequence[CellFacts], untagged: Sequence[CellFacts]) -> Flow:
    """Follow every module-level name through the tagged cells, which are in document order."""
    follower = _Follower(tagged, untagged)
    for facts in tagged:
        follower.cell(facts)
    return Flow(
        unresolved=tuple(follower.unresolved),
        mutations=tuple(follower.mutations),
        hidden_changes=tuple(_hidden_changes(tagged, untagged)),
        refs=follower.refs,
        provided_reads=frozenset(follower.provided_reads),
    )


class _Follower:
    """Walks the events; what is bound so far is its state."""

    def __init__(self, tagged: Sequence[CellFacts], untagged: Sequence[CellFacts]) -> None:
        self.bound: dict[str, Origin] = {}
        self.deleted: dict[str, Origin] = {}
        self.anywhere = _all_binds(tagged, guess=True)
        self.untagged = _all_binds(untagged, guess=True)
        self.unresolved: list[Unresolved] = []
        self.mutations: list[Mutation] = []
        self.refs: dict[int, frozenset[str]] = {}
        self.provided_reads: set[str] = set()
        self._mentioned = {
            event.name
            for facts in tagged
            for event in facts.events
            if event.kind in {"use", "call"} and event.inside != event.name
        }

    def cell(self, facts: CellFacts) -> None:
        own: set[str] = set()
        leaves = facts.binds
        refs: set[str] = set()
        reported: dict[str, Severity] = {}
        shadowed: dict[str, Origin | None] = {}
        for event in facts.events:
            if event.kind in {"use", "call"}:
                later = event.deferred and event.name in leaves
                if (
                    event.name not in own
                    and not later
                    and (event.name in self.bound or event.name not in BUILTINS)
                    and not self._goes_without(event)
                ):
                    refs.add(event.name)
                self._read(facts, event, reported)
            elif event.kind == "bind":
                if event.how == "except":
                    shadowed[event.name] = self.bound.get(event.name)
                own.add(event.name)
                self._mind_bind(facts, event)
            elif event.kind == "unbind":
                before = shadowed.pop(event.name, None)
                if before is None:
                    self.bound.pop(event.name, None)
                else:
                    self.bound[event.name] = before
            elif event.kind == "delete":
                self._delete(facts, event)
            elif event.kind == "mutate":
                self._mutate(facts, event)
        if facts.tree is None:
            # The cell has its own finding; names that it seems to make are not reported once more.
            for name in facts.parsed.guessed:
                self.bound[name] = self.anywhere[name][0]
        self.refs[facts.cell.index] = frozenset(refs)

    def _mind_bind(self, facts: CellFacts, event: Event) -> None:
        self.bound[event.name] = Origin(facts=facts, event=event)
        self.deleted.pop(event.name, None)

    def _delete(self, facts: CellFacts, event: Event) -> None:
        owner = self.bound.get(event.name)
        if owner is not None and owner.facts is not facts:
            self.mutations.append(Mutation(facts=facts, event=event, owner=owner))
        if not event.conditional and not event.deferred:
            self.bound.pop(event.name, None)
            self.deleted[event.name] = Origin(facts=facts, event=event)

    def _mutate(self, facts: CellFacts, event: Event) -> None:
        owner = self.bound.get(event.name)
        if owner is None or owner.facts is facts or owner.event.how == "import":
            return
        self.mutations.append(Mutation(facts=facts, event=event, owner=owner))

    def _read(self, facts: CellFacts, event: Event, reported: dict[str, Severity]) -> None:
        name = event.name
        if name in self.bound:
            if event.kind == "call" and not event.deferred:
                self._called(facts, event, reported)
            return
        if is_provided(name) and name not in self.deleted:
            self.provided_reads.add(name)
            return
        if event.deferred and name in self.anywhere:
            return
        if self._goes_without(event):
            return
        missing = self._explain(facts, event, name)
        if reported.get(name) not in {missing.severity, Severity.ERROR}:
            reported[name] = missing.severity
            self.unresolved.append(missing)

    def _goes_without(self, event: Event) -> bool:
        """Whether the cell expects the name to be missing, and it is: in a kernel as in the clean run."""
        expected = event.guard is Guard.NAMED or (event.guard is Guard.ANY and event.name == "__file__")
        return expected and not any(
            event.name in known for known in (self.bound, self.anywhere, self.untagged)
        )

    def _called(self, facts: CellFacts, event: Event, reported: dict[str, Severity]) -> None:
        """A call of a function by its name: what its body reads must be there now."""
        seen: set[str] = set()
        waiting = [event.name]
        while waiting:
            function = waiting.pop()
            origin = self.bound.get(function)
            if origin is None or function in seen:
                continue
            seen.add(function)
            for name in sorted(origin.event.needs):
                if name in self.bound:
                    waiting.append(name)
                elif name in self.anywhere and not is_provided(name) and name not in reported:
                    reported[name] = Severity.ERROR
                    self.unresolved.append(self._explain(facts, event, name, through=event.name))

    def _explain(self, facts: CellFacts, event: Event, name: str, through: str = "") -> Unresolved:
        kind: Kind = "nowhere"
        origins: tuple[Origin, ...] = ()
        hidden = self.untagged.get(name, [])
        before = [origin for origin in hidden if origin.facts.cell.index < facts.cell.index]
        if name in self.deleted:
            kind, origins = "deleted", (self.deleted[name],)
        elif before:
            kind, origins = "untagged", tuple(before[-1:] + before[:-1])
        elif name in self.anywhere:
            kind, origins = "later", tuple(self.anywhere[name][:1])
        elif hidden:
            kind, origins = "untagged", tuple(hidden)
        return Unresolved(
            kind=kind,
            name=name,
            facts=facts,
            event=event,
            origins=origins,
            through=through,
            uncalled=bool(event.inside) and event.inside not in self._mentioned,
            caught=event.guard is Guard.ANY and kind != "untagged",
        )


def _all_binds(cells: Iterable[CellFacts], *, guess: bool = False) -> dict[str, list[Origin]]:
    found: dict[str, list[Origin]] = {}
    for facts in cells:
        for name, event in facts.binds.items():
            found.setdefault(name, []).append(Origin(facts=facts, event=event))
        if guess:
            for name in sorted(facts.parsed.guessed):
                line = next((n for n, text in enumerate(facts.lines, 1) if name in text), 1)
                event = Event(
                    "bind", name, line, 0, len(name), deferred=False, conditional=False, how="assign"
                )
                found.setdefault(name, []).append(Origin(facts=facts, event=event))
    return found


def _hidden_changes(tagged: Sequence[CellFacts], untagged: Sequence[CellFacts]) -> Iterable[HiddenChange]:
    """Exploratory cells that change a tagged name between the tagged cell that made it and one that reads it."""
    order = sorted(
        [(f.cell.index, True, f) for f in tagged] + [(f.cell.index, False, f) for f in untagged],
        key=lambda x: x[0],
    )
    owners: dict[str, Origin] = {}
    changed: dict[str, Origin] = {}
    for _, is_tagged, facts in order:
        for event in facts.events:
            if is_tagged and event.kind == "bind":
                owners[event.name] = Origin(facts=facts, event=event)
                changed.pop(event.name, None)
            elif is_tagged and event.kind in {"use", "call"} and event.name in changed:
                change = changed.pop(event.name)
                yield HiddenChange(
                    name=event.name,
                    facts=change.facts,
                    event=change.event,
                    owner=owners[event.name],
                    reader=Origin(facts=facts, event=event),
                )
            elif not is_tagged and event.name in owners and _changes(event, owners[event.name]):
                changed[event.name] = Origin(facts=facts, event=event)


def _changes(event: Event, owner: Origin) -> bool:
    """Whether an exploratory event changes the value; importing the same module again does not."""
    if event.kind == "mutate":
        return owner.event.how != "import" and not event.deferred
    return (
        event.kind in {"bind", "delete"}
        and not event.deferred
        and (event.how, owner.event.how) != ("import", "import")
    )

"""``from module import *`` in tagged cells: the names that it brings and that they read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

from nbcode.cells.facts import CellFacts
from nbcode.cells.scopes import Event
from nbcode.cells.source_facts import Import
from nbcode.primitives import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Star:
    """A star, in the cell ``cell``. ``read``: those of its names that tagged cells or [meta] read; None where its names are not known."""

    cell: int
    found: Import
    read: frozenset[str] | None


def stars_of(
    tagged: Sequence[CellFacts],
    names_of: Callable[[str], frozenset[str] | None] | None,
    also_read: Collection[str] = (),
) -> tuple[Star, ...]:
    """The stars of the cells, in their order. ``names_of`` gives the names of a module, ``also_read`` are names that [meta] reads."""
    found = [(facts, one) for facts in tagged for one in facts.imports if one.name == "*"]
    if not found:
        return ()
    read = {event.name for facts in tagged for event in facts.events if event.kind in {"use", "call"}}
    read |= set(also_read)
    stars = []
    for facts, one in found:
        names = None if names_of is None or one.relative else names_of(one.module)
        stars.append(
            Star(cell=facts.cell.index, found=one, read=None if names is None else names & frozenset(read))
        )
    return tuple(stars)


def with_stars(facts: CellFacts, stars: Sequence[Star]) -> CellFacts:
    """The cell with a binding for each name that its stars bring and somebody reads."""
    events = list(facts.events)
    for star in stars:
        if star.cell != facts.cell.index or not star.read:
            continue
        line = star.found.node.lineno
        at = next((n for n, event in enumerate(events) if event.line > line), len(events))
        events[at:at] = _bindings(star)
    return CellFacts(facts.cell, facts.path, facts.source, events=tuple(events))


def _bindings(star: Star) -> Iterator[Event]:
    node = star.found.node
    for name in sorted(star.read or ()):
        yield Event(
            "bind",
            name,
            node.lineno,
            node.col_offset,
            node.end_col_offset or node.col_offset,
            deferred=False,
            conditional=False,
            how="import",
        )


def star_aliases(stars: Sequence[Star]) -> dict[str, str]:
    """The dotted names of what stars bring; of two, the later one's."""
    return {name: f"{star.found.module}.{name}" for star in stars for name in star.read or ()}

"""Which distributions a run needs, and on which platforms: pure graph work over what a lock or a site knows.

The closure is taken over *all* platforms at once. So one lock file gives one answer on every machine, and each
distribution carries the condition under which it is wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from pathlib import Path
from types import MappingProxyType

from nbcode.primitives import dataclass

Conjunction = frozenset[str]
"""PEP 508 markers that must all hold; empty means always."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """An edge: a distribution asks for another one. ``version`` is given where a lock has several of that name."""

    name: str
    version: str | None = None
    marker: str = ""
    extras: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Package:
    """A node. ``directory`` is where the sources are when it is not installed from a wheel; ``extra_needs`` by extra; ``index``
    and ``files`` are where the lock file says that its wheels are."""

    name: str
    version: str
    hashes: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    extra_needs: Mapping[str, tuple[Need, ...]] = field(default_factory=lambda: MappingProxyType({}))
    marker: str = ""
    directory: Path | None = None
    index: str = ""
    files: tuple[Path, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Requirement:
    """A package of the closure and its condition, as one PEP 508 marker (empty: always)."""

    package: Package
    marker: str


def closure(
    roots: Iterable[Need], find: Callable[[Need], tuple[Package, ...]], bare: frozenset[str] = frozenset()
) -> tuple[Requirement, ...]:
    """Return everything reachable from ``roots``, in order of name and version.

    ``find`` gives the packages that a need may mean, and none for an unknown name. The needs of a package named in
    ``bare`` are not followed.
    """
    found: dict[tuple[str, str], tuple[Package, set[Conjunction]]] = {}
    queue: list[tuple[Need, Conjunction]] = [(root, frozenset()) for root in roots]
    asked: set[tuple[Need, Conjunction]] = set()
    while queue:
        need, condition = queue.pop()
        condition = _joined(condition, need.marker)
        if (need, condition) in asked:
            continue
        asked.add((need, condition))
        for package in find(need):
            own = _joined(condition, package.marker)
            _, conditions = found.setdefault((package.name, package.version), (package, set()))
            known = any(other <= own for other in conditions)
            if not known:
                conditions.difference_update([other for other in conditions if own < other])
                conditions.add(own)
            following = [n for extra in need.extras for n in package.extra_needs.get(extra, ())]
            if not known and package.name not in bare:
                following += package.needs
            queue.extend((following_need, own) for following_need in following)
    return tuple(
        Requirement(package=package, marker=_text(conditions))
        for _, (package, conditions) in sorted(found.items(), key=lambda item: item[0])
    )


def _joined(condition: Conjunction, marker: str) -> Conjunction:
    return condition | {marker} if marker else condition


def _text(conditions: Iterable[Conjunction]) -> str:
    """Disjunctive normal form, in order; empty when one of them is always true."""
    terms = sorted(" and ".join(f"({m})" for m in sorted(c)) for c in conditions)
    return "" if "" in terms else " or ".join(terms)

"""Which names hold something else than before a cell, also where the cell does not say so: a refit, a second name, ``exec``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from nbcode.kernel.digests import Digests, TooMuchError, is_fixed, is_random
from nbcode.primitives import dataclass

WHOLE = 128 << 20  # bytes, of all names: what fits in it is looked at whole, of anything else a sample


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """The names that ``changed``, those of which nothing can be looked at though it may change (``opaque``), and the ``random``
    generators."""

    changed: frozenset[str] = frozenset()
    opaque: frozenset[str] = frozenset()
    random: frozenset[str] = frozenset()


NOTHING = Seen()


class Values:
    """What names of ``namespace`` held when they were last looked at."""

    def __init__(self, namespace: Mapping[str, object]) -> None:
        self._namespace = namespace
        self._known: dict[str, Digests | None] = {}

    def look_again(self, names: Iterable[str], first: Collection[str] = ()) -> Seen:
        """What of ``names`` holds something else than at the last look; one that was not looked at before is none of them. Where there is
        not room for all, those of ``first`` are looked at whole before others."""
        before = self._known
        self._known = {}
        changed = set()
        for name in _in_order(names, first):
            known = before.get(name)
            now = self._look(name, known)
            self._known[name] = now
            if name in before and (known is None or now is None or not known.same(now)):
                changed.add(name)
        held = {n: found for n, found in self._known.items() if found is not None}
        opaque = {n for n, found in held.items() if found.opaque and not is_fixed(type(self._namespace[n]))}
        return Seen(
            changed=frozenset(changed),
            opaque=frozenset(opaque),
            random=frozenset(n for n in held if is_random(self._namespace[n])),
        )

    def keep(self, names: Iterable[str], first: Collection[str] = ()) -> None:
        """Know of ``names`` alone; those that were not looked at are now, those of ``first`` before others."""
        before = self._known
        self._known = {}
        for name in _in_order(names, first):
            self._known[name] = before[name] if name in before else self._look(name, None)

    @property
    def in_part(self) -> tuple[str, ...]:
        """The names of which not all was looked at."""
        return tuple(n for n, found in self._known.items() if found is not None and not found.complete)

    def _look(self, name: str, known: Digests | None) -> Digests | None:
        """As ``known`` was looked at, else whole as long as there is room; None where ``name`` is gone."""
        if name not in self._namespace:
            return None
        value = self._namespace[name]
        sampled = known is not None and known.sampled
        room = WHOLE - sum(d.size for d in self._known.values() if d is not None and not d.sampled)
        room = max(
            room, 0 if known is None else known.size
        )  # else another name that grew would change this one
        if not sampled:
            try:
                return Digests(value, allowed=room)
            except TooMuchError:
                pass
        return Digests(value, allowed=None)


def _in_order(names: Iterable[str], first: Collection[str]) -> list[str]:
    return sorted(names, key=lambda name: (name not in first, name))

"""State that a kernel held and that no name shows: options, attributes of classes, kept results. Suspects, told only where figures differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from nbcode.cells import Setting
from nbcode.kernel.origins import Ran
from nbcode.primitives import Digest, dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """``reader``, a tagged cell, ran on state that is no clean run's: ``by`` set or ``called`` ``what``, or, None, the function ``what`` kept its results
    when ``name`` changed."""

    reader: Ran
    what: str
    name: str
    by: Ran | None = None
    called: bool = False


def held_state(rans: Sequence[Ran]) -> tuple[Held, ...]:
    """What may make figures differ, of all cells that ran, in that order; of each cause the first reader."""
    last = {ran.key: ran for ran in rans}
    found = [*_kept(rans), *_set(rans)]
    return tuple(held for held in found if last[held.reader.key] is held.reader)


def _kept(rans: Sequence[Ran]) -> Iterator[Held]:
    """Functions that kept what they gave, and were asked again when what they read was another."""
    needs: dict[str, frozenset[str]] = {}
    given: dict[str, Mapping[str, Digest | None]] = {}
    for ran in rans:
        for name in sorted(needs.keys() & ran.saw.keys()):
            now = {n: ran.saw.get(n) for n in needs[name]}
            before = given.setdefault(name, now)
            changed = sorted(n for n in now if now[n] != before[n])
            if changed and ran.tag:
                yield Held(reader=ran, what=name, name=changed[0])
        for name in ran.effect.leaves:
            needs.pop(name, None)
        cleared = {one.root for one in ran.effect.settings if one.written.endswith(".cache_clear")}
        for name in ran.effect.leaves | cleared:
            given.pop(name, None)
        for name in ran.effect.keeping:
            needs[name] = ran.effect.needs.get(name, frozenset()) - {name}


def _set(rans: Sequence[Ran]) -> Iterator[Held]:
    """What untagged cells set on an object that a tagged cell read after them."""
    made: dict[str, Ran] = {}
    modules: dict[str, str] = {}
    setters: list[tuple[Ran, Setting]] = []
    direct: dict[tuple[int, str], Held] = {}
    farther: dict[tuple[int, str], Held] = {}
    for ran in rans:
        anew = ran.effect.leaves - ran.effect.reads - ran.effect.roots.keys()
        setters = [(by, one) for by, one in setters if one.root not in anew]
        made |= dict.fromkeys(ran.effect.leaves, ran)
        modules |= ran.effect.roots
        for by, one in setters if ran.tag else ():
            module = modules.get(one.root)
            read = [n for n in sorted(ran.saw) if n == one.root or (module and modules.get(n) == module)]
            held = Held(reader=ran, what=one.written, name=(read or [one.root])[0], by=by, called=one.by_call)
            if read:
                direct.setdefault((by.number, one.written), held)
            elif one.root in _made_with(ran, made):
                farther.setdefault((by.number, one.written), held)
        if not ran.tag:
            setters += [(ran, s) for s in ran.effect.settings if s.root in modules or not s.by_call]
    yield from (farther | direct).values()


def _made_with(ran: Ran, made: Mapping[str, Ran]) -> set[str]:
    """The names that stand in the cells which made what ``ran`` read."""
    reached: set[str] = set()
    waiting = [*ran.saw]
    seen: set[str] = set()
    while waiting:
        by = made.get(waiting.pop())
        if by is not None and by.key not in seen:
            seen.add(by.key)
            reached |= by.effect.leaves | by.effect.reads
            waiting += by.effect.reads
    return reached

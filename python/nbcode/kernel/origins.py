"""Cells that ran, and what each name was made of.

A cell that ran gets an *origin*: the digest of its code and of the origins of all that it read. What it leaves has that origin. Two
origins are equal only where the same code ran on the same, whatever else was run between.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from nbcode.cells import CellEffect
from nbcode.kernel.files import Read
from nbcode.primitives import Digest, Json, dataclass, digest_json

MARKER = "# %% ["
NO_FILES: Read = MappingProxyType({})


@dataclass(frozen=True, kw_only=True, slots=True)
class Ran:
    """A cell that ran as the ``number``-th. ``key`` is one for all runs of a cell; ``tag`` None for an exploratory one.

    ``saw`` has the origin of each name that it read, ``files`` the digest of each file, ``origin`` its own; ``data`` says on which of the platform's data it ran.
    """

    key: str
    number: int
    tag: str | None
    effect: CellEffect
    saw: Mapping[str, Digest | None]
    origin: Digest
    files: Read
    data: int = 0
    failed: bool = False

    @property
    def shown(self) -> str:
        """``[model]``, or ``In[4]`` where it has no tag."""
        return f"[{self.tag}]" if self.tag else f"In[{self.number}]"

    def left(self, name: str) -> Digest:
        """The origin of what it left as ``name``: of the one statement that gives it where that depends on nothing else."""
        return self.origin if self.failed else self.effect.fixed.get(name, self.origin)


class World:
    """Names, the origin of what each holds, and who made it."""

    def __init__(self) -> None:
        self.made: dict[str, Ran] = {}
        self.ended: dict[str, tuple[Digest, str]] = {}
        self.needs: dict[str, frozenset[str]] = {}

    def run(
        self,
        key: str,
        number: int,
        tag: str | None,
        effect: CellEffect,
        *,
        data: int = 0,
        files: Read = NO_FILES,
        failed: bool = False,
    ) -> Ran:
        """Run a cell. ``data`` counts how often the platform's data became another; where it ``failed`` it may have done a part."""
        saw = {name: self.origin(name) for name in sorted(self._reached(effect.reads))}
        on = data if any(seen is None for seen in saw.values()) else 0
        read: dict[str, Json] = {str(path): digest for path, digest in sorted(files.items())}
        made_of: list[Json] = [effect.digest, on, dict(saw), read, number if failed else None]
        ran = Ran(
            key=key,
            number=number,
            tag=tag,
            effect=effect,
            saw=saw,
            origin=digest_json(made_of),
            files=files,
            data=on,
            failed=failed,
        )
        for name in effect.leaves:
            self.made[name] = ran
            self.needs[name] = effect.needs.get(name, frozenset())
        return ran

    def origin(self, name: str) -> Digest | None:
        """Of what ``name`` holds; None for what no cell made: the platform's, or Python's."""
        made = self.made.get(name)
        return None if made is None else made.left(name)

    def _reached(self, names: frozenset[str]) -> set[str]:
        """``names``, and what the functions among them read when they are called."""
        reached: set[str] = set()
        waiting = [*names]
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                waiting += self.needs.get(name, ())
        return reached


def code_of(source: str) -> str:
    """A cell's code without its marker line, so that a cell is the same by whichever carrier it is tagged."""
    first, _, rest = source.partition("\n")
    return rest if first.startswith(MARKER) else source

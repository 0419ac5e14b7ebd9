"""A name that a star brings may be another one.

Why: `from module import *` runs as it does in the kernel, and the versions of modules are locked. But where two stars of different
cells bring the same name, what it is depends on the order in which cells ran; and where a star's names are not known before the
run, a name of the platform's may be the star's. A star that is alone, or the later of two in one cell, is left as it is.

Bad::

    # %% [setup]
    from numpy import *
    # %% [features]
    from pandas import *
    ids = unique(prices.symbol)

Good::

    # %% [setup]
    from numpy import *
    from pandas import *
    # %% [features]
    ids = unique(prices.symbol)
"""

from __future__ import annotations

from collections.abc import Iterator

from alpha_bench.names import PLATFORM_NAMES
from nbcode.cells.context import Context, finding
from nbcode.cells.stars import Star
from nbcode.primitives import Diagnostic

CODE = "D07"
TITLE = "star import"


def check(context: Context) -> Iterator[Diagnostic]:
    """Each star, but of the project's own modules, whose names may be taken for others."""
    by_index = {facts.cell.index: facts for facts in context.tagged}
    own = {name for facts in context.tagged for name in facts.source.binds}
    platform = sorted((context.flow.provided_reads & PLATFORM_NAMES) - own)
    earlier: list[Star] = []
    for star in context.stars:
        module, place = star.found.module, by_index[star.cell].place_of(star.found.node)
        if context.is_of_project(star.found):
            continue
        if star.read is None and platform:
            yield finding(
                CODE,
                f"`from {module} import *` may bring another `{platform[0]}`",
                place,
                cause="its names are not known before the run, and the cells read that name as the platform's",
                fixes=("name what is used", f"import {module}, and write {module}.name"),
            )
        for other in earlier:
            both = sorted(((star.read or frozenset()) & (other.read or frozenset())) - own)
            if both and other.cell != star.cell and other.found.module != module:
                yield finding(
                    CODE,
                    f"`{both[0]}` comes from {other.found.module} in cell {other.cell} and from {module} here",
                    place,
                    cause="the cell that ran last decides which it is",
                    fixes=(f"write from {module} import {both[0]} below it, or of {other.found.module}",),
                )
                break
        earlier.append(star)

"""A kernel without a front end, and notebooks that were worked on in one: fifty that show what a clean run does not give, and their twins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbcode.kernel.live import LiveSession
from nbcode.kernel.watch import Watch

META = "# %% [meta]\n# id: a_model\n# kind: model\n# horizon: 3d\n# owner: me\n"


class LiveKernel:
    """Runs cells as a Jupyter kernel does, on the notebook ``path``."""

    def __init__(self, path: Path) -> None:
        self.namespace: dict[str, Any] = {}
        self.live = LiveSession(namespace=self.namespace, folder=path.parent, notebook=path)
        self.watch = Watch(self.live, self.namespace)
        self._count = 0

    def run(self, source: str) -> tuple[str, ...]:
        """Run a cell; returns the codes of what is said above and below it."""
        self._count += 1
        self.live.before_cell(source)
        before = self.watch.before_cell(source)
        failed = False
        try:
            exec(compile(source, "<cell>", "exec"), self.namespace)
        except NameError:
            failed = True
        found = self.watch.after_cell(source, self._count, None, failed=failed)
        return tuple(d.code for d in (*before, *found))

    def close(self) -> None:
        self.live.close()


def clean_run(cells: Sequence[str]) -> dict[str, float]:
    """The figures of the tagged cells, once, from top to bottom, alone."""
    namespace: dict[str, Any] = {}
    for source in cells:
        if source.startswith("# %% ["):
            exec(compile(source, "<cell>", "exec"), namespace)
    report: dict[str, float] = namespace["report"]
    return report


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """What was done in a kernel. ``ran`` in order; ``saved`` is the file at the promote; ``first`` the number of the first tagged
    cell of it that differs, None for a twin."""

    name: str
    ran: list[str] = field(default_factory=list)
    saved: list[str] = field(default_factory=list)
    first: int | None = None


def _cells(n: int) -> dict[str, str]:
    return {
        "setup": f"# %% [setup]\nscale = {n}.0\nshift = {n + 1}\ndef grade(v):\n    return v * scale + shift",
        "features": f"# %% [features]\nrows = [grade(v) for v in range({n + 3})]\nlast = rows[-1]",
        "model": "# %% [model]\nm = sum(rows) + last",
        "eval": '# %% [eval]\nreport = {"ic": m / 100, "n": len(rows)}',
    }


def stories() -> Iterator[tuple[Story, Story]]:
    """Mismatches with their clean twins, ten kinds on five notebooks each."""
    for n in range(1, 6):
        for kind in (
            _edited_above,
            _never_run_again,
            _rebound_between,
            _changed_in_place,
            _out_of_order,
            _run_twice,
            _function_changed,
            _read_by_a_function,
            _result_rebound,
            _deleted_cell,
        ):
            yield kind(n, _cells(n))


def _edited_above(n: int, c: dict[str, str]) -> tuple[Story, Story]:
    edited = c["features"].replace(f"range({n + 3})", f"range({n + 7})")
    saved = [META, c["setup"], edited, c["model"], c["eval"]]
    begun = [META, c["setup"], c["features"], c["model"], c["eval"]]
    return (
        Story(name=f"edited above {n}", ran=[*begun, edited, c["eval"]], saved=saved, first=4),
        Story(name=f"edited above {n}, all below run again", ran=[*begun, *saved[2:]], saved=saved),
    )


def _never_run_again(n: int, c: dict[str, str]) -> tuple[Story, Story]:
    edited = c["setup"].replace(f"scale = {n}.0", f"scale = {n}.5")
    begun = [META, *c.values()]
    same = c["setup"].replace("\nshift", "  # the unit\n\nshift")
    return (
        Story(name=f"edited, not run {n}", ran=begun, saved=[META, edited, *begun[2:]], first=2),
        Story(name=f"only a comment edited {n}", ran=begun, saved=[META, same, *begun[2:]]),
    )


def _rebound_between(n: int, c: dict[str, str]) -> tuple[Story, Story]:
    look = f"# %%\nrows = rows[{n}:]"
    other = f"# %%\nsome = rows[{n}:]"
    cells = list(c.values())
    return tuple(
        Story(
            name=f"{name} {n}",
            ran=[META, cells[0], cells[1], between, cells[2], cells[3]],
            saved=[META, cells[0], cells[1], between, cells[2], cells[3]],
            first=first,
        )
        for name, between, first in (("rebound between", look, 5), ("a part under another name", other, None))
    )  # type: ignore[return-value]


def _changed_in_place(n: int, c: dict[str, str]) -> tuple[Story, Story]:
    cells = list(c.values())
    change = f"# %%\nrows.append({n})"
    saved = [META, cells[0], cells[1], change, cells[2], cells[3]]
    again = [META, cells[0], cells[1], change, cells[1], cells[2], cells[3]]
    return (
        Story(name=f"changed in place {n}", ran=saved, saved=saved, first=5),
        Story(name=f"changed in place, then made anew {n}", ran=again, saved=saved),
    )


def _out_of_order(n: int, c: dict[str, str]) -> tuple[Story, Story]:
    late = f"# %% [model]\nscale = {n + 10}.0\nextra = scale"
    cells = [META, c["setup"], c["features"], c["model"], late, c["eval"]]
    return (
        Story(
            name=f"out of order {n}", ran=[*cells, c["features"], c["model"], c["eval"]], saved=cells, first=3
        ),
        Story(name=f"twice from top to bottom {n}", ran=[*cells, *cells], saved=cells),
    )


def _run_twice(n: int, c: dict[str, str]) -> tuple[Story, Story]:
    grows = f"# %% [features]\nrows.extend([{n}, {n}])"
    cells = [META, c["setup"], c["features"], grows, c["model"], c["eval"]]
    twice = [*cells[:4], grows, *cells[4:]]
    anew = [*cells[:4], c["features"], grows, *cells[4:]]
    return (
        Story(name=f"a change run twice {n}", ran=twice, saved=cells, first=4),
        Story(name=f"a change run twice on a new value {n}", ran=anew, saved=cells),
    )


def _function_changed(n: int, c: dict[str, str]) -> tuple[Story, Story]:
    edited = c["setup"].replace("v * scale", f"v * scale * {n + 1}")
    begun = [META, *c.values()]
    saved = [META, edited, *begun[2:]]
    return (
        Story(
            name=f"a function changed {n}", ran=[*begun, edited, c["model"], c["eval"]], saved=saved, first=3
        ),
        Story(name=f"a function changed, all run {n}", ran=[*begun, *saved[1:]], saved=saved),
    )


def _read_by_a_function(n: int, c: dict[str, str]) -> tuple[Story, Story]:
    look = f"# %%\nshift = shift + {n}"
    begun = [META, c["setup"], look, c["features"], c["model"], c["eval"]]
    unread = [META, c["setup"], f"# %%\nshift_ = shift + {n}", c["features"], c["model"], c["eval"]]
    return (
        Story(name=f"what a function reads {n}", ran=begun, saved=begun, first=4),
        Story(name=f"a name that no function reads {n}", ran=unread, saved=unread),
    )


def _result_rebound(n: int, c: dict[str, str]) -> tuple[Story, Story]:
    begun = [META, *c.values()]
    better = f'# %%\nreport = {{"ic": report["ic"] + {n}, "n": report["n"]}}'
    shown = f'# %%\nbetter = {{"ic": report["ic"] + {n}}}'
    return (
        Story(name=f"the report rebound {n}", ran=[*begun, better], saved=[*begun, better], first=5),
        Story(name=f"another report beside it {n}", ran=[*begun, shown], saved=[*begun, shown]),
    )


def _deleted_cell(n: int, c: dict[str, str]) -> tuple[Story, Story]:
    more = f"# %% [features]\nrows = [*rows, {n + 5}]"
    begun = [META, c["setup"], c["features"], more, c["model"], c["eval"]]
    saved = [META, c["setup"], c["features"], c["model"], c["eval"]]
    return (
        Story(name=f"a cell deleted {n}", ran=begun, saved=saved, first=4),
        Story(name=f"a cell deleted, the rest run again {n}", ran=[*begun, *saved[1:]], saved=saved),
    )

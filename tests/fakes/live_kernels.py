"""A kernel without a front end, and notebooks that were worked on in one: those that show what a clean run does not give, and their twins."""

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

    def run(self, source: str, cell_id: str | None = None) -> tuple[str, ...]:
        """Run a cell, with the id that a front end sends of it; returns the codes of what is said above and below it."""
        self._count += 1
        self.live.before_cell(source)
        before = self.watch.before_cell(source)
        failed = False
        try:
            exec(compile(source, "<cell>", "exec"), self.namespace)
        except NameError:
            failed = True
        found = self.watch.after_cell(source, self._count, cell_id, failed=failed)
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
    """Mismatches with their clean twins, eighteen kinds on five notebooks each."""
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
            _refitted,
            _second_name,
            _by_a_function,
            _by_exec,
            _by_globals,
            _set_params,
            _random_state,
            _drawn_twice,
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


def _learning(n: int) -> list[str]:
    """A notebook of arrays, a table and a model, of the user's own class where ``n`` is odd."""
    model = (
        "class Line:\n    _seen = None\n    def fit(self, x, y, sample_weight=None):\n"
        "        self.coef_ = np.linalg.lstsq(x, y, rcond=None)[0]\n        return self\n"
        "    def set_params(self, sign):\n        self.coef_ = self.coef_ * sign\n"
        "    def predict(self, x):\n        self._seen = (self._seen or 0) + len(x)\n"
        "        self._last = np.asarray(x).copy()\n        return np.asarray(x) @ self.coef_"
        if n % 2
        else "from sklearn.linear_model import Ridge as Line"
    )
    return [
        META,
        f'# %% [setup]\nimport numpy as np\nimport pandas as pd\n{model}\nrng = np.random.default_rng({n})\nnames = ["a", "b"]',
        '# %% [features]\nz = pd.DataFrame(rng.normal(size=(400, 3)), columns=["a", "b", "y"])\nz["day"] = "mon"',
        '# %% [model]\nm = Line().fit(z[names], z["y"])',
        '# %% [eval]\nreport = {"ic": float(np.corrcoef(m.predict(z[names]), z["y"])[0, 1]), "sum": float(m.predict(z[names]).sum())}',
    ]


def _between(
    name: str, cells: list[str], wrong: str, right: str, *, at: int, first: int
) -> tuple[Story, Story]:
    """``wrong`` or ``right`` as an untagged cell that ran below the ``at``-th."""
    one, other = ([*cells[:at], f"# %%\n{look}", *cells[at:]] for look in (wrong, right))
    return (
        Story(name=name, ran=one, saved=one, first=first),
        Story(name=f"{name}, only read", ran=other, saved=other),
    )


def _refitted(n: int, _: dict[str, str]) -> tuple[Story, Story]:
    reads = 'm.predict(z[names][:3])\nother = type(m)().fit(z[names], -z["y"])\nimport copy\ncopy.deepcopy(m).fit(z[names], -z["y"])\nm.fit(z[names], z["y"])'
    return _between(
        f"refitted {n}",
        _learning(n),
        'm.fit(z[names], -z["y"] + z["a"] * np.arange(len(z)))',
        reads,
        at=4,
        first=4,
    )


def _second_name(n: int, _: dict[str, str]) -> tuple[Story, Story]:
    reads = 'a = z.copy()\na["a"] = 0\nz.describe(), z.to_numpy().shape, z.values, z["a"].rank(), z.sort_values("a"), z.isna().sum(), z.groupby("day")["a"].mean()'
    return _between(
        f"a second name {n}", _learning(n), 'a = z\na["a"] = a["a"] ** 2 + a["y"]', reads, at=3, first=5
    )


def _by_a_function(n: int, _: dict[str, str]) -> tuple[Story, Story]:
    wrong = "def narrow():\n    global names\n    names = names[:1]\nnarrow()"
    right = "def narrow():\n    names = z.columns[:1]\n    return names\nnarrow()"
    return _between(f"a function with global {n}", _learning(n), wrong, right, at=3, first=5)


def _by_exec(n: int, _: dict[str, str]) -> tuple[Story, Story]:
    return _between(
        f"exec {n}",
        _learning(n),
        "exec(\"names = ['b']\")",
        "exec(\"names_ = ['b']; names.copy()\")",
        at=3,
        first=5,
    )


def _by_globals(n: int, _: dict[str, str]) -> tuple[Story, Story]:
    wrong = 'globals()["z"] = globals()["z"].iloc[:300]'
    return _between(
        f"globals {n}", _learning(n), wrong, 'globals()["z_"] = globals()["z"].iloc[:300]', at=3, first=5
    )


def _set_params(n: int, _: dict[str, str]) -> tuple[Story, Story]:
    cells = _learning(n)
    if n % 2:
        return _between(
            f"set_params {n}", cells, "m.set_params(sign=-2)", "m.set_params(sign=1)", at=4, first=4
        )
    cells[4] = cells[4].replace("report", 'm.fit(z[names], z["y"])\nreport')
    return _between(f"set_params {n}", cells, "m.set_params(alpha=500.0)", "m.get_params()", at=4, first=4)


def _random_state(n: int, _: dict[str, str]) -> tuple[Story, Story]:
    other = f"np.random.default_rng({n}).normal()"
    return _between(f"a generator drawn from {n}", _learning(n), "rng.normal()", other, at=2, first=4)


def _drawn_twice(n: int, _: dict[str, str]) -> tuple[Story, Story]:
    cells = _learning(n)
    twice = [*cells[:3], *cells[2:]]
    return (
        Story(name=f"a cell that draws run twice {n}", ran=twice, saved=cells, first=3),
        Story(name=f"the cell that seeds run with it {n}", ran=[*cells[:3], *cells[1:]], saved=cells),
    )

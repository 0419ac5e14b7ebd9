"""The tables of ARCHITECTURE.md and the pictures of the rooms, from the import contracts, the doors and the imports themselves.

With --check only says whether they are current.
"""

from __future__ import annotations

import ast
import html
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import grimp

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "ARCHITECTURE.md"
PACKAGES = {"nbcode": "rooms", "alpha_bench": "research-order", "nbcode.leaks": "leaks-order"}
_SEPARATORS = (":", "|")
_HEAD = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="system-ui, sans-serif">
<style>.b{{fill:#eef3f8;stroke:#3b6ea5}}.t{{fill:#1c2733;font-size:14px;text-anchor:middle}}
.a{{fill:none;stroke:#7a8896;stroke-width:1.1}}.e{{marker-end:url(#h)}}.c{{fill:#4d5a66;font-size:11.5px}}</style>
<defs><marker id="h" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
<path d="M0 0L8 4L0 8z" fill="#7a8896"/></marker></defs>"""
_BOX, _HIGH, _GAP, _FLOOR, _EDGE = 136, 34, 22, 74, 24


@dataclass(frozen=True, kw_only=True, slots=True)
class House:
    """One package: ``floors`` from the roof down, who ``imports`` whom, and where third parties come in."""

    package: str
    floors: tuple[tuple[str, ...], ...]
    imports: Mapping[str, frozenset[str]]
    windows: Mapping[str, tuple[tuple[str, str], ...]]

    @property
    def rooms(self) -> list[str]:
        return [room for floor in self.floors for room in floor]


def contracts() -> dict[str, dict[str, object]]:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    return {c["id"]: c for c in tomllib.loads(text)["tool"]["importlinter"]["contracts"]}


def house(package: str) -> House:
    known = contracts()
    layers = known[PACKAGES[package]]["layers"]
    assert isinstance(layers, list)
    floors = tuple(tuple(w for w in str(layer).split() if w not in _SEPARATORS) for layer in layers)
    graph = grimp.build_graph(package.partition(".")[0], cache_dir=None)
    depth = package.count(".") + 1
    rooms = {room for floor in floors for room in floor}
    for room in rooms:
        graph.squash_module(f"{package}.{room}")
    imports = {
        room: frozenset(
            name.split(".")[depth]
            for name in graph.find_modules_directly_imported_by(f"{package}.{room}")
            if name.startswith(f"{package}.") and name.count(".") == depth
        )
        & (rooms - {room})
        for room in rooms
    }
    return House(package=package, floors=floors, imports=imports, windows=windows(package, known))


def windows(
    package: str, known: Mapping[str, Mapping[str, object]]
) -> dict[str, tuple[tuple[str, str], ...]]:
    """By room: (module inside it, library), as the window contracts allow them."""
    found: dict[str, set[tuple[str, str]]] = {}
    for name, contract in known.items():
        allowed = contract.get("ignore_imports", [])
        if not name.startswith("window-") or not isinstance(allowed, list):
            continue
        for line in allowed:
            module, _, library = str(line).partition(" -> ")
            if not module.startswith(f"{package}."):
                continue
            room, *inner = module.removeprefix(f"{package}.").split(".")
            if inner != ["**"]:
                found.setdefault(room, set()).add((".".join(inner), library))
    return {room: tuple(sorted(pairs)) for room, pairs in found.items()}


def sentence(package: str, room: str) -> str:
    """The first paragraph of what the room's door says of itself."""
    place = ROOT.joinpath("python", *package.split("."), room)
    path = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    said = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return " ".join(said.split("\n\n")[0].split()).replace("``", "`")


def table(found: House) -> str:
    rows = ["| room | what it is | third parties come in by |", "|---|---|---|"]
    for floor in reversed(found.floors):
        for room in floor:
            by_library: dict[str, list[str]] = {}
            for module, library in found.windows.get(room, ()):
                by_library.setdefault(library, []).append(f"`{module}`" if module else "the room")
            third = "; ".join(f"{library}: {', '.join(at)}" for library, at in sorted(by_library.items()))
            rows.append(f"| `{room}` | {sentence(found.package, room)} | {third} |")
    return "\n".join(rows)


def reduced(imports: Mapping[str, frozenset[str]]) -> list[tuple[str, str]]:
    """The arrows that no longer path implies."""
    below: dict[str, frozenset[str]] = {}

    def reach(room: str) -> frozenset[str]:
        if room not in below:
            below[room] = frozenset().union(*({one} | reach(one) for one in imports[room]))
        return below[room]

    return sorted(
        (room, to)
        for room, targets in imports.items()
        for to in targets
        if not any(to in reach(other) for other in targets - {to})
    )


class Drawing:
    """Rooms in rows by the longest way to the ground, arrows in lanes of their own between them (Sugiyama's method)."""

    def __init__(self, found: House) -> None:
        self.arrows = reduced(found.imports)
        self.level: dict[str, int] = {}
        for room in reversed(found.rooms):
            self.level[room] = 1 + max((self.level[to] for to in found.imports[room]), default=-1)
        self.rows: list[list[str]] = [[] for _ in range(max(self.level.values()) + 1)]
        for room in found.rooms:
            self.rows[self.level[room]].append(room)
        self.ways = [self._way(a, b) for a, b in self.arrows]
        for number in range(12):
            self._sweep(down=number % 2 == 0)
        self.width = 2 * _EDGE + max(sum(_wide(one) for one in row) for row in self.rows)
        self.height = 2 * _EDGE + (len(self.rows) - 1) * _FLOOR + _HIGH + 40
        self.at = {one: spot for row in range(len(self.rows)) for one, spot in self._spots(row)}

    def _way(self, a: str, b: str) -> list[str]:
        """The arrow from ``a`` to ``b`` as the places it passes: a lane in each row between."""
        lanes = [f"{a}>{b}@{row}" for row in range(self.level[a] - 1, self.level[b], -1)]
        for lane in lanes:
            self.rows[int(lane.rpartition("@")[2])].append(lane)
        return [a, *lanes, b]

    def _sweep(self, *, down: bool) -> None:
        """Put each row in the order of the middle of its neighbours in the row before it."""
        steps = [(x, y) if down else (y, x) for way in self.ways for x, y in pairwise(way)]
        rows = range(len(self.rows))
        for row in reversed(rows) if down else rows:
            before = row + (1 if down else -1)
            if before not in rows:
                continue
            place = {one: n / max(1, len(self.rows[before]) - 1) for n, one in enumerate(self.rows[before])}
            middle = {
                one: sum(near) / len(near)
                for one in self.rows[row]
                if (near := [place[x] for x, y in steps if y == one and x in place])
            }
            here = {one: n / max(1, len(self.rows[row]) - 1) for n, one in enumerate(self.rows[row])}
            self.rows[row].sort(key=lambda one: (middle.get(one, here[one]), one))

    def _spots(self, row: int) -> Iterator[tuple[str, tuple[float, float]]]:
        """The top middle of everything in a row."""
        x = (self.width - sum(_wide(one) for one in self.rows[row])) / 2
        y = _EDGE + (len(self.rows) - 1 - row) * _FLOOR
        for one in self.rows[row]:
            yield one, (x + _wide(one) / 2, y)
            x += _wide(one)


def _wide(one: str) -> float:
    return 26 if "@" in one else _BOX + _GAP


def picture(found: House) -> str:
    """An SVG, the ground at the bottom; an arrow points at what is imported, where no longer path implies it."""
    drawn = Drawing(found)
    total = sum(len(targets) for targets in found.imports.values())
    parts = [
        _HEAD.format(width=f"{drawn.width:g}", height=f"{drawn.height:g}"),
        '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    parts += [_arrow([drawn.at[one] for one in way]) for way in drawn.ways]
    for room in found.rooms:
        x, y = drawn.at[room]
        parts.append(
            f'<rect class="b" x="{x - _BOX / 2:g}" y="{y:g}" width="{_BOX}" height="{_HIGH}" rx="6"/>'
        )
        parts.append(f'<text class="t" x="{x:g}" y="{y + 22:g}">{html.escape(room)}</text>')
    said = (
        f"{found.package}: {len(found.rooms)} rooms, {total} imports between them, {len(drawn.rows)} floors.",
        f"Drawn are the {len(drawn.arrows)} imports that no longer path implies.",
    )
    for number, line in enumerate(said):
        parts.append(f'<text class="c" x="{_EDGE}" y="{drawn.height - 28 + 16 * number:g}">{line}</text>')
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


def _arrow(spots: Sequence[tuple[float, float]]) -> str:
    """A curve from the bottom of the first spot to the top of the last, straight through the lanes between."""
    (x, y), *rest = spots
    y += _HIGH
    path = f"M{x:g} {y:g}"
    for number, (x2, y2) in enumerate(rest):
        last = number == len(rest) - 1
        bend = (y2 - y) / 2
        path += f"C{x:g} {y + bend:g} {x2:g} {y2 - bend:g} {x2:g} {y2 - 2 if last else y2:g}"
        if not last:
            path += f"V{y2 + _HIGH:g}"
        x, y = x2, y2 + _HIGH
    return f'<path class="a e" d="{path}"/>'


def generated() -> dict[Path, str]:
    page = PAGE.read_text("utf-8")
    found: dict[Path, str] = {}
    for package in PACKAGES:
        one = house(package)
        begin, end = f"<!-- rooms of {package}: make codegen -->\n", f"<!-- end of {package} -->"
        head, rest = page.split(begin)
        page = head + begin + table(one) + "\n" + end + rest.split(end, 1)[1]
        found[ROOT / "docs/images" / f"rooms-{package}.svg"] = picture(one)
    return {**found, PAGE: page}


def main(arguments: Sequence[str]) -> None:
    for path, text in generated().items():
        if "--check" not in arguments:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        elif not path.exists() or path.read_text("utf-8") != text:
            sys.exit(f"{path.name} is out of date: make codegen")


main(sys.argv[1:])

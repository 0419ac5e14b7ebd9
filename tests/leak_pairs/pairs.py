"""The pairs of this folder, and the files that they read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

HERE = Path(__file__).parent
Part = Literal["leak", "twin"]
PARTS: tuple[Part, Part] = ("leak", "twin")
PLAIN, OWN = "plain", "own"


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A leak and its clean twin."""

    name: str
    language: str  # PLAIN or OWN
    kind: str
    source: str
    fault: str
    whole: str
    later: bool = False  # written after the first record

    def _lines(self, part: Part) -> list[str]:
        kept, whose = [], "both"
        for line in self.whole.splitlines():
            if line.strip() in {"# -- leak", "# -- twin", "# -- both"}:
                whose = line.split()[-1]
            elif whose in {"both", part}:
                kept.append(line)
        return kept

    def text(self, part: Part) -> str:
        """The notebook, a percent file."""
        return "\n".join(line for line in self._lines(part) if not line.startswith("#: ")) + "\n"

    def inputs(self) -> tuple[str, ...]:
        """Names of the declared files."""
        lines = self.whole.splitlines()
        return tuple(
            line.split()[1][:-1] for line in lines if line.startswith("#   ") and line.endswith(".csv")
        )

    def horizon(self) -> int:
        """Sessions, as [meta] says."""
        line = next(line for line in self.whole.splitlines() if line.startswith("# horizon: "))
        return int(line.removeprefix("# horizon: ").removesuffix("d"))

    def signal(self) -> str:
        """The positions, as [meta] says; empty where it says none."""
        lines = (line for line in self.whole.splitlines() if line.startswith("# signal: "))
        return next(lines, "").removeprefix("# signal: ")

    def panel(self, part: Part) -> tuple[str, str | None]:
        """In alpha_bench's language: the file of the panel, and that of its reference table."""
        head = next(line for line in self._lines(part) if line.startswith("#: panel: "))
        name, _, reference = head.removeprefix("#: panel: ").partition(" reference=")
        return name, reference or None


def _read(path: Path) -> Pair:
    whole = path.read_text(encoding="utf-8")
    said = dict(line[3:].split(": ", 1) for line in whole.splitlines() if line.startswith("#: "))
    return Pair(
        name=path.stem,
        language=path.parent.name,
        kind=said["kind"],
        source=said["source"],
        fault=said["fault"],
        whole=whole,
        later="written" in said,
    )


PAIRS = tuple(_read(path) for folder in (PLAIN, OWN) for path in sorted((HERE / folder).glob("*.py")))

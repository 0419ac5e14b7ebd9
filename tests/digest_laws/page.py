"""``make laws``: every edit of both laws, and docs/reference/digest-laws.md."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from importlib.metadata import version

from digest_laws import no_op, real
from digest_laws.corpus import NAMES, original
from digest_laws.identity import Told, identity
from notebooks.table import HERE

PAGE = HERE.parents[1] / "docs" / "reference" / "digest-laws.md"
TOOLS = ("jupytext", "black", "ruff", "nbformat", "nbstripout")
HEAD = """# What changes a digest, and what does not

A notebook's spec digest changes with what its tagged cells and `[meta]` say, and with nothing else ([what is in it](../format/build-spec.md)). Both laws are held by edits that are generated: every kind below on every one of
{notebooks} notebooks ([tests/notebooks](../../tests/notebooks), [examples](../../examples)) that has something of the kind, the digest taken in process by the product's own reading, analysis and identity, with the content of inputs and the lock held
still. `make laws` runs all of them and writes this page; `make test` runs all edits of the second law, `make acceptance` a quarter of the first; `make proofs` all.

| tool | version |
|---|---|
{tools}
"""
KEPT = """
## {total:,} edits that change no meaning: {kept:,} keep the digest

Each changes the bytes of the file, none adds an error. Python's own parser is the judge that an edit of *layout* is none of meaning. Not among them, since they are edits of meaning: `docstring-code-format` of ruff, and formatters on docstrings that a
tagged cell reads ([ADR 12](../adr/0012-docstrings-in-the-code-digest.md)). Edits that move code out of a tagged cell in one format, such as a marker line inside it, are told: [NBC-B17](../format/diagnostics.md).

| what is edited | kind | edits | digest kept |
|---|---|---|---|
"""
CHANGED = """
## {total:,} edits that change the meaning: {kept:,} change the digest

At most {most} of a kind in each notebook. No two of a notebook give the same digest, and every field of Python's syntax trees that occurs in these notebooks is the only thing that some edit changes: a digest that left any of them out would be noticed.

| what is edited | kind | edits | digest changed |
|---|---|---|---|
"""

Row = tuple[str, str, int, int]


def rows(edits: Iterable[no_op.Case | real.Case], holds: Callable[[Told, Told], bool]) -> list[Row]:
    """Group, kind, edits, and for how many of them the law holds."""
    found: dict[tuple[str, str], list[bool]] = {}
    for case in edits:
        told = identity(case.file[1], case.file[0])
        before = identity(original(case.notebook), "n.ipynb")
        found.setdefault((case.group, case.kind), []).append(holds(before, told))
    return [(group, kind, len(held), sum(held)) for (group, kind), held in found.items()]


def kept(before: Told, after: Told) -> bool:
    """The first law: the same digest, and nothing that refuses the notebook."""
    return before.digest is not None and after == before


def changed(before: Told, after: Told) -> bool:
    """The second law: another digest."""
    return after.digest is not None and after.digest != before.digest


def text(first: list[Row], second: list[Row]) -> str:
    """The page."""
    tools = "\n".join(f"| {name} | {version(name)} |" for name in TOOLS)
    parts = [HEAD.format(notebooks=len(NAMES), tools=tools)]
    for head, table in ((KEPT, first), (CHANGED, second)):
        total, held = sum(row[2] for row in table), sum(row[3] for row in table)
        parts.append(head.format(total=total, kept=held, most=real.MOST))
        parts.append("".join(f"| {group} | {_cell(kind)} | {n} | {ok} |\n" for group, kind, n, ok in table))
    return "".join(parts)


def read_rows(page: str) -> list[dict[tuple[str, str], tuple[int, int]]]:
    """The rows of both tables, by group and kind."""
    tables = re.split(r"^## .*$", page, flags=re.MULTILINE)[1:]
    row = re.compile(r"^\| (.+?) \| (.+) \| (\d+) \| (\d+) \|$", re.MULTILINE)
    return [{(g, k): (int(n), int(ok)) for g, k, n, ok in row.findall(table)} for table in tables]


def _cell(kind: str) -> str:
    return kind.replace("|", "\\|")


def main() -> int:
    """Write the page; 1 where an edit breaks its law."""
    first = rows((case for give in no_op.kinds().values() for case in give(NAMES)), kept)
    second = rows((case for give in real.kinds().values() for case in give(NAMES)), changed)
    PAGE.write_text(text(first, second), "utf-8")
    broken = [row for row in (*first, *second) if row[2] != row[3]]
    for group, kind, edits, held in broken:
        print(f"{group}: {kind}: {held} of {edits}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())

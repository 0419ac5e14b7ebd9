"""A notebook as it would stand in the other format, re-read: what one carrier says and the other does not.

Jupytext pairs an ``.ipynb`` with a percent ``.py``. Written there, a comment can become a cell marker and a line of code a
comment; read back, a comment can become a magic. Nothing is guessed of such cases: the other form is written and read again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from nbcode.notebook._percent import parse_percent
from nbcode.notebook.marker import head_line, is_marker
from nbcode.notebook.model import Cell, Notebook
from nbcode.notebook.quotes import Inside, inside_after, open_quote
from nbcode.primitives import dataclass

_MAGIC = re.compile(
    r"\s*%{1,3}[a-zA-Z]|\s*[?!]\s*[A-Za-z.~$\\/{}]|\s*[a-zA-Z_][a-zA-Z_$0-9]*\s*=\s*(?:%{1,3}|!)[a-zA-Z]|\s*\S*\?\s*$"
    r"|(?:cat|cd|cp|mv|rm|rmdir|mkdir|copy|ddir|echo|ls|ldir|ren)(?:$|\s$|\s[^=,])"
)
"""What Jupytext writes as a comment: magics, help, shell, and the aliases that IPython takes without a sign."""
_MAGIC_IN_TEXT = re.compile(f"^(?:{_MAGIC.pattern})", re.MULTILINE)
_MARKER_IN_TEXT = re.compile(r"^\s*#?\s*(?:%%|<codecell>|In\[)", re.MULTILINE)
"""A line that is a marker, or becomes one as a comment. Some lines more than those that are: these are read again."""
_COMMENTED = re.compile(r"(?P<indent>\s*)# ?(?P<code>.*)$")


@dataclass(frozen=True, kw_only=True, slots=True)
class OtherForm:
    """A tagged cell of the notebook as the other format holds it.

    ``tag`` and ``source`` as they are re-read there (None: no cell of it is tagged). ``cut_at``: the line of the cell at which another
    cell begins there; ``commented``: the lines that are comments there and code here, or the reverse; ``doubled``: an empty cell with
    the same tag stands above it there.
    """

    cell: Cell
    tag: str | None
    source: str
    cut_at: int | None = None
    commented: tuple[int, ...] = ()
    doubled: bool = False


def other_forms(notebook: Notebook) -> tuple[OtherForm, ...]:
    """Each tagged cell in the other format, in document order; cells that are tagged only there come with the cell that they
    come from. Cells of an ``.ipynb`` of which no line can be read otherwise are left out. Pure, never raises."""
    if notebook.format == "percent":
        return tuple(_as_ipynb(cell) for cell in notebook.cells if cell.tag)
    odd = [cell for cell in notebook.cells if not _is_plain(cell)]
    # A string that is open at a cell's end reaches into the cells below.
    return _as_percent(notebook.cells if any(map(_is_open_at_its_end, odd)) else odd)


def _is_plain(cell: Cell) -> bool:
    """Whether a cell is surely the same in a percent file: no title, tags, magics, long strings, nor a marker but the one that tags it."""
    source = cell.source
    if cell.title or cell.tags:
        return False
    if cell.kind == "code":
        if cell.tag is not None:
            head, _, source = source.partition("\n")
            if head != f"# %% [{cell.tag}]":
                return False
        if "'''" in source or '"""' in source or _MAGIC_IN_TEXT.search(source):
            return False
    return _MARKER_IN_TEXT.search(source) is None


def _is_open_at_its_end(cell: Cell) -> bool:
    quote = ""
    if cell.kind == "code" and ("'''" in cell.source or '"""' in cell.source):
        for line in cell.source.split("\n"):
            quote = open_quote(line, quote)
    return bool(quote)


def _as_ipynb(cell: Cell) -> OtherForm:
    """Jupytext takes the comment sign from what looks like a magic behind it."""
    lines, commented = cell.source.split("\n"), []
    inside = Inside()
    for number, line in enumerate(lines):
        found = _COMMENTED.match(line) if inside.begins and "#" in line else None
        if (
            found is not None
            and not (number == head_line(lines) and is_marker(line))
            and _MAGIC.match(found["code"])
        ):
            lines[number] = found["indent"] + found["code"]
            commented.append(number + 1)
        else:
            inside = inside_after(line, inside)
    return OtherForm(cell=cell, tag=cell.tag, source="\n".join(lines), commented=tuple(commented))


def _as_percent(cells: Sequence[Cell]) -> tuple[OtherForm, ...]:
    written: list[str] = []
    origins: list[tuple[int, int]] = []
    commented: list[tuple[int, ...]] = []
    for place, cell in enumerate(cells):
        head, body, comments = _written(cell)
        commented.append(comments)
        written += [head, *body, ""]
        origins += [(place, number) for number in range(len(body) + 2)]
    again: dict[int, list[tuple[int, Cell]]] = {}
    for cell in parse_percent("\n".join(written), "").cells:
        place, line = origins[(cell.first_line or 1) - 1]
        again.setdefault(place, []).append((line, cell))
    forms = (_form(cell, again.get(place, []), commented[place]) for place, cell in enumerate(cells))
    return tuple(form for form in forms if form is not None)


def _form(cell: Cell, again: Sequence[tuple[int, Cell]], commented: tuple[int, ...]) -> OtherForm | None:
    """What became of one cell: ``again`` are the cells that begin within it, each with the line at which it does."""
    lines = cell.source.split("\n")
    head = head_line(lines)
    marked = cell.kind == "code" and is_marker(lines[head])
    begins = head + 1 if marked else 0  # its own marker stands below the one that Jupytext writes
    own = next((held for line, held in again if line == begins), None)
    rest = [(line, held) for line, held in again if line > begins]
    if cell.tag is None:
        tagged = next(((line, held) for line, held in again if held.tag is not None), None)
        if tagged is None:
            return None
        return OtherForm(cell=cell, tag=tagged[1].tag, source=tagged[1].source, cut_at=tagged[0] or None)
    return OtherForm(
        cell=cell,
        tag=None if own is None else own.tag,
        source="" if own is None else own.source,
        cut_at=rest[0][0] if rest else None,
        commented=commented,
        doubled=marked and any(held.tag is not None for line, held in again if line == 0),
    )


def _written(cell: Cell) -> tuple[str, list[str], tuple[int, ...]]:
    """The marker line and the lines below it, as Jupytext writes them, and which of these it comments out (from 1)."""
    title = f" {cell.title}" if cell.title else ""
    tags = " tags=[" + ", ".join(f'"{tag}"' for tag in cell.tags) + "]" if cell.tags else ""
    lines = cell.source.split("\n") if cell.source else []
    if cell.kind != "code":
        kind = "markdown" if cell.kind == "markdown" else "raw"
        return f"# %%{title} [{kind}]{tags}", [f"# {line}".rstrip() for line in lines], ()
    commented: list[int] = []
    inside, continued = Inside(), False
    for number, line in enumerate(lines):
        if continued or (not inside.quote and _MAGIC.match(line)):
            indent = line[: len(line) - len(line.lstrip())]
            lines[number] = f"{indent}# {line.lstrip()}"
            commented.append(number + 1)
            continued = line.rstrip().endswith("\\")
        elif inside.quote or any(sign in line for sign in "'\"\\"):
            inside = inside_after(line, inside)
    return f"# %%{title}{tags}", lines, tuple(commented)

"""IPython's own lines in a cell: those that change no value are left out, the others are refused.

The same lines come out as went in, so that a line number means the same before and after. What is left out becomes a
comment, as Jupytext writes it; ``%time x = f()`` becomes ``x = f()``; a cell that is indented as a whole is dedented, as
IPython does.
"""

from __future__ import annotations

import ast
import re
import textwrap
from dataclasses import field
from typing import Literal

from nbcode.notebook.marker import head_line, is_marker
from nbcode.notebook.quotes import Inside, inside_after
from nbcode.primitives import dataclass

Fate = Literal["left out", "pylab", "refused", "command"]
"""What becomes of a line; ``pylab`` leaves out a magic that brings names, a ``command`` is refused and has no sign before it."""

_CELL_MAGIC = re.compile(r"%%\s?(?P<name>[A-Za-z][\w.]*)(?P<rest>.*)$")
_LINE_MAGIC = re.compile(r"(?P<indent>\s*)%{1,3}\s?(?P<name>[A-Za-z_][\w.]*)(?P<rest>.*)$")
_SHELL = re.compile(r"\s*!")
_HELP = re.compile(
    r"\s*(?:\?{1,2}\s*%{0,2}[A-Za-z_*][\w.*]*|%{0,2}(?!\d)[\w*]+(?:\.(?!\d)[\w*]+|\[-?[0-9]+\])*\?{1,2})\s*;?\s*$"
)
_ASSIGNED = re.compile(
    r"(?P<indent>\s*)(?P<target>(?P<names>[\w, ().\[\]'\"*]{1,200}?)\s*(?::[^=\n]+?)?=\s*)(?P<sign>%{1,2}|!{1,2})"
    r"\s?(?P<name>[\w./~$]*)(?P<rest>.*)$"
)
_COMMAND = re.compile(r"\s*(?P<name>[a-z_]+)\s+[^\s=]")
INSTALL = re.compile(
    r"\s*(?:!{1,2}|%)?\s*(?:(?:\{sys\.executable\}|[\w./-]*python3?)\s+-m\s+)?"
    r"(?P<name>pip3?|uv\s+pip|conda|mamba|micromamba)\s+install\b(?P<what>(?:2>&1|\\\n|[^|;&`$\n])*)$"
)
"""A line that installs packages, and nothing else."""
_PLAIN_NAMES = re.compile(r"[\w, ()]+$")
_NO_RAISE = re.compile(r"\s*--no-raise-error\b")

_NO_VALUE = frozenset("matplotlib config autoreload precision xmode pdb colors watermark timeit".split())
"""Line magics that change what is shown, reloaded or measured; what ``%timeit`` runs binds nothing."""
_HARMLESS_EXTENSIONS = frozenset(
    {
        *("autoreload", "nbcode", "watermark", "lab_black", "nb_black", "jupyter_black", "line_profiler"),
        *("memory_profiler", "tensorboard", "google.colab.data_table"),
    }
)
_BODY_RUNS = frozenset({"time", "capture"})
_BODY_BINDS_NOTHING = frozenset({"timeit"})
_OTHER_LANGUAGE = frozenset(
    {
        *("bash", "sh", "script", "html", "HTML", "javascript", "js", "latex", "markdown", "perl", "ruby"),
        *("svg", "SVG", "writefile", "sql", "R", "cython", "julia", "cmd", "file"),
    }
)
COMMANDS = frozenset(
    {
        *(
            "pip",
            "conda",
            "mamba",
            "uv",
            "apt",
            "git",
            "wget",
            "curl",
            "tar",
            "unzip",
            "cat",
            "cd",
            "cp",
            "ls",
        ),
        *("ll", "mkdir", "more", "less", "mv", "pwd", "rm", "rmdir", "echo", "env", "matplotlib", "pylab"),
        *("load_ext", "reload_ext", "autoreload", "time", "timeit", "run", "who", "whos", "history", "reset"),
    }
)
"""First words that IPython takes for a magic or a shell command without a sign before them."""
COMMENTED = re.compile(
    r"#\s?(?P<code>(?:%{1,2}[a-z]\w*(?:\s|$)|![a-z./~]|[A-Za-z_]\w*\s*=\s*(?:!|%{1,2}[a-z])).*)$"
)
"""A magic or a shell command as Jupytext writes it to a ``.py`` file."""
_PYLAB = "import numpy, matplotlib; from matplotlib import pyplot; np, plt = numpy, pyplot"


@dataclass(frozen=True, kw_only=True, slots=True)
class MagicLine:
    """A line of IPython's own: ``%magic``, ``!shell``, ``help?``. Lines count from 1, columns from 1. ``name`` is what it
    calls, with its sign."""

    line: int
    column: int
    text: str
    name: str
    fate: Fate


@dataclass(kw_only=True, slots=True)
class Translation:
    """The cell as plain Python. ``shifts``: by line, how many characters further left the Python stands than the source.
    ``captured``: the name that ``%%capture`` gives to what was printed."""

    lines: list[str]
    magics: list[MagicLine] = field(default_factory=list)
    shifts: dict[int, int] = field(default_factory=dict)
    captured: str | None = None
    in_blocks: list[tuple[int, str]] = field(default_factory=list)

    @property
    def python(self) -> str:
        """The text."""
        return "\n".join(self.lines)

    @property
    def with_passes(self) -> str:
        """The text with `pass` for what was left out inside blocks: one of them may hold nothing else."""
        lines = list(self.lines)
        for number, indent in self.in_blocks:
            lines[number] = f"{indent}pass"
        return "\n".join(lines)


def translate(source: str) -> Translation:
    """Take IPython's lines out of ``source``, which is no Python as it stands. Never raises."""
    lines = source.split("\n")
    head = head_line(lines)
    start = head + 1 if is_marker(lines[head]) else 0
    found = Translation(lines=lines)
    _dedent(found, start)
    _body(found, start, _first(lines, start))
    return found


def _first(lines: list[str], start: int) -> int | None:
    """The first line that is neither blank nor a comment."""
    places = range(start, len(lines))
    return next((n for n in places if lines[n].strip() and not lines[n].lstrip().startswith("#")), None)


def _dedent(found: Translation, start: int) -> None:
    body = found.lines[start:]
    dedented = textwrap.dedent("\n".join(body)).split("\n")
    if dedented == body:
        return
    for number, (old, new) in enumerate(zip(body, dedented, strict=True), start):
        if new.strip():
            found.shifts[number + 1] = len(old) - len(new)
    found.lines[start:] = dedented


def _body(found: Translation, start: int, first: int | None) -> None:
    """A cell magic at ``first`` and what is below it, else every line."""
    magic = None if first is None else _CELL_MAGIC.match(found.lines[first])
    if magic is None or first is None:
        _lines(found, start)
        return
    name, rest = magic["name"], magic["rest"].strip()
    options_only = all(part.startswith("-") for part in rest.split())
    if (name in _BODY_RUNS and (name == "capture" or options_only)) or name in _BODY_BINDS_NOTHING:
        if name == "capture":
            found.captured = next((part for part in rest.split() if not part.startswith("-")), None)
        _leave_out(found, first, f"%%{name}")
        if name in _BODY_BINDS_NOTHING:
            _blank(found, first + 1)
        else:
            _body(found, first + 1, _first(found.lines, first + 1))
        return
    _note(found, first, f"%%{name}", "refused")
    found.lines[first] = ""
    below = [*found.lines[first + 1 :]]
    if name in _OTHER_LANGUAGE:
        _blank(found, first + 1)
        return
    _body(found, first + 1, _first(found.lines, first + 1))
    if not _is_python("\n".join(found.lines[first + 1 :])):
        # No list of languages is complete: a body that is no Python is another language's.
        found.lines[first + 1 :] = [""] * len(below)
        found.magics = [magic for magic in found.magics if magic.line <= first + 1]


def _lines(found: Translation, start: int) -> None:
    inside, number = Inside(), start
    while number < len(found.lines):
        if inside.begins and (last := _line(found, number)) is not None:
            number = last + 1
            continue
        inside = inside_after(found.lines[number], inside)
        number += 1


def _line(found: Translation, number: int) -> int | None:
    """Deal with a line of IPython's own at the start of a statement: its last line, None where it is Python now."""
    line = found.lines[number]
    last = number
    while found.lines[last].endswith("\\") and last + 1 < len(found.lines):
        last += 1
    if (install := INSTALL.match("\n".join(found.lines[number : last + 1]))) is not None:
        for n in range(number, last + 1):
            _comment(found, n)
        name = " ".join(install["name"].split())
        _note(found, number, f"{name} install", "left out", install[0])
        return last
    if (magic := _LINE_MAGIC.match(line)) is not None:
        return _magic(found, number, last, magic)
    if _HELP.match(line) is not None:
        _leave_out(found, number, "?")
        return number
    if _SHELL.match(line) is not None:
        _refuse(found, number, last, "!", "pass")
        return last
    if (assigned := _ASSIGNED.match(line)) is not None:
        return _assigned(found, number, last, assigned)
    command = _COMMAND.match(line)
    if command is not None and command["name"] in COMMANDS and not _is_python(line.strip()):
        _refuse(found, number, last, command["name"], "pass", "command")
        return last
    return None


def _magic(found: Translation, number: int, last: int, magic: re.Match[str]) -> int | None:
    line, name = found.lines[number], magic["name"]
    rest = magic["rest"].strip()
    if line.lstrip().startswith("%%"):
        _refuse(found, number, last, f"%%{name}", "pass")
        return last
    if name == "time":
        statement = _NO_RAISE.sub("", magic["rest"]).lstrip()
        if _is_python("\n".join([statement, *found.lines[number + 1 : last + 1]])) or statement[:1] in {
            "%",
            "!",
        }:
            _note(found, number, "%time", "left out")
            if not statement:
                _comment(found, number)
                return number
            _replace(found, number, magic["indent"] + statement)
            return _line(found, number)
    elif name == "pylab":
        _note(found, number, "%pylab", "pylab")
        _replace(found, number, magic["indent"] + _PYLAB)
        return last
    elif name in _NO_VALUE or (name in {"load_ext", "reload_ext"} and rest in _HARMLESS_EXTENSIONS):
        for n in range(number, last + 1):
            _comment(found, n)
        _note(found, number, f"%{name}", "left out", line)
        return last
    _refuse(found, number, last, f"%{name}", "pass")
    return last


def _assigned(found: Translation, number: int, last: int, assigned: re.Match[str]) -> int | None:
    """``x = %time f()`` is ``x = f()``; what any other magic or a shell command gives is no part of a spec."""
    statement = "\n".join([assigned["rest"].strip(), *found.lines[number + 1 : last + 1]])
    if assigned["sign"] == "%" and assigned["name"] == "time" and _is_python(statement, mode="eval"):
        _note(found, number, "%time", "left out")
        _replace(found, number, assigned["indent"] + assigned["target"] + assigned["rest"].strip())
        return None
    names = assigned["names"].strip().rstrip(",")
    bound = f"{names} = None" if _PLAIN_NAMES.match(names) and "," not in names else ""
    bound = bound or " = ".join([*(part.strip(" ()") for part in names.split(",") if part.strip()), "None"])
    sign = assigned["sign"]
    name = f"{sign}{assigned['name']}" if sign[0] == "%" else "!"
    _refuse(found, number, last, name, bound)
    return last


def _leave_out(found: Translation, number: int, name: str) -> None:
    _note(found, number, name, "left out")
    _comment(found, number)


def _refuse(  # noqa: PLR0917  # which lines, what they call, what stands for them
    found: Translation, number: int, last: int, name: str, instead: str, fate: Fate = "refused"
) -> None:
    _note(found, number, name, fate)
    line = found.lines[number]
    found.lines[number] = line[: len(line) - len(line.lstrip())] + instead
    for n in range(number + 1, last + 1):
        found.lines[n] = ""


def _note(found: Translation, number: int, name: str, fate: Fate, line: str | None = None) -> None:
    line = found.lines[number] if line is None else line
    column = len(line) - len(line.lstrip()) + 1 + found.shifts.get(number + 1, 0)
    if found.magics and found.magics[-1].line == number + 1 and found.magics[-1].name == name:
        return
    found.magics.append(MagicLine(line=number + 1, column=column, text=line.strip(), name=name, fate=fate))


def _comment(found: Translation, number: int) -> None:
    line = found.lines[number]
    indent = line[: len(line) - len(line.lstrip())]
    if indent:
        found.in_blocks.append((number, indent))
    found.lines[number] = f"{indent}# {line.strip()}"


def _replace(found: Translation, number: int, new: str) -> None:
    old = found.lines[number]
    found.shifts[number + 1] = found.shifts.get(number + 1, 0) + len(old) - len(new)
    found.lines[number] = new


def _blank(found: Translation, start: int) -> None:
    for number in range(start, len(found.lines)):
        found.lines[number] = ""


def _is_python(text: str, mode: Literal["exec", "eval"] = "exec") -> bool:
    try:
        ast.parse(text, mode=mode)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True

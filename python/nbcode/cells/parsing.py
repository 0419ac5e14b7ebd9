"""One cell's source to its syntax tree, or to what is wrong with it. Nothing is executed."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

_MAGIC = re.compile(
    r"^\s*(?:%{1,3}[A-Za-z]|!|\?{1,2}\w|[\w.]+\?{1,2}\s*$)|^\s*(?P<names>[\w, ]{1,200}?) *= *(?:%{1,2}[A-Za-z]|!)"
)
_CELL_MAGIC = re.compile(r"\s*%%(?P<name>[A-Za-z]\w*)")
_OTHER_LANGUAGE = frozenset(
    {
        "bash",
        "sh",
        "script",
        "html",
        "javascript",
        "js",
        "latex",
        "markdown",
        "perl",
        "ruby",
        "svg",
        "writefile",
        "sql",
    }
)
_ASSIGNED = re.compile(
    r"^(?P<names>[A-Za-z_]\w*(?:[ \t]*,[ \t]*[A-Za-z_]\w*)*)[ \t]*(?::[^=\n]+)?=(?!=)", re.MULTILINE
)

_DEFINED = re.compile(r"^(?:async[ ]+)?(?:def|class)[ ]+(\w+)", re.MULTILINE)
_IMPORTED = re.compile(r"^(?:from[ ]+\S+[ ]+)?import[ ]+(?P<names>[^#\n;]+)", re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class MagicLine:
    """A line of IPython's own: ``%magic``, ``!shell``, ``help?``. Lines count from 1, columns from 1."""

    line: int
    column: int
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SyntaxProblem:
    """Why Python refuses a cell. ``too_deep``: not wrong, but nested beyond what can be read."""

    message: str
    line: int
    column: int
    end_column: int | None = None
    text: str = ""
    too_deep: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Parsed:
    """The tree (None where there is none), magics, and the trouble. ``guessed``: names that look assigned in a cell
    that cannot be parsed."""

    tree: ast.Module | None
    magics: tuple[MagicLine, ...] = ()
    trouble: SyntaxProblem | None = None
    guessed: frozenset[str] = frozenset()


def parse_cell(source: str, *, thorough: bool) -> Parsed:
    """Parse; where that fails, once more without IPython's lines. ``thorough`` also asks the compiler, which refuses
    what the grammar lets pass (``return`` outside a function). Never raises; the caller silences warnings."""
    first = _parse(source, thorough=thorough)
    if isinstance(first, ast.Module):
        return Parsed(tree=first)
    magics, plain = _without_magics(source)
    if not magics:
        return Parsed(tree=None, trouble=first, guessed=_guess(source))
    second = _parse(plain, thorough=thorough)
    if isinstance(second, ast.Module):
        return Parsed(tree=second, magics=magics)
    return Parsed(tree=None, magics=magics, trouble=second, guessed=_guess(source))


def _parse(source: str, *, thorough: bool) -> ast.Module | SyntaxProblem:
    try:
        tree = ast.parse(source)
        if thorough:
            compile(tree, "<cell>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except SyntaxError as error:
        return _trouble(error, source)
    except (RecursionError, MemoryError):
        return SyntaxProblem(message="nested too deep to be read", line=1, column=1, too_deep=True)
    except ValueError as error:
        return SyntaxProblem(message=str(error), line=1, column=1)
    return tree


def _trouble(error: SyntaxError, source: str) -> SyntaxProblem:
    lines = source.split("\n")
    line = min(max(error.lineno or 1, 1), len(lines))
    deep = "too many nested" in (error.msg or "") or "too many statically nested" in (error.msg or "")
    end = error.end_offset if error.end_lineno == error.lineno and error.end_offset else None
    column = max(error.offset or 1, 1)
    return SyntaxProblem(
        message=error.msg or "invalid syntax",
        line=line,
        column=column,
        end_column=end if end is not None and end > column else None,
        text=lines[line - 1],
        too_deep=deep,
    )


def _without_magics(source: str) -> tuple[tuple[MagicLine, ...], str]:
    """IPython's lines, and the source with each replaced by Python that binds the same names."""
    lines = source.split("\n")
    first = next(
        (n for n, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#")), None
    )
    if first is not None and (cell_magic := _CELL_MAGIC.match(lines[first])):
        found = _magic(lines[first], first + 1)
        if cell_magic["name"] in _OTHER_LANGUAGE:
            return (found,), ""
        inner, rest = _without_magics("\n".join([*([""] * (first + 1)), *lines[first + 1 :]]))
        return (found, *inner), rest
    magics = []
    for number, line in enumerate(lines):
        match = _MAGIC.match(line)
        if match is None:
            continue
        magics.append(_magic(line, number + 1))
        indent = line[: len(line) - len(line.lstrip())]
        names = match["names"]
        lines[number] = f"{indent}{names.strip().rstrip(',')} = None" if names else f"{indent}pass"
    return tuple(magics), "\n".join(lines)


def _magic(line: str, number: int) -> MagicLine:
    return MagicLine(line=number, column=len(line) - len(line.lstrip()) + 1, text=line.strip())


def _guess(source: str) -> frozenset[str]:
    names = set(_DEFINED.findall(source))
    for found in _IMPORTED.finditer(source):
        names |= {
            part.split(" as ")[-1].strip().split(".")[0] for part in found["names"].strip("()").split(",")
        }
    for found in _ASSIGNED.finditer(source):
        names |= {name.strip() for name in found["names"].split(",")}
    return frozenset(names)

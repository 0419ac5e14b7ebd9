"""One cell's source to its syntax tree, or to what is wrong with it. Nothing is executed."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import field, replace

from nbcode.cells.ipython import MagicLine, translate
from nbcode.primitives import dataclass, future_flags

_ASSIGNED = re.compile(
    r"^[ \t]*(?:for[ \t]+)?(?P<names>[A-Za-z_]\w*(?:[ \t]*,[ \t]*[A-Za-z_]\w*)*)(?:[ \t]*(?::[^=\n]+)?=(?!=)|[ \t]+in[ \t])",
    re.MULTILINE,
)

_DEFINED = re.compile(r"^[ \t]*(?:async[ ]+)?(?:def|class)[ ]+(\w+)", re.MULTILINE)
_IMPORTED = re.compile(r"^[ \t]*(?:from[ ]+\S+[ ]+)?import[ ]+(?P<names>[^#\n;]+)", re.MULTILINE)


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
    """The tree (None where there is none), IPython's lines, and the trouble.

    ``python`` is what was parsed: the source without IPython's lines, line for line; ``shifts`` says by line how many characters
    further left it stands there. ``captured``: the name that ``%%capture`` would bind. ``guessed``: names that look assigned in
    a cell that cannot be parsed.
    """

    tree: ast.Module | None
    python: str
    magics: tuple[MagicLine, ...] = ()
    shifts: Mapping[int, int] = field(default_factory=dict)
    captured: str | None = None
    problem: SyntaxProblem | None = None
    guessed: frozenset[str] = frozenset()


def parse_cell(source: str, *, thorough: bool) -> Parsed:
    """Parse; where that fails, once more without IPython's lines. ``thorough`` also asks the compiler, which refuses
    what the grammar lets pass (``return`` outside a function). Never raises; the caller silences warnings."""
    first = _parse(source, thorough=thorough)
    if isinstance(first, ast.Module):
        return Parsed(tree=first, python=source)
    found = translate(source)
    python, second = found.python, _parse(found.python, thorough=thorough)
    if not isinstance(second, ast.Module) and found.in_blocks:
        passing = _parse(found.with_passes, thorough=thorough)
        if isinstance(passing, ast.Module):
            python, second = found.with_passes, passing
    tree = second if isinstance(second, ast.Module) else None
    return Parsed(
        tree=tree,
        python=source if tree is None else python,
        magics=tuple(found.magics),
        shifts={} if tree is None else found.shifts,
        captured=found.captured,
        problem=None if isinstance(second, ast.Module) else _shifted(second, found.shifts),
        guessed=frozenset() if tree is not None else _guess(source),
    )


def _shifted(problem: SyntaxProblem, shifts: Mapping[int, int]) -> SyntaxProblem:
    """The trouble at its place in the source."""
    further = shifts.get(problem.line, 0)
    end = problem.end_column
    return replace(
        problem, column=problem.column + further, end_column=None if end is None else end + further
    )


def _parse(source: str, *, thorough: bool) -> ast.Module | SyntaxProblem:
    try:
        tree = ast.parse(source)
        if thorough:
            _compile(tree)
    except SyntaxError as error:
        return _problem(error, source)
    except (RecursionError, MemoryError):
        return SyntaxProblem(message="nested too deep to be read", line=1, column=1, too_deep=True)
    except ValueError as error:
        return SyntaxProblem(message=str(error), line=1, column=1)
    return tree


def _compile(tree: ast.Module) -> None:
    """Statement by statement, as a kernel does: it takes ``from __future__`` anywhere outside blocks."""
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    for statement in tree.body:
        flags |= future_flags(statement)
        compile(ast.Module([statement], []), "<cell>", "exec", flags=flags, dont_inherit=True)


def _problem(error: SyntaxError, source: str) -> SyntaxProblem:
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


def _guess(source: str) -> frozenset[str]:
    names = set(_DEFINED.findall(source))
    for found in _IMPORTED.finditer(source):
        names |= {
            part.split(" as ")[-1].strip().split(".")[0] for part in found["names"].strip("()").split(",")
        }
    for found in _ASSIGNED.finditer(source):
        names |= {name.strip() for name in found["names"].split(",")}
    return frozenset(names)

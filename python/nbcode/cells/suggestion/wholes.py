"""Figures that are shown as a whole: a dict, a Series or a small frame of numbers, with what the output stores of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from nbcode.cells.facts import CellFacts
from nbcode.cells.paths import Paths
from nbcode.cells.suggestion.statements import statements_of
from nbcode.cells.suggestion.words import NUMBER, is_metric
from nbcode.cells.trees import walk
from nbcode.notebook import StoredOutput
from nbcode.primitives import dataclass

Parts: TypeAlias = tuple[tuple[tuple[str, ...], str], ...]
"""(keys, number as stored): the keys lead to the number; those of a frame are its column and its row."""

_MOST_ROWS, _MOST_CHARACTERS, _MOST_TRIES = 12, 4_000, 8
_CALLED = re.compile(
    r"(\w+_)?(reports?|stats?|statistics|perf|performance|metrics?|results?|summary|figures)_?\d*\Z",
    re.IGNORECASE,
)
_SETTINGS = re.compile(
    r"(\w+_)?(params?|parameters|config|cfg|settings|kwargs|options|args)_?\Z", re.IGNORECASE
)
_LOOKS = frozenset({"round", "to_string", "to_dict", "copy"})
_WRAPS = frozenset({"pandas.Series", "dict", "json.dumps", "str", "repr", "pprint.pformat", "round"})
_PRINTS = frozenset({"print", "pprint.pprint", "pprint.pp"})
_TABLES = frozenset({"pandas.Series", "pandas.DataFrame", "dict"})
_ROW = re.compile(rf"(\S[^\n]{{0,60}}?)\s{{2,}}({NUMBER})\s*")
_LINE = re.compile(rf"(\w[\w .-]{{0,60}}?)\s*[:=]\s*({NUMBER})\s*")
_NO_LABEL = re.compile(r"\d[\d:\-./ ]*\Z")


@dataclass(frozen=True, kw_only=True, slots=True)
class Whole:
    """``node``, without what only formats it; ``label`` names one figure of it (empty: it is all of them); ``parts`` as stored."""

    node: ast.expr
    label: str = ""
    parts: Parts = ()


class Wholes:
    """Knows what is assigned to the names of ``cells``."""

    def __init__(self, cells: Iterable[CellFacts], paths: Paths) -> None:
        self._paths = paths
        self._assigned: dict[str, ast.expr] = {}
        self._classes: set[str] = set()
        for facts in cells:
            self._classes |= {one.name for one in facts.all_of(ast.ClassDef)}
            for statement, _ in statements_of(facts.tree.body if facts.tree is not None else ()):
                match statement:
                    case ast.Assign(targets=[ast.Name(id=name)], value=value):
                        self._assigned[name] = value

    def shown_by(self, statement: ast.stmt, stored: StoredOutput, *, is_last: bool) -> Iterator[Whole]:
        """What a statement shows as a whole: all of it, or each figure in it where not all that it holds are figures."""
        if isinstance(statement, ast.For):
            yield from self._one_by_one(statement, stored)
        if not isinstance(statement, ast.Expr):
            return
        shown = statement.value
        told = stored.execution_count is not None or bool(stored.printed or stored.result)
        text = stored.result
        if isinstance(shown, ast.Call) and self._paths.dotted(shown.func) in _PRINTS:
            given = [one for one in shown.args if not _is_words(one)]
            if len(given) != 1:
                return
            shown, text = given[0], stored.printed
        elif not is_last:
            return
        node = self._bare(shown)
        if isinstance(node, ast.Dict):
            yield from self._written_out(node, text[-_MOST_CHARACTERS:] if told else "")
        elif isinstance(node, ast.Call) and (
            isinstance(node.func, ast.Name)
            or self._paths.dotted(node.func) == "pandas.DataFrame"
            or self._is_asked_of_own(node.func)
        ):
            yield from self._made_here(node, text[-_MOST_CHARACTERS:] if told else None)
        elif isinstance(node, ast.Name | ast.Subscript | ast.Attribute):
            yield from self._held(node, text[-_MOST_CHARACTERS:] if told else None)

    def _bare(self, node: ast.expr) -> ast.expr:
        """``node`` without what rounds it or turns it into a text."""
        while isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr in _LOOKS:
                node = node.func.value
            elif self._paths.dotted(node.func) in _WRAPS and len(node.args) >= 1:
                node = node.args[0]
            else:
                break
        return node

    def _written_out(self, node: ast.Dict, text: str) -> Iterator[Whole]:
        """The figures of a dict that is shown where it is made."""
        numbers = {keys[0]: number for keys, number in _parts_in(text)[0] if len(keys) == 1}
        for key, value in _items(node):
            if is_metric(key) and not isinstance(value, ast.Constant):
                parts = (((), numbers[key]),) if key in numbers else ()
                yield Whole(node=value, label=key, parts=parts)

    def _is_asked_of_own(self, function: ast.expr) -> bool:
        """Whether it is a method of an object of a class of the notebook."""
        if not (isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name)):
            return False
        made = self._assigned.get(function.value.id)
        while isinstance(made, ast.Call) and isinstance(made.func, ast.Attribute):
            made = made.func.value
        return (
            isinstance(made, ast.Call) and isinstance(made.func, ast.Name) and made.func.id in self._classes
        )

    def _one_by_one(self, loop: ast.For, stored: StoredOutput) -> Iterator[Whole]:
        """A dict whose items a loop prints, a line each."""
        match loop:
            case ast.For(
                target=ast.Tuple(elts=[ast.Name(id=key), ast.Name(id=value)]),
                iter=ast.Call(func=ast.Attribute(value=ast.Name() as node, attr="items"), args=[]),
                body=[ast.Expr(value=ast.Call() as shown)],
            ) if self._paths.dotted(shown.func) == "print":
                pass
            case _:
                return
        names = {one.id for one in walk(shown) if isinstance(one, ast.Name)}
        rows = [_LINE.fullmatch(line) for line in stored.printed.split("\n")[-_MOST_ROWS:]]
        parts = tuple(((row[1],), row[2]) for row in rows if row is not None)
        if {key, value} <= names and any(is_metric(word) for keys, _ in parts for word in keys):
            yield Whole(node=node, parts=parts)

    def _made_here(self, node: ast.Call, text: str | None) -> Iterator[Whole]:
        """A frame that is shown where it is made, or what a function of the notebook gives: all that is in it are figures."""
        parts, is_all = _parts_in(text or "")
        if is_all and any(is_metric(word) for keys, _ in parts for word in keys):
            yield Whole(node=node, parts=parts)

    def _held(self, node: ast.expr, text: str | None) -> Iterator[Whole]:
        name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
        if _SETTINGS.match(name):
            return
        made = self._assigned.get(name) if isinstance(node, ast.Name) else None
        items = dict(_items(self._bare(made))) if made is not None else {}
        called = bool(_CALLED.match(name))
        if text is not None:
            parts, is_all = _parts_in(text)
            if not parts or not (called or any(is_metric(word) for keys, _ in parts for word in keys)):
                return
            yield from _each(node, parts) if not is_all else [Whole(node=node, parts=parts)]
        elif items:
            computed = {key: value for key, value in items.items() if not isinstance(value, ast.Constant)}
            if not computed or not (called or any(map(is_metric, computed))):
                return
            if all(_may_be_number(value) for value in items.values()):
                yield Whole(node=node)
            else:
                yield from _each(node, tuple(((key,), "") for key in computed))
        elif called and self._may_hold_figures(made):
            yield Whole(node=node)

    def _may_hold_figures(self, made: ast.expr | None) -> bool:
        """Whether what a name was assigned may be a dict or a Series of figures: what a function gives, or a table that is filled."""
        return (isinstance(made, ast.Dict) and not made.keys) or (
            isinstance(made, ast.Call)
            and (isinstance(made.func, ast.Name) or self._paths.dotted(made.func) in _TABLES)
        )


def _each(node: ast.expr, parts: Parts) -> Iterator[Whole]:
    for keys, number in parts:
        if len(keys) == 1 and is_metric(keys[0]):
            part = ast.Subscript(value=node, slice=ast.Constant(value=keys[0]), ctx=ast.Load())
            yield Whole(node=part, label=keys[0], parts=(((), number),) if number else ())


def _items(node: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """(key, value) of a dict whose keys are texts, written in braces or by ``dict(a=...)``."""
    match node:
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value, value
        case ast.Call(func=ast.Name(id="dict"), args=[], keywords=keywords):
            yield from ((one.arg, one.value) for one in keywords if one.arg is not None)


def _is_words(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _may_be_number(node: ast.expr) -> bool:
    return not isinstance(
        node, ast.JoinedStr | ast.List | ast.Tuple | ast.Dict | ast.ListComp | ast.DictComp | ast.Lambda
    ) and not _is_words(node)


def _parts_in(text: str) -> tuple[Parts, bool]:
    """The numbers of the last dict, Series or frame in an output, and whether it holds nothing else."""
    text = text.rstrip()
    for read in (_of_dict, _of_series, _of_frame):
        found = read(text)
        if found is not None:
            return found
    return (), False


def _of_dict(text: str) -> tuple[Parts, bool] | None:
    plain = re.sub(r"np\.\w+\(([^()]*)\)", r"\1", text)
    starts = [found.start(1) for found in re.finditer(r"^[^{\n]*(\{)", plain, re.MULTILINE)]
    for start in reversed(starts[-_MOST_TRIES:]):
        for end in (plain.find("\n", start), plain.rfind("}") + 1):
            try:
                value = ast.literal_eval(plain[start : end if end > 0 else len(plain)])
            except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
                continue
            if isinstance(value, dict):
                leaves = list(_leaves(value, ()))
                parts = tuple((keys, repr(one)) for keys, one in leaves if _is_number(one))
                return parts, len(parts) == len(leaves)
    return None


def _leaves(value: object, keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _leaves(one, (*keys, str(key)))
    else:
        yield keys, value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _of_series(text: str) -> tuple[Parts, bool] | None:
    lines = text.split("\n")
    end = next((n for n in range(len(lines) - 1, -1, -1) if re.match(r"(Name: .*)?dtype: ", lines[n])), None)
    if end is None:
        return None
    found: list[tuple[tuple[str, ...], str]] = []
    for line in reversed(lines[max(0, end - _MOST_ROWS) : end]):
        row = _ROW.fullmatch(line)
        if row is None or _NO_LABEL.match(row[1]):
            break
        found.append(((row[1],), row[2]))
    return tuple(reversed(found)), "float" in lines[end] or "int" in lines[end]


def _of_frame(text: str) -> tuple[Parts, bool] | None:
    """A header, and rows that have a number below each of its words; rows of dates or counts are data."""
    lines = [line for line in text.split("\n") if line.strip()]
    heads = [n for n, line in enumerate(lines) if line[:1].isspace()]
    if not heads or not 0 < len(lines) - heads[-1] - 1 <= _MOST_ROWS:
        return None
    names = lines[heads[-1]].split()
    found: list[tuple[tuple[str, ...], str]] = []
    rows = [line.split() for line in lines[heads[-1] + 1 :]]
    for words in rows:
        label, numbers = " ".join(words[: -len(names)]), words[-len(names) :]
        if not label or not all(re.fullmatch(NUMBER, one) for one in numbers):
            return None
        if _NO_LABEL.match(label) and len(rows) > 1:
            return None
        found += [((name, label), number) for name, number in zip(names, numbers, strict=True)]
    words_of = {word for keys, _ in found for word in keys}
    return (tuple(found), True) if any(map(is_metric, words_of)) else None

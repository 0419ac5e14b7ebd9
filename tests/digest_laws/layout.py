"""Edits of a cell's source that change no syntax tree, by what is rewritten. Each gives None where the cell has nothing of the kind."""

from __future__ import annotations

import ast
import io
import textwrap
import tokenize
from collections.abc import Callable, Iterator
from tokenize import TokenInfo

Edit = Callable[[str], "str | None"]
Place = tuple[int, int]  # line from 1, offset in characters from 0

_SIMPLE = (ast.Assign, ast.AugAssign, ast.Expr, ast.Import, ast.ImportFrom, ast.Delete, ast.Assert)


def same_tree(before: str, after: str) -> bool:
    """Whether two sources parse alike. The judge of this module's edits: it knows nothing of digests."""
    return _dumped(before) == _dumped(after)


def _dumped(source: str) -> str:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            node.kind = None
    return ast.dump(tree)


# -- tokens and places ---------------------------------------------------------------------------------------------


def _tokens(source: str) -> list[TokenInfo]:
    return list(tokenize.generate_tokens(io.StringIO(source).readline))


def _with_depth(source: str) -> Iterator[tuple[TokenInfo, int]]:
    """Each token and how many brackets are open before it."""
    depth = 0
    for token in _tokens(source):
        if token.string in (")", "]", "}") and token.type == tokenize.OP:
            depth -= 1
        yield token, depth
        if token.string in ("(", "[", "{") and token.type == tokenize.OP:
            depth += 1


def _replaced(source: str, changes: list[tuple[Place, Place, str]]) -> str | None:
    """The source with each span (start, end) written anew."""
    lines = source.split("\n")
    for (row, column), (end_row, end_column), text in sorted(changes, reverse=True):
        head, tail = lines[row - 1][:column], lines[end_row - 1][end_column:]
        lines[row - 1 : end_row] = f"{head}{text}{tail}".split("\n")
    return "\n".join(lines) if changes else None


def _inserted(source: str, places: list[Place], text: str) -> str | None:
    return _replaced(source, [(place, place, text) for place in places])


def _ends(source: str) -> list[Place]:
    return [token.start for token in _tokens(f"{source}\n") if token.type == tokenize.NEWLINE]


def _first_lines(source: str) -> list[int]:
    """The lines on which a logical line begins."""
    found, fresh = [], True
    for token in _tokens(source):
        if token.type in (tokenize.INDENT, tokenize.DEDENT, tokenize.NL, tokenize.COMMENT):
            continue
        if fresh and token.type != tokenize.ENDMARKER:
            found.append(token.start[0])
        fresh = token.type == tokenize.NEWLINE
    return found


def _characters(source: str, line: int, offset: int) -> Place:
    """A place of the syntax tree, whose offsets count bytes."""
    return line, len(source.split("\n")[line - 1].encode()[:offset].decode())


def _plain_texts(source: str) -> list[TokenInfo]:
    """One-line text literals without prefix, escape or a quote inside."""
    return [
        token
        for token in _tokens(source)
        if token.type == tokenize.STRING
        and token.string[0] in "'\""
        and not token.string.startswith(('"""', "'''"))
        and len(token.string) > 2
        and not set(token.string[1:-1]) & set("\\'\"\n")
    ]


def _texts_as(source: str, write: Callable[[str], str]) -> str | None:
    return _replaced(source, [(t.start, t.end, write(t.string)) for t in _plain_texts(source)])


# -- the edits -----------------------------------------------------------------------------------------------------


def _comment_lines(source: str) -> str | None:
    lines = source.split("\n")
    for number in reversed(_first_lines(source)):
        line = lines[number - 1]
        lines.insert(number - 1, f"{line[: len(line) - len(line.lstrip())]}# a remark: why = so")
    return "\n".join(lines)


def _blank_lines(source: str) -> str | None:
    return _replaced(source, [((n, 0), (n, 0), "\n") for n in _first_lines(source) if n > 1])


def _parentheses(source: str) -> str | None:
    changes = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.Return | ast.keyword) and node.value is not None:
            value = node.value
            assert value.end_lineno is not None
            assert value.end_col_offset is not None
            if isinstance(value, ast.Tuple | ast.GeneratorExp) or (
                isinstance(node, ast.keyword) and node.arg is None
            ):
                continue  # its own brackets may lie outside its place
            start = _characters(source, value.lineno, value.col_offset)
            end = _characters(source, value.end_lineno, value.end_col_offset)
            changes += [(start, start, "("), (end, end, ")")]
    return _replaced(source, changes)


def _exploded(source: str) -> str | None:
    commas = [t for t, depth in _with_depth(source) if depth and t.string == ","]
    return _replaced(source, [(t.end, t.end, "\n    ") for t in commas])


def _collapsed(source: str) -> str | None:
    tokens = list(_with_depth(source))
    if any(token.type == tokenize.COMMENT for token, depth in tokens if depth):
        return None
    breaks = [token for token, depth in tokens if depth and token.type == tokenize.NL]
    return _replaced(source, [(t.start, (t.start[0] + 1, 0), " ") for t in breaks])


def _trailing_commas(source: str) -> str | None:
    calls = {
        _characters(source, node.end_lineno, node.end_col_offset)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and node.end_lineno is not None
        and node.end_col_offset is not None
        and (node.args or node.keywords)
        and not any(isinstance(one, ast.GeneratorExp) for one in node.args)
    }
    places, before = [], None
    for token in _tokens(source):
        if token.type in (tokenize.NL, tokenize.COMMENT):
            continue
        if token.end in calls and token.string == ")" and before is not None and before.string != ",":
            places.append(before.end)
        before = token
    return _inserted(source, places, ",")


def _backslashes(source: str) -> str | None:
    signs = [
        t.end for t, depth in _with_depth(source) if not depth and t.type == tokenize.OP and t.string == "="
    ]
    return _inserted(source, signs, " \\\n        ")


def _spaced(source: str) -> str | None:
    signs = [t for t, depth in _with_depth(source) if depth and t.type == tokenize.OP]
    return _replaced(source, [(t.start, t.end, f" {t.string} ") for t in signs])


def _tight(source: str) -> str | None:
    """No space after a comma or around ``=`` and operators within brackets."""
    changes, before = [], None
    for token, depth in _with_depth(source):
        if before is not None and depth and token.start[0] == before.end[0] and token.start > before.end:
            words = (tokenize.NAME, tokenize.NUMBER, tokenize.STRING)
            if not (before.type in words and token.type in words) and token.type != tokenize.COMMENT:
                changes.append((before.end, token.start, ""))
        before = token
    return _replaced(source, changes)


def _joined_by_semicolons(source: str) -> str | None:
    body, changes = ast.parse(source).body, []
    lines = source.split("\n")
    for first, second in zip(body[::2], body[1::2], strict=False):
        if not (isinstance(first, _SIMPLE) and isinstance(second, _SIMPLE)):
            continue
        assert first.end_lineno is not None
        assert first.end_col_offset is not None
        end = _characters(source, first.end_lineno, first.end_col_offset)
        if second.lineno == first.end_lineno + 1 and lines[end[0] - 1][end[1] :] == "":
            changes.append((end, (second.lineno, 0), "; "))
    return _replaced(source, changes)


def _numbers(source: str) -> str | None:
    changes = []
    for token in _tokens(source):
        text = token.string
        if token.type != tokenize.NUMBER:
            continue
        if text.isdigit() and int(text) > 9:
            changes.append((token.start, token.end, hex(int(text))))
        elif "." in text and text.replace(".", "").isdigit():
            changes.append((token.start, token.end, f"{text}0"))
    return _replaced(source, changes)


def _underscores(source: str) -> str | None:
    whole = [
        t for t in _tokens(source) if t.type == tokenize.NUMBER and t.string.isdigit() and len(t.string) > 1
    ]
    return _replaced(source, [(t.start, t.end, f"{t.string[0]}_{t.string[1:]}") for t in whole])


def _indented_by(unit: str) -> Edit:
    def edit(source: str) -> str | None:
        lines = source.split("\n")
        if any(_width(lines[n - 1]) % 4 for n in _first_lines(source)):
            return None
        for number in _first_lines(source):
            width = _width(lines[number - 1])
            lines[number - 1] = unit * (width // 4) + lines[number - 1][width:]
        return "\n".join(lines)

    return edit


def _width(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _docstrings(source: str) -> list[ast.Constant]:
    return [
        first.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
        and node.body
        and isinstance(first := node.body[0], ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    ]


def docstrings_deeper(source: str) -> str | None:
    """Every docstring of several lines further in as a whole, with spaces at the ends of its lines. Another text: laid out otherwise."""
    lines = source.split("\n")
    for node in _docstrings(source):
        assert node.end_lineno is not None
        for number in range(node.lineno, node.end_lineno):
            lines[number - 1] += "  "
            lines[number] = f"    {lines[number]}"
    return "\n".join(lines)


def docstrings_elsewhere(source: str) -> str | None:
    """Blank lines at both ends of every docstring of several lines."""
    found = [node for node in _docstrings(source) if node.end_lineno != node.lineno]
    changes = []
    for node in found:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        row, column = _characters(source, node.end_lineno, node.end_col_offset)
        changes.append(((row, column - 3), (row, column - 3), "\n\n    "))
    return _replaced(source, changes)


def _unparsed(source: str) -> str | None:
    return ast.unparse(ast.parse(source))


LAYOUTS: dict[str, Edit] = {
    "a comment at the end of every statement": lambda s: _inserted(s, _ends(s), "  # type: ignore, why not"),
    "a comment line above every statement": _comment_lines,
    "a comment as first and as last line": lambda s: f"# first\n{s}\n# last",
    "blank lines between statements": _blank_lines,
    "blank lines before and after": lambda s: f"\n\n{s}\n\n\n",
    "spaces at the ends of lines": lambda s: _inserted(s, _ends(s), "   "),
    "a form feed before it": lambda s: f"\f\n{s}",
    "quotes of the other kind": lambda s: _texts_as(s, lambda t: f"'{t[1:-1]}'" if t[0] == '"' else f'"{t[1:-1]}"'),
    "texts in triple quotes": lambda s: _texts_as(s, lambda t: f'"""{t[1:-1]}"""'),
    "texts with a u": lambda s: _texts_as(s, lambda t: f"u{t}"),
    "texts in two halves": lambda s: _texts_as(s, lambda t: f"{t[:2]}{t[0]} {t[0]}{t[2:]}"),
    "a letter of each text escaped": lambda s: _texts_as(s, lambda t: f"{t[0]}\\x{ord(t[1]):02x}{t[2:]}" if ord(t[1]) < 128 else t),
    "parentheses around values": _parentheses,
    "one item a line": _exploded,
    "brackets on one line": _collapsed,
    "trailing commas": _trailing_commas,
    "backslashes": _backslashes,
    "spaces around signs": _spaced,
    "no space that is not needed": _tight,
    "semicolons": _joined_by_semicolons,
    "a semicolon at the end": lambda s: None if s.endswith(";") else _inserted(s, _ends(s)[-1:], ";"),
    "numbers in another base": _numbers,
    "underscores in numbers": _underscores,
    "indented by two": _indented_by("  "),
    "indented by tabs": _indented_by("\t"),
    "written anew by ast.unparse": _unparsed,
}  # fmt: skip
"""By name. Each keeps the syntax tree (:func:`same_tree`)."""

OF_DOCSTRINGS: dict[str, Edit] = {
    "docstrings further in": docstrings_deeper,
    "blank lines in docstrings": docstrings_elsewhere,
}
OF_IPYTHON: dict[str, Edit] = {
    "the cell indented as a whole": lambda s: textwrap.indent(s, "    ") if '"""' not in s else None,
    "%matplotlib": lambda s: f"%matplotlib inline\n{s}",
    "%%time": lambda s: f"%%time\n{s}",
    "%config and %autoreload": lambda s: f"%config InlineBackend.figure_format = 'retina'\n%load_ext autoreload\n%autoreload 2\n{s}",
    "a question about a name": lambda s: f"{s}\nprint?",
}  # fmt: skip

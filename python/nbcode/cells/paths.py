"""Paths that tagged cells open, as far as they are known without running: constants, ``DATA / "x.csv"``, f-strings, joins, and
the default of an environment variable.

A part that is only known in the run stands as :data:`UNKNOWN` in a path, so that ``f"{FOLDER}/{name}.csv"`` is a pattern.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from nbcode.cells.facts import CellFacts
from nbcode.cells.trees import children
from nbcode.cells.variables import VARIABLE_GETS, read_by, variables_set
from nbcode.primitives import dataclass

UNKNOWN = "\0"
_DEPTH = 30
_HOSTED = ("/content/", "/kaggle/", "/dbfs/")
"""Where Colab, Kaggle and Databricks keep files."""
_PATHS = frozenset(
    {"pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath", "pathlib.PurePosixPath", "os.path.join"}
)
_SAME = frozenset(
    {"str", "os.fspath", "os.path.abspath", "os.path.realpath", "os.path.normpath", "os.path.expanduser"}
)
_HERE = frozenset({"os.getcwd", "pathlib.Path.cwd"})
_SAME_METHODS = frozenset({"resolve", "absolute", "expanduser", "as_posix"})
_PATH_METHODS = frozenset({"open", "read_text", "read_bytes", "iterdir", "glob", "rglob", "walk"})
_LISTERS = frozenset({"iterdir", "glob", "rglob", "walk", "listdir", "scandir", "iglob"})
_IN_MEMORY = frozenset({"io.StringIO", "io.BytesIO"})
_SQL = re.compile(r"(pandas|polars)\.read_(sql|sql_query|sql_table|database|database_uri|gbq|clipboard)")
"""What is given first there is a statement or a table; the database is opened by another call, or by an address in ``con`` or ``uri``."""
_QUERIES = frozenset({"duckdb.sql", "duckdb.query", "duckdb.execute"})
_QUERY_METHODS = frozenset({"sql", "query", "execute"})
_FROM_FILE = re.compile(
    r"""\b(?:from|join)\s+(?:\w+\s*\(\s*\[?\s*)?'(?P<path>[^']*[./][^']*)'""", re.IGNORECASE
)
"""A file that a query of DuckDB reads in place of a table: ``FROM 'prices.parquet'``, ``FROM read_csv('prices.csv')``."""
_SQLITE = re.compile(r"sqlite(\+\w+)?:///(?P<path>[^?]+)")
_FILE_URI = re.compile(r"file:(?P<path>[^?]+)(\?.*)?\Z")
READER = re.compile(
    r"(pandas|polars|geopandas|dask\.dataframe|pyarrow\.\w+)\.(read|scan)_\w+|pandas\.HDFStore|pandas\.ExcelFile"
    r"|numpy\.(load|loadtxt|genfromtxt|fromfile|memmap)"
    r"|joblib\.load|open|io\.open|codecs\.open|(gzip|bz2|lzma)\.open|zipfile\.ZipFile|sqlite3\.connect"
    r"|duckdb\.(connect|read_\w+)|xarray\.open_\w+|tables\.open_file|h5py\.File|os\.(listdir|scandir|walk)"
    r"|pyarrow\.parquet\.(ParquetFile|ParquetDataset)|pyarrow\.dataset\.dataset|glob\.i?glob|pickle\.load"
    r"|fastparquet\.ParquetFile|scipy\.io\.loadmat|torch\.load|alpha_bench\.load_fitted"
)
_PANELS = {"alpha_bench.read_panel": 2, "alpha_bench.Panel.of": 1}
"""What opens a panel, with how many leading arguments may be paths; ``Panel.of`` also takes frames."""
_KEYWORDS = (
    "file",
    "filepath_or_buffer",
    "path",
    "path_or_buf",
    "path_or_buffer",
    "source",
    "filename",
    "io",
    "fname",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """A call that opens or lists. ``node`` is what is given as the path, ``path`` what it says (None: unknown); ``lists`` says
    that names of a folder are asked for."""

    call: ast.Call
    dotted: str
    node: ast.expr | None
    path: str | None
    lists: bool


class Paths:
    """Folds expressions of the tagged cells ``tagged`` to paths. ``aliases`` are local names of what is imported."""

    def __init__(self, tagged: Sequence[CellFacts], aliases: Mapping[str, str]) -> None:
        self._aliases = aliases
        stores = Counter(
            node.id
            for facts in tagged
            for node in facts.all_of(ast.Name)
            if not isinstance(node.ctx, ast.Load)
        )
        given: dict[str, list[ast.expr]] = {}
        for facts in tagged:
            for name, value in _assigned(facts):
                given.setdefault(name, []).append(value)
        self._constants = {name: values for name, values in given.items() if stores[name] == len(values)}
        for name, values in _arguments(tagged).items():
            if not stores[name]:
                self._constants[name] = values
        self._folding: set[str] = set()
        self._has_file = stores["__file__"] > 0
        self._variables: dict[str, list[ast.expr]] = {}
        for facts in tagged:
            for setting in variables_set(facts, self.dotted):
                self._variables.setdefault(setting.name, []).append(setting.value)

    def of(self, node: ast.expr | None, depth: int = _DEPTH) -> str | None:
        """The path that ``node`` says, None where nothing of it is known."""
        if node is None or depth == 0:
            return None
        match node:
            case ast.Constant(value=str(text)):
                return text
            case ast.Name(id="__file__") if not self._has_file:
                return "__file__"  # a cell has none; whatever stands for it lies in the notebook's folder
            case ast.Name(id=name):
                return self._constant(name, depth - 1)
            case ast.IfExp(body=body, orelse=orelse):
                return self._same([body, orelse], depth - 1)
            case ast.JoinedStr(values=parts):
                return "".join(self._part(part, depth - 1) for part in parts)
            case ast.FormattedValue(value=value):
                return self.of(value, depth - 1)
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                return self._joined([left, right], depth - 1)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._whole(self._part(left, depth - 1) + self._part(right, depth - 1))
            case ast.Attribute(value=value, attr="parent"):
                inner = self.of(value, depth - 1)
                return None if inner is None else posixpath.join(inner, "..")
            case ast.Call():
                return self._call(node, depth - 1)
            case ast.Subscript(
                value=ast.Attribute(value=value, attr="parents"), slice=ast.Constant(value=int(n))
            ) if n >= 0:
                inner = self.of(value, depth - 1)
                return None if inner is None else posixpath.join(inner, *[".."] * (n + 1))
            case ast.Subscript(value=value, slice=ast.Constant(value=str(name))) if (
                self.dotted(value) == "os.environ"
            ):
                return self._variable(name, None, depth - 1)
        return None

    def _constant(self, name: str, depth: int) -> str | None:
        if name in self._folding:
            return None
        self._folding.add(name)
        found = self._same(self._constants.get(name, ()), depth)
        self._folding.discard(name)
        return found

    def _same(self, values: Sequence[ast.expr], depth: int) -> str | None:
        """What all of ``values`` say, as the branches of ``try: ... except NameError`` do; None where they differ. A folder of a hosted
        notebook is not here: where there is another branch, it is that one."""
        found = [self.of(value, depth) for value in values]
        found = [path for path in found if path is None or not path.startswith(_HOSTED)] or found
        one = found[0] if found else None
        if one is None or any(other is None or _plain(other) != _plain(one) for other in found[1:]):
            return None
        return one

    def _variable(self, name: str | None, default: ast.expr | None, depth: int) -> str | None:
        """What an environment variable says in the clean run: what one tagged cell sets, else the default."""
        values = self._variables.get(name or "", [])
        if len(values) > 1:
            return None
        return self.of(values[0] if values else default, depth)

    def _call(self, call: ast.Call, depth: int) -> str | None:
        dotted = self.dotted(call.func)
        if dotted in _HERE:
            return "."
        if dotted in _PATHS:
            return self._joined(call.args, depth) if call.args else "."
        if dotted == "os.path.dirname":
            inner = self.of(call.args[0], depth) if call.args else None
            return None if inner is None else posixpath.join(inner, "..")
        if dotted in VARIABLE_GETS:
            read = read_by(call)
            return None if read is None else self._variable(read.name, read.default, depth)
        if dotted in _SAME:
            return self.of(call.args[0], depth) if call.args else None
        if not isinstance(call.func, ast.Attribute):
            return None
        inner = self.of(call.func.value, depth)
        if inner is None or call.func.attr in _SAME_METHODS:
            return inner
        if call.func.attr == "joinpath":
            return self._joined([call.func.value, *call.args], depth)
        if call.func.attr == "format":
            return re.sub(r"\{[^{}]*\}", UNKNOWN, inner)
        return None

    def _joined(self, parts: Iterable[ast.expr], depth: int) -> str | None:
        return self._whole(posixpath.join(*(self._part(part, depth) for part in parts)))

    def _part(self, node: ast.expr, depth: int) -> str:
        found = self.of(node, depth)
        return UNKNOWN if found is None else found

    def _whole(self, path: str) -> str | None:
        return path if path.strip(UNKNOWN + "/") else None

    def _in_memory(self, node: ast.expr | None) -> bool:
        values = self._constants.get(node.id, ()) if isinstance(node, ast.Name) else (node,)
        return any(isinstance(one, ast.Call) and self.dotted(one.func) in _IN_MEMORY for one in values)

    def dotted(self, node: ast.expr) -> str:
        """``np.load`` as ``numpy.load``; empty where it is no plain dotted name."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        return ".".join(reversed([*parts, self._aliases.get(node.id, node.id)]))

    def reads(self, calls: Iterable[tuple[ast.Call, str]]) -> Iterator[Read]:
        """Those of ``calls``, given with the dotted names that they call, that open or list a path."""
        for call, dotted in calls:
            attribute = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            if _SQL.fullmatch(dotted) or dotted == "sqlalchemy.create_engine":
                yield from self._database(call, dotted)
            elif dotted in _QUERIES or (attribute in _QUERY_METHODS and call.args):
                yield from self._queried(call, dotted)
            elif dotted in _PANELS:
                yield from self._panel(call, dotted)
            elif READER.fullmatch(dotted):
                node = call.args[0] if call.args else _keyword(call)
                path = self.of(node)
                if not self._in_memory(node) and path != ":memory:":
                    if dotted == "sqlite3.connect" and (named := _FILE_URI.match(path or "")):
                        path = named["path"]
                    last = dotted.rpartition(".")[2]
                    yield Read(call=call, dotted=dotted, node=node, path=path, lists=last in _LISTERS)
            elif attribute in _PATH_METHODS and isinstance(call.func, ast.Attribute):
                path = self.of(call.func.value)
                if path is not None and not isinstance(call.func.value, ast.Constant):
                    yield Read(
                        call=call,
                        dotted=f"pathlib.Path.{attribute}",
                        node=call.func.value,
                        path=path,
                        lists=attribute in _LISTERS,
                    )

    def _panel(self, call: ast.Call, dotted: str) -> Iterator[Read]:
        named = (one.value for one in call.keywords if one.arg in {"prices", "x", "reference"})
        for node in (*call.args[: _PANELS[dotted]], *named):
            path = self.of(node)
            if path is not None:
                yield Read(call=call, dotted=dotted, node=node, path=path, lists=False)

    def _queried(self, call: ast.Call, dotted: str) -> Iterator[Read]:
        node = call.args[0] if call.args else None
        for found in _FROM_FILE.finditer(self.of(node) or ""):
            path = found["path"]
            yield Read(call=call, dotted=dotted, node=node, path=path, lists="*" in path)

    def _database(self, call: ast.Call, dotted: str) -> Iterator[Read]:
        """The file of ``sqlite:///prices.db``, by whichever argument it is named."""
        for node in (*call.args, *(k.value for k in call.keywords)):
            found = _SQLITE.match(self.of(node) or "")
            if found is not None:
                yield Read(call=call, dotted=dotted, node=node, path=found["path"], lists=False)


def declared_as(path: str, inputs: Iterable[tuple[str, str]], *, lists: bool = False) -> str | None:
    """The name of the first input of ``inputs`` (name, path) that ``path`` opens, or, where it ``lists``, that lies below it.

    ``path`` is as a cell writes it, relative to the notebook. A declared path may be meant from the project's root: then a cell
    reaches it by leading ``..``. An absolute path is taken where it ends with the declared one: only the run knows the root.
    """
    written = re.sub(r"[*?\[].*", UNKNOWN, path) if lists else path
    here = posixpath.normpath(written)
    for name, uri in inputs:
        there = posixpath.normpath(uri.partition("#")[0])
        below = there.lstrip("./") if there.startswith("..") else there
        forms = {here}
        if here.startswith(".."):
            forms.add(re.sub(r"^(\.\./)+", "", here))
        if any(_opens(form, there, lists=lists) for form in forms):
            return name
        if here.startswith(("/", UNKNOWN)) and _ends(here, below):
            return name
    return None


def _opens(path: str, there: str, *, lists: bool) -> bool:
    if path == there or path.startswith(there + "/"):
        return True
    if lists and (path == "." or there.startswith(path.rstrip(UNKNOWN).rstrip("/") + "/")):
        return True
    return UNKNOWN in path and _pattern(path).match(there + "/") is not None


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, path.split(UNKNOWN))) + "/")


def _ends(path: str, below: str) -> bool:
    """Whether ``path`` is ``below`` or in it, whatever stands before."""
    text = path.replace(UNKNOWN, "/")
    return text.endswith("/" + below) or f"/{below}/" in text


def _keyword(call: ast.Call) -> ast.expr | None:
    named = {k.arg: k.value for k in call.keywords}
    return next((named[name] for name in _KEYWORDS if name in named), None)


def _plain(path: str) -> str:
    return posixpath.normpath(path) if UNKNOWN not in path else path


def _arguments(tagged: Sequence[CellFacts]) -> dict[str, list[ast.expr]]:
    """What the functions and classes of the cells are given for each parameter, by every call of theirs; the default where a call
    leaves it out."""
    functions: dict[str, tuple[ast.FunctionDef, int]] = {}
    for facts in tagged:
        for one in facts.tree.body if facts.tree is not None else ():
            made = one.body if isinstance(one, ast.ClassDef) else [one]
            for function in made:
                if isinstance(function, ast.FunctionDef) and (one is function or function.name == "__init__"):
                    functions[one.name if isinstance(one, ast.ClassDef) else function.name] = (
                        function,
                        int(one is not function),
                    )
    found: dict[str, list[ast.expr]] = {}
    for facts in tagged:
        for call in facts.calls:
            if isinstance(call.func, ast.Name) and call.func.id in functions:
                for name, value in _given(*functions[call.func.id], call):
                    found.setdefault(name, []).append(value)
    return found


def _given(function: ast.FunctionDef, skipped: int, call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    plain = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
    defaults = dict(zip(reversed(plain), reversed(function.args.defaults), strict=False))
    given = dict(zip(plain[skipped:], call.args, strict=False))
    given |= {one.arg: one.value for one in call.keywords if one.arg is not None}
    yield from {**defaults, **given}.items()


def _assigned(facts: CellFacts) -> Iterator[tuple[str, ast.expr]]:
    """Names that a cell gives a value outside of functions and loops, in every branch."""
    waiting: list[ast.AST] = list(reversed(facts.tree.body)) if facts.tree is not None else []
    while waiting:
        statement = waiting.pop()
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield name, value
            case ast.If() | ast.Try() | ast.With() | ast.ExceptHandler():
                waiting += [
                    one for one in children(statement) if isinstance(one, ast.stmt | ast.ExceptHandler)
                ]

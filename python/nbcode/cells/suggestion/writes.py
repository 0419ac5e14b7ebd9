"""Which paths cells write: by a method or function that writes, by a file that is opened for it, through a function of the notebook."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator, Sequence

from nbcode.cells.facts import CellFacts
from nbcode.cells.paths import Paths
from nbcode.cells.trees import walk

_METHODS = frozenset(
    "to_csv to_parquet to_pickle to_hdf to_feather to_json to_excel to_html to_markdown to_string to_latex to_orc to_stata to_xml to_netcdf tofile"
    " write_csv write_parquet write_ipc write_json write_ndjson write_excel sink_csv sink_parquet sink_ipc savefig save_model dump_model"
    " write_image write_html".split()
)
_OF_A_PATH = frozenset({"write_text", "write_bytes"})
_FUNCTIONS = {
    "numpy.save": 0, "numpy.savez": 0, "numpy.savez_compressed": 0, "numpy.savetxt": 0, "joblib.dump": 1, "torch.save": 1,
    "pandas.ExcelWriter": 0, "pyarrow.parquet.write_table": 1, "pyarrow.feather.write_feather": 1, "scipy.io.savemat": 0,
    "shutil.copy": 1, "shutil.copy2": 1, "shutil.copyfile": 1, "shutil.move": 1,
}  # fmt: skip
_OPENERS = frozenset({"zipfile.ZipFile", "h5py.File", "pandas.HDFStore"})
_KEYWORDS = frozenset({"path", "path_or_buf", "file", "filename", "fname", "f", "dst", "excel_writer", "buf"})
_DEPTH = 6


class Writes:
    """Knows what ``cells`` assign, and which of their functions write to a path that they are given."""

    def __init__(self, cells: Sequence[CellFacts], paths: Paths) -> None:
        self._paths = paths
        self._assigned: dict[str, list[ast.expr]] = {}
        for facts in cells:
            for node in facts.all_of(ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        self._assigned.setdefault(target.id, []).append(node.value)
        functions = [node for facts in cells for node in facts.all_of(ast.FunctionDef)]
        self._given: dict[str, list[tuple[int, str]]] = {
            one.name: self._written_parameters(one) for one in functions
        }

    def paths_of(self, facts: CellFacts) -> frozenset[str]:
        """The paths that a cell writes, as far as they are known, without ``.`` and ``..`` in their middle."""
        known = (self._paths.of(node) for call in facts.calls for node in self._destinations(call))
        return frozenset(posixpath.normpath(path) for path in known if path is not None)

    def texts_of(self, facts: CellFacts) -> frozenset[str]:
        """The texts that the written paths are made of: names of files, where the folder is only known in the run."""
        return frozenset(
            text
            for call in facts.calls
            for node in self._destinations(call)
            for text in self._texts(node, _DEPTH)
        )

    def _destinations(self, call: ast.Call) -> Iterator[ast.expr]:
        dotted = self._paths.dotted(call.func)
        node = _destination(call, dotted)
        if node is not None:
            yield node
        for place, name in self._given.get(dotted, ()):
            yield from call.args[place : place + 1] or [one.value for one in call.keywords if one.arg == name]

    def _written_parameters(self, function: ast.FunctionDef) -> list[tuple[int, str]]:
        names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
        used = {
            one.id
            for call in walk(function)
            if isinstance(call, ast.Call)
            and (node := _destination(call, self._paths.dotted(call.func))) is not None
            for one in walk(node)
            if isinstance(one, ast.Name)
        }
        return [(place, name) for place, name in enumerate(names) if name in used]

    def _texts(self, node: ast.expr, depth: int) -> Iterator[str]:
        for one in walk(node):
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                yield one.value
            elif isinstance(one, ast.Name) and depth:
                for value in self._assigned.get(one.id, ()):
                    yield from self._texts(value, depth - 1)


def opened_for_writing(call: ast.Call, dotted: str) -> bool:
    """Whether a call that opens a file does so to write it. The mode of ``Path.open`` goes first, that of others second."""
    place = 0 if dotted == "pathlib.Path.open" else 1
    given = [one.value for one in call.keywords if one.arg == "mode"] or call.args[place : place + 1]
    if not given:
        return dotted == "pandas.HDFStore"
    mode = given[0].value if isinstance(given[0], ast.Constant) else ""
    if not isinstance(mode, str):
        return False
    mode = mode.partition(":")[0]  # "w:gz" of an archive
    return len(mode) <= 3 and bool(set(mode) & set("wax+"))


def _destination(call: ast.Call, dotted: str) -> ast.expr | None:
    """What says the path that a call writes to; None where it writes to none."""
    attribute = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    named = next((one.value for one in call.keywords if one.arg in _KEYWORDS), None)
    if dotted in _FUNCTIONS:
        place = _FUNCTIONS[dotted]
        return call.args[place] if len(call.args) > place else named
    if dotted in _OPENERS or dotted.rpartition(".")[2] == "open":
        if opened_for_writing(call, dotted):
            return call.args[0] if call.args else named
        if dotted in _OPENERS:
            return None
    if isinstance(call.func, ast.Attribute):
        if attribute in _METHODS:
            return call.args[0] if call.args else named
        if attribute in _OF_A_PATH or (attribute == "open" and opened_for_writing(call, "pathlib.Path.open")):
            return call.func.value
    return None

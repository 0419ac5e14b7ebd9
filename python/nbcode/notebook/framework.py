"""Models of alpha_bench that are written as a file and not as a notebook, as cells that a run can be made of.

``model.yaml`` is a definition with a ``meta:`` block. ``package.module:name`` is a value of a module, which says who it is in a block
of comments that begins with ``# [meta]``. A file is read here and never run: a cell asks for what it defines, where cells run.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from nbcode.notebook.model import Cell
from nbcode.primitives import Diagnostic, Place, Severity, dataclass, nearest

if TYPE_CHECKING:
    from alpha_bench.describe import YamlNode

YAML_SUFFIXES = (".yaml", ".yml")
_REFERENCE = re.compile(r"(?P<module>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):(?P<name>[A-Za-z_]\w*)")
_IN_FILE = re.compile(r"(?P<stem>[A-Za-z_]\w*)\.py:(?P<name>[A-Za-z_]\w*)")
_META = re.compile(r"#\s*(?:%%\s*)?\[meta\]\s*")
_PLACE_IN_MESSAGE = re.compile(r"line \d+, column \d+: ")
EVALUATIONS = frozenset({"walk_forward", "purged_kfold", "combinatorial_purged_kfold"})
_NEEDED = ("features", "label", "model")
_NOT_OF_THE_MODEL = ("meta", "data")
_WITH_A_LIBRARY = ("lightgbm", "xgboost")
_EXAMPLE = "id: xsmom_v3, kind: model, horizon: 10d, owner: my-team"


@dataclass(frozen=True, kw_only=True, slots=True)
class ModuleReference:
    """``package.module:name``."""

    module: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FrameworkText:
    """The cells of a model that is a file; None where there is none, and then ``diagnostics`` says why."""

    cells: tuple[Cell, ...] | None
    diagnostics: tuple[Diagnostic, ...]


def module_reference(path: str | Path) -> ModuleReference | None:
    """What the last part of ``path`` names where it is ``package.module:name``, else None."""
    found = _REFERENCE.fullmatch(Path(path).name)
    return None if found is None else ModuleReference(module=found["module"], name=found["name"])


def is_framework(path: str) -> bool:
    """Whether ``path`` names a model of the framework's, as YAML or in a module, and no notebook."""
    return Path(path).suffix.lower() in YAML_SUFFIXES or module_reference(path) is not None


def source_file(path: Path) -> Path:
    """The file that is read for ``path``: of a module its own, which need not be there; of anything else ``path``."""
    reference = module_reference(path)
    if reference is None or path.exists():
        return path
    stem = path.parent.joinpath(*reference.module.split("."))
    package = stem / "__init__.py"
    return package if package.is_file() else stem.with_name(f"{stem.name}.py")


def located(path: Path, root: Path) -> Path:
    """``path`` with the folder from which Python would import its module, where it names one: the folder that it stands in, those around
    it up to the project's ``root``, and ``src`` there. ``folder/module.py:name`` is read as the same. Anything else is as it is."""
    in_file = _IN_FILE.fullmatch(path.name)
    if in_file is not None and not path.exists():
        folder, dotted = path.parent, in_file["stem"]
        while (folder / "__init__.py").is_file() and folder.resolve().name:
            if folder.name in {"", ".."}:  # called from inside the package
                folder = folder.resolve()
            folder, dotted = folder.parent, f"{folder.name}.{dotted}"
        return folder / f"{dotted.removesuffix('.__init__')}:{in_file['name']}"
    if module_reference(path) is None or path.exists():
        return path
    here = path.parent.resolve()
    around = [one for one in here.parents if one.is_relative_to(root)] if here.is_relative_to(root) else []
    for folder in (path.parent, *around, root / "src"):
        if source_file(folder / path.name).is_file():
            return folder / path.name
    return path


def parse_yaml_model(text: str, path: str) -> FrameworkText:
    """The cells of the YAML document ``text``: [meta] as its ``meta:`` says, and two that build what it defines. Nothing is computed."""
    from alpha_bench.describe import AlphaBenchError, describe, read_yaml_model, yaml_node

    try:
        node = yaml_node(text)
    except AlphaBenchError as error:
        return FrameworkText(cells=None, diagnostics=(_problem(error, path),))
    if node.kind != "entries" or not set(node.nodes) & set(_NEEDED):
        return FrameworkText(cells=None, diagnostics=(no_model(path, "it has no features, label and model"),))
    reading = read_yaml_model(text)
    found = [_problem(one, path) for one in reading.problems]
    meta = _meta_of_yaml(text, node, path, found)
    if "evaluation" not in node.nodes:
        found.append(_no_evaluation(path))
    if found or meta is None or reading.definition is None:
        return FrameworkText(cells=None, diagnostics=tuple(found))
    notes = (_data_not_read(node, path),) if "data" in node.nodes else ()
    library = _library(describe(reading.definition))
    return FrameworkText(cells=(meta, *_cells_of_yaml(node, library)), diagnostics=notes)


def parse_module(text: str, path: str) -> FrameworkText:
    """The cells of the module ``text`` for the value that ``path`` names: [meta] of its comments, and one that imports it where it runs."""
    reference = module_reference(path)
    assert reference is not None
    lines = text.split("\n")
    first = next((number for number, line in enumerate(lines) if _META.fullmatch(line)), None)
    if first is None:
        return FrameworkText(cells=None, diagnostics=(_no_meta_in_module(path),))
    end = first + 1
    while end < len(lines) and lines[end].startswith("#"):
        end += 1
    meta = _cell(1, "meta", ["# %% [meta]", *lines[first + 1 : end]], first + 1)
    model = [
        "# %% [model]",
        "from nbcode.results import evaluation_named",
        f'report = evaluation_named("{reference.module}", "{reference.name}")',
        "m = report.model",
        f"import {reference.module}",
    ]
    return FrameworkText(
        cells=(meta, _cell(2, "model", model, _line_of(reference.name, text))), diagnostics=()
    )


def models_written(text: str) -> tuple[str, ...]:
    """The names to which the module ``text`` assigns, at its top level, what a call of ``walk_forward`` or of ``.fit(X=...)`` gives."""
    found = []
    for statement in _statements(text):
        value = statement.value if isinstance(statement, ast.Assign) else None
        if isinstance(value, ast.Call) and (
            ast.unparse(value.func).rpartition(".")[2] in EVALUATIONS
            or any(k.arg == "X" for k in value.keywords)
        ):
            found += [t.id for t in getattr(statement, "targets", ()) if isinstance(t, ast.Name)]
    return tuple(dict.fromkeys(found))


def _statements(text: str) -> list[ast.stmt]:
    """Those at the top level; none where it is no Python, which is told where it is parsed to be taken along."""
    try:
        return ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _line_of(name: str, text: str) -> int | None:
    """The line on which the module binds ``name`` last, as far as that is seen."""
    lines = [
        node.lineno
        for statement in _statements(text)
        for node in (statement, *ast.walk(statement))
        if (isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store))
        or (isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name)
    ]
    return max(lines, default=None)


def no_model(path: str, why: str) -> Diagnostic:
    """NBC-A37."""
    return Diagnostic(
        code="NBC-A37",
        message=f"{Path(path).name} is neither a notebook nor a model",
        cause=why,
        fixes=(
            "name a notebook (.ipynb, or .py with # %% cells), a model as YAML (model.yaml) or a model of a module (package.module:name)",
        ),
        place=Place(path=path),
    )


def no_module(path: Path) -> Diagnostic:
    """NBC-A36: ``path`` names a module that is not there."""
    reference = module_reference(path)
    assert reference is not None
    file = f"{reference.module.replace('.', '/')}.py"
    package, _, last = reference.module.rpartition(".")
    folder = path.parent.joinpath(*filter(None, package.split(".")))
    near = nearest(last, sorted(one.stem for one in folder.glob("*.py"))) if folder.is_dir() else None
    meant = f"{package}.{near}" if package else str(near)
    return Diagnostic(
        code="NBC-A36",
        message=f"there is no module {reference.module} here",
        cause=f"no {file} lies in {path.parent.resolve()}, in the folders around it up to the project's root, or in src there",
        fixes=(
            *((f"did you mean {meant}:{reference.name}?",) if near else ()),
            f"call nbcode in the folder that holds {file.partition('/')[0]}",
            f"name the file: nbcode promote FOLDER/{file.rpartition('/')[2]}:{reference.name}",
        ),
    )


def _cell(index: int, tag: str, lines: list[str], first_line: int | None) -> Cell:
    return Cell(
        index=index,
        kind="code",
        source="\n".join(lines).rstrip(),
        tag=tag,
        carrier="marker",
        first_line=first_line,
    )


def _problem(error: Exception, path: str) -> Diagnostic:
    """An error of the reader of models, at its line of the document."""
    from alpha_bench.describe import AlphaBenchError

    assert isinstance(error, AlphaBenchError)
    line, column = error.context.get("line"), error.context.get("column")
    return Diagnostic(
        code=f"NBC-{error.code}",
        message=_PLACE_IN_MESSAGE.sub("", error.message, count=1),
        fixes=(error.fix,) if error.fix else (),
        place=_at(path, line if isinstance(line, int) else 1, column if isinstance(column, int) else None),
    )


def _at(path: str, line: int, column: int | None = None) -> Place:
    return Place(path=path, line=line, column=column, file_line=line)


def _meta_of_yaml(text: str, node: YamlNode, path: str, found: list[Diagnostic]) -> Cell | None:
    """The lines below ``meta:`` as the comments of a [meta] cell, so that each keeps its line."""
    assert node.kind == "entries"
    if "meta" not in node.nodes:
        found.append(_no_meta_in_yaml(path))
        return None
    key, value = node.keys["meta"], node.nodes["meta"]
    if value.place.line <= key.line or value.kind != "entries":
        found.append(_meta_in_one_line(path, key.line))
        return None
    lines = text.split("\n")
    end = min((one.line for one in node.keys.values() if one.line > key.line), default=len(lines) + 1) - 1
    indent = value.place.column - 1
    written = [
        f"# {line[indent:] if not line[:indent].strip() else line.strip()}" for line in lines[key.line : end]
    ]
    return _cell(1, "meta", ["# %% [meta]", *written], key.line)


def _cells_of_yaml(node: YamlNode, library: str) -> tuple[Cell, Cell]:
    """What builds the definition where the cells run: the document as it is meant, without comments and layout."""
    assert node.kind == "entries"
    said = [
        f"{key}: {json.dumps(_plain(value))}\n"
        for key, value in node.nodes.items()
        if key not in _NOT_OF_THE_MODEL
    ]
    model = [
        "# %% [model]",
        *([f"import {library}"] if library in _WITH_A_LIBRARY else []),
        "from alpha_bench.describe import build_yaml",
        "definition = build_yaml(",
        *(f"    {line!r}" for line in said),
        ")",
        "m = definition.model",
    ]
    evaluation = ["# %% [eval]", "report = definition"]
    return (
        _cell(2, "model", model, node.keys["model"].line),
        _cell(3, "eval", evaluation, node.keys["evaluation"].line),
    )


def _library(definition: Mapping[str, object]) -> str:
    """The library of the estimator, by the name that it is imported by."""
    estimator = definition["estimator"]
    return str(estimator["estimator"]).partition(".")[0] if isinstance(estimator, Mapping) else ""


def _plain(node: YamlNode) -> object:
    """The node as JSON data; what JSON has no form for stays as it is written."""
    if node.kind == "scalar":
        ordinary = node.value is None or isinstance(node.value, bool | int | str)
        return node.value if ordinary else node.text if not _is_json(node.text) else node.value
    if node.kind == "items":
        return [_plain(one) for one in node.nodes]
    return {key: _plain(value) for key, value in node.nodes.items()}


def _is_json(number: str) -> bool:
    try:
        json.loads(number, parse_constant=lambda _: _no_constant())
    except ValueError:
        return False
    return True


def _no_constant() -> object:
    raise ValueError("no number of JSON")


def _no_meta_in_yaml(path: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-B22",
        message="the model has no meta:",
        cause="meta names the model, its horizon and its owner; without it nothing can be registered",
        fixes=(f"add meta: and below it, indented, a line each: {_EXAMPLE}",),
        place=Place(path=path),
    )


def _no_meta_in_module(path: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-B22",
        message="the module has no [meta]",
        cause="[meta] names the model, its horizon and its owner; without it nothing can be registered",
        fixes=(f"add the comment line # [meta] and below it, a comment line each: {_EXAMPLE}",),
        place=Place(path=path),
    )


def _meta_in_one_line(path: str, line: int) -> Diagnostic:
    return Diagnostic(
        code="NBC-B22",
        message="meta: is no block of lines",
        cause="each key of meta has a line of its own, so that each has findings of its own",
        fixes=(f"write below meta:, indented, a line each: {_EXAMPLE}",),
        place=_at(path, line),
    )


def _no_evaluation(path: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-B23",
        message="nothing evaluates the model",
        cause="a candidate is recorded with figures",
        fixes=("add evaluation: {folds: 12, embargo: 5d}",),
        place=Place(path=path),
    )


def _data_not_read(node: YamlNode, path: str) -> Diagnostic:
    assert node.kind == "entries"
    place = node.keys["data"]
    return Diagnostic(
        code="NBC-B26",
        severity=Severity.NOTE,
        message="`data` of the document is for `alpha_bench run`, and is not read here",
        cause="a clean run reads the panel that nbcode.toml declares; data: in meta names another of its datasets",
        fixes=("delete `data`, or write data: NAME in meta",),
        place=_at(path, place.line, place.column),
    )

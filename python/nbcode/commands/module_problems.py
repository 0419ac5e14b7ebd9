"""What can be said of a model in a module without importing it: modules of the project that are not there, fields that the data lack."""

from __future__ import annotations

import ast
import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from nbcode.cells import Module, fields_missing
from nbcode.inputs import LocalModules, find_local_modules
from nbcode.notebook import module_folders, module_reference
from nbcode.primitives import Diagnostic, Place, dataclass, nearest


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadModule:
    """A module of the project: how it is shown, its source and its tree."""

    shown: str
    source: str
    tree: ast.Module
    is_package: bool


def problems_in_module(
    path: Path, root: Path, *, fields: frozenset[str] | None, locked: Collection[str]
) -> Iterator[Diagnostic]:
    """NBC-D09 for a module of the project that the model imports and that is not there, NBC-D36 for a field that is none of ``fields``
    (None: not known here). ``locked``: modules of the environment. Nothing of what is no model in a module."""
    reference = module_reference(path)
    if reference is None or path.exists():
        return
    top = reference.module.partition(".")[0]
    found = find_local_modules({top}, module_folders(path, root), root, others=locked)
    modules = modules_by_name(found, root)
    yield from modules_not_there(modules, reference.module, set())
    if fields is not None:
        read = {name: Module(path=one.shown, source=one.source) for name, one in modules.items()}
        yield from fields_missing(read, reference.module, reference.name, fields)


def modules_by_name(found: LocalModules, root: Path) -> dict[str, ReadModule]:
    modules = {}
    for one, (below, source) in zip(found.modules, found.sources, strict=True):
        parts = below.removesuffix(".py").split("/")
        is_package = parts[-1] == "__init__"
        shown = os.path.relpath(root / one.path)
        modules[".".join(parts[:-1] if is_package else parts)] = ReadModule(
            shown=str(root / one.path) if shown.startswith("..") else shown,
            source=source,
            tree=one.tree,
            is_package=is_package,
        )
    return modules


def modules_not_there(modules: Mapping[str, ReadModule], module: str, told: set[str]) -> Iterator[Diagnostic]:
    """NBC-D09, followed from ``module`` through what is imported while it is, each once: not inside functions, nor where a failure is caught.
    ``told`` are the modules of which it is said."""
    # What no package holds may be a library: "" is no package of the project.
    folders = ({name.rpartition(".")[0] for name in modules} | set(modules)) - {""}
    seen, left = set[str](), [module]
    while left:
        name = left.pop(0)
        if name in seen:
            continue
        seen.add(name)
        left += [".".join(name.split(".")[:n]) for n in range(1, name.count(".") + 1)]
        if name not in modules:
            continue
        for statement, wanted in _imported(modules[name], name):
            left.append(wanted)
            package = wanted.rpartition(".")[0]
            if wanted in folders or package not in folders or wanted in told or is_built(modules, wanted):
                continue
            told.add(wanted)
            line = statement.lineno
            place = Place(
                path=modules[name].shown, line=line, column=statement.col_offset + 1, file_line=line
            )
            yield missing_module(modules, wanted, place)


def _imported(module: ReadModule, name: str) -> Iterator[tuple[ast.stmt, str]]:
    """The modules that the statements at the top level of a module import, by their whole names."""
    package = name if module.is_package else name.rpartition(".")[0]
    for statement in module.tree.body:
        if isinstance(statement, ast.Import):
            yield from ((statement, alias.name) for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom) and (statement.module or statement.level):
            above = package.split(".")[: len(package.split(".")) - statement.level + 1]
            whole = [*(above if statement.level else []), *filter(None, [statement.module])]
            yield statement, ".".join(whole)


def is_built(modules: Mapping[str, ReadModule], wanted: str) -> bool:
    """Whether the package of a module holds it as a library that was compiled, or as a folder."""
    package, _, last = wanted.rpartition(".")
    one = modules.get(package) or next(
        (m for n, m in modules.items() if n.rpartition(".")[0] == package), None
    )
    folder = None if one is None or not (one.is_package or package not in modules) else Path(one.shown).parent
    return folder is not None and ((folder / last).is_dir() or any(folder.glob(f"{last}.*")))


def missing_module(modules: Mapping[str, ReadModule], wanted: str, place: Place) -> Diagnostic:
    """NBC-D09: a package of the project has no module of the name ``wanted``."""
    package, _, last = wanted.rpartition(".")
    beside = sorted(n.rpartition(".")[2] for n in modules if n.rpartition(".")[0] == package)
    near = nearest(last, beside)
    return Diagnostic(
        code="NBC-D09",
        message=f"there is no module `{wanted}`" + (f": did you mean `{package}.{near}`?" if near else ""),
        cause=f"the project's `{package}` has {', '.join(beside[:12]) or 'no modules'}",
        fixes=(
            *((f"write {package}.{near}",) if near else ()),
            f"make the file {wanted.replace('.', '/')}.py",
            "correct or remove the import",
        ),
        place=place,
    )

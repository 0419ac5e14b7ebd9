"""What identifies a custom feature: its code in canonical form, and what it reads from around it.

The source is read as Python reads it for a traceback, so that it is found in modules, in notebooks and wherever a cell was
registered with ``linecache``; what was read must be the code that runs. A function may read modules, what they export,
constants, other custom features, and functions of its own module, whose code then counts as part of it. What a library exports
is known by its name. What a module of the researcher's own holds is not: functions and constants of it count as those of the
function's own module do, and anything else of it is refused.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import dis
import functools
import importlib
import importlib.util
import linecache
import sys
import warnings
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from alpha_bench.custom.classes import class_form, instance_form, is_own, plain_constant
from alpha_bench.custom.fresh import of_a_library
from alpha_bench.custom.purity import check_body
from alpha_bench.errors import AlphaBenchError, DefinitionError
from alpha_bench.expressions import Expr
from alpha_bench.operators import CUSTOM
from alpha_bench.runtime import Form, code_form, constant_form, digest_of

_FUTURES = 0
for _feature in __future__.all_feature_names:
    _FUTURES |= getattr(__future__, _feature).compiler_flag


def source_of(function: FunctionType) -> str:
    """``sha256:<hex>`` of the function, the same on every supported Python.

    Raises:
        AlphaBenchError: R48 when its source cannot be read or is not what runs, or when it reads what cannot be part of its
            identity; the name is in the message and in ``context["read"]``.
    """
    node = definition_of(function)
    around = surroundings_of(function, node)
    node.decorator_list = []  # the node of the expression has what @feature says
    node.args.kw_defaults = []  # and the values of the parameters; of which type they are is left
    types: dict[str, Form] = {k: type(v).__name__ for k, v in (function.__kwdefaults__ or {}).items()}
    return digest_of({"code": code_form(node), "parameters": types, "reads": around})


def surroundings_of(
    function: FunctionType, node: ast.FunctionDef, inside: tuple[str, ...] = ()
) -> dict[str, Form]:
    """What each name that the function, defined by ``node``, reads from around it stands for; annotations do not count.

    Raises AlphaBenchError R48, also for what no such function may do.
    """
    check_body(function, node)
    found: dict[str, Form] = {}
    own = (*inside, _place(function, function.__name__))
    for name, value in read_by(function, node):
        if _place(function, name) in own:
            continue
        if isinstance(value, ModuleType) and not of_a_library(value):
            reads = read_of_module(function, node, name, value).items()
            found[name] = [
                "module",
                value.__name__,
                [[at, _meaning(function, at, v, own)] for at, (_, _, v) in reads],
            ]
        else:
            found[name] = _meaning(function, name, value, own)
    return found


def read_by(function: FunctionType, node: ast.FunctionDef) -> list[tuple[str, object]]:
    """The names that the function reads from around it, or itself imports from modules of the researcher's own, with their values."""
    mentioned = {part.id for part in _parts(node) if isinstance(part, ast.Name)}
    around = [(n, v) for n, v in _read_from_around(function) if n in mentioned]
    return [*around, *_imported_inside(function, node)]


def _imported_inside(function: FunctionType, node: ast.FunctionDef) -> Iterator[tuple[str, object]]:
    """What the body itself imports from modules of the researcher's own."""
    package = str(function.__globals__.get("__package__") or "")
    for part in _parts(node):
        if isinstance(part, ast.Import):
            for alias in part.names:
                written = alias.name if alias.asname else alias.name.partition(".")[0]
                if (module := own_module(alias.name)) is not None:
                    yield alias.asname or written, module if alias.asname else sys.modules[written]
        elif isinstance(part, ast.ImportFrom):
            module = own_module("." * part.level + (part.module or ""), package)
            for alias in part.names if module is not None else ():
                inner = own_module(f"{module.__name__}.{alias.name}") if module is not None else None
                yield alias.asname or alias.name, getattr(module, alias.name, inner or _NOT_YET)


def own_module(name: str, package: str = "") -> ModuleType | None:
    """The module, imported, where it is the researcher's own; a relative ``name`` is one of ``package``."""
    try:
        name = importlib.util.resolve_name(name, package)
        top = name.partition(".")[0]
        there = sys.modules.get(top)
        if there is None:  # a library is not imported to be known as one
            spec = importlib.util.find_spec(top)
            there = ModuleType(top)
            there.__file__ = spec.origin if spec is not None else None
        return None if of_a_library(there) else importlib.import_module(name)
    except ImportError:
        return None  # so it says itself where the function runs


def _place(function: FunctionType, name: str) -> str:
    return f"{function.__module__}:{name}"


def read_of_module(
    function: FunctionType, node: ast.FunctionDef, name: str, module: ModuleType
) -> dict[str, tuple[ModuleType, str, object]]:
    """What the body reads of a module of the researcher's own, by how it is written, ``settings.WINDOW``: where it is, and its value."""
    found: dict[str, tuple[ModuleType, str, object]] = {}
    owners = {id(part.value): part for part in _parts(node) if isinstance(part, ast.Attribute)}
    for part in _parts(node):
        if not isinstance(part, ast.Name) or part.id != name:
            continue
        home = module
        at: ast.expr = part
        while True:
            if id(at) not in owners:
                raise _refused(
                    function,
                    f"it hands on {ast.unparse(at)}, a module of your own, so what it reads of it cannot be determined",
                    f"write what is read: {ast.unparse(at)}.name",
                    name,
                )
            at = owners[id(at)]
            value = getattr(home, at.attr, _NOT_YET)
            if isinstance(value, ModuleType) and not of_a_library(value):
                home = value  # what is read of that counts
            else:
                found[ast.unparse(at)] = (home, at.attr, value)
                break
    return dict(sorted(found.items()))


def tuple_lengths(function: FunctionType) -> dict[str, int]:
    """How many values each tuple has that the function reads from around it."""
    return {name: len(value) for name, value in _read_from_around(function) if isinstance(value, tuple)}


def _parts(node: ast.FunctionDef) -> Iterator[ast.AST]:
    """Every part of the body; annotations are none."""
    stack: list[object] = list(node.body)
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack += item
        elif isinstance(item, ast.AST):
            yield item
            stack += [getattr(item, f, None) for f in item._fields if f not in {"annotation", "returns"}]


def _read_from_around(function: FunctionType) -> Iterator[tuple[str, object]]:
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:
            yield name, _NOT_YET
    names = sorted(set(_global_names(function, function.__code__)))
    for name in names:
        if name in function.__globals__:
            yield name, function.__globals__[name]
        elif not hasattr(builtins, name):
            yield name, _NOT_YET


_NOT_YET = object()


def _global_names(function: FunctionType, code: CodeType) -> Iterator[str]:
    for instruction in dis.get_instructions(code):
        if instruction.opname in {"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"}:
            yield str(instruction.argval)
        if instruction.opname in {"STORE_GLOBAL", "DELETE_GLOBAL"}:
            raise _refused(
                function,
                f"it writes the global {instruction.argval}",
                "return everything",
                instruction.argval,
            )
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _global_names(function, constant)


def _meaning(function: FunctionType, name: str, value: object, inside: tuple[str, ...]) -> Form:
    if value is _NOT_YET:
        raise _refused(
            function,
            f"it reads {name}, which is not defined yet",
            f"define {name} above it, or correct the name",
            name,
        )
    if isinstance(value, ModuleType):
        return ["module", value.__name__]
    if isinstance(value, Expr):
        if value.op == CUSTOM:
            return ["feature", str(dict(value.params)["source"])]
        raise _refused(
            function,
            f"it reads {name}, an expression ({value}), which has no values there",
            f"give it as an input: inputs=[..., {name}]",
            name,
        )
    if type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
        value = value.item()
    if not is_own(type(value)) and (constant := plain_constant(value)) is not None:
        return ["constant", constant]
    plain = plain_function(value)
    if isinstance(plain, FunctionType) and not _of_a_library(plain):
        return ["function", *_function_form(plain, inside)]
    if is_own(value) or is_own(type(value)):
        meaning = _class_meaning(function, name, value, inside)
        if meaning is not None:
            return meaning
    exported = _exported(value)
    if exported is not None and _of_a_library(value):
        return ["export", exported]
    if exported is not None:
        raise _refused(
            function,
            f"it reads {name}, a {type(value).__name__} of your own module {getattr(value, '__module__', '?')}, whose code cannot "
            "be part of it",
            f"make {name} a plain function or a constant (number, text, tuple)",
            name,
        )
    raise _refused(
        function,
        f"it reads {name} from around it, a {type(value).__name__}",
        f"make {name} a keyword-only parameter with a default, an input, or a constant (number, text, tuple, frozen dataclass)",
        name,
    )


def plain_function(value: object) -> object:
    """The function that was written, where a compiler or a cache wraps it: neither changes what a pure one gives."""
    if isinstance(value, functools._lru_cache_wrapper):  # noqa: SLF001 - it has no other name
        return value.__wrapped__
    return getattr(value, "py_func", value)


def _function_form(plain: FunctionType, inside: tuple[str, ...]) -> tuple[Form, Form, Form]:
    node = definition_of(plain)
    node.args.defaults, node.args.kw_defaults = [], []  # their values count, not how they are written
    return code_form(node), _pairs(surroundings_of(plain, node, inside)), _defaults_of(plain)


def _class_meaning(function: FunctionType, name: str, value: object, inside: tuple[str, ...]) -> Form | None:
    """What a class of the researcher's own is, or a constant that was made of one; None for what is neither."""
    cls = value if isinstance(value, type) else type(value)
    place = f"{cls.__module__}:{cls.__qualname__}"
    if place in inside:
        return ["again", place]

    def refuse(what: str, fix: str) -> AlphaBenchError:
        return _refused(function, f"it reads {name}, a class of your own {what}", fix, name)

    def of_function(written: FunctionType) -> Form:
        return ["function", *_function_form(written, (*inside, place))]

    if isinstance(value, type):
        return class_form(value, refuse, of_function)
    return instance_form(value, refuse, of_function)


def _of_a_library(value: object) -> bool:
    """Whether the module that ``value`` is defined in is not the researcher's."""
    home = sys.modules.get(str(getattr(value, "__module__", None)))
    return home is not None and of_a_library(home)


def _defaults_of(function: FunctionType) -> list[Form]:
    given = [(str(n), value) for n, value in enumerate(function.__defaults__ or ())]
    given += list((function.__kwdefaults__ or {}).items())
    try:
        return [[name, constant_form(value)] for name, value in given]
    except TypeError as error:
        raise _refused(
            function, f"a default of it is no constant: {error}", "use a number, text or tuple", None
        ) from error


def _pairs(found: dict[str, Form]) -> list[Form]:
    return [[name, form] for name, form in found.items()]


def _exported(value: Any) -> str | None:
    """``module:name`` where ``value`` is found again, outside of the notebook."""
    module = getattr(value, "__module__", None)
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    if not isinstance(module, str) or not isinstance(name, str) or module == "__main__":
        return None
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return f"{module}:{name}" if found is value else None


# -- the source ----------------------------------------------------------------------------------------------------


def definition_of(function: FunctionType) -> ast.FunctionDef:
    """The syntax tree of ``function``, read from its file or cell. Raises AlphaBenchError R48."""
    code = function.__code__
    text = "".join(linecache.getlines(code.co_filename, function.__globals__))
    try:
        tree = ast.parse(text) if text else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree = None
    if tree is None:
        raise _refused(
            function, "its source cannot be read", "define it in a module or in a notebook's cell", None
        )
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == code.co_name:
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            if first == code.co_firstlineno and _is_what_runs(tree, code):
                return node
    raise _refused(
        function,
        f"its source in {code.co_filename} is not the code that runs: the file has changed since",
        "restart Python, or run the cell again",
        None,
    )


def _is_what_runs(tree: ast.Module, code: CodeType) -> bool:
    if any(name.startswith("@py") for name in code.co_names):
        return True  # pytest has rewritten its assertions
    # A file is compiled whole, the cell of a notebook statement by statement: attributes of imported names differ then.
    return any(
        _holds(ast.Module(part, []), code) for part in (tree.body, *([s] for s in _around(tree, code)))
    )


def _around(tree: ast.Module, code: CodeType) -> Iterator[ast.stmt]:
    """The statement of the top level that ``code`` is in."""
    for statement in tree.body:
        first = min([statement.lineno, *(d.lineno for d in getattr(statement, "decorator_list", ()))])
        if first <= code.co_firstlineno <= (statement.end_lineno or first):
            yield statement


def _holds(tree: ast.Module, code: CodeType) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole = compile(tree, code.co_filename, "exec", flags=code.co_flags & _FUTURES, dont_inherit=True)
    return any(_same_code(found, code) for found in _codes(whole))


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _same_code(one: CodeType, other: CodeType) -> bool:
    return (
        (one.co_name, one.co_firstlineno, one.co_code) == (other.co_name, other.co_firstlineno, other.co_code)
        and (one.co_names, one.co_varnames, one.co_freevars)
        == (other.co_names, other.co_varnames, other.co_freevars)
        and len(one.co_consts) == len(other.co_consts)
        and all(_same_constant(a, b) for a, b in zip(one.co_consts, other.co_consts, strict=True))
    )


def _same_constant(one: object, other: object) -> bool:
    if isinstance(one, CodeType) and isinstance(other, CodeType):
        return _same_code(one, other)
    return type(one) is type(other) and repr(one) == repr(other)


def refused(name: str) -> Callable[[str, str], AlphaBenchError]:
    """The error for the function ``name``: what is wrong, and the way out."""
    return lambda what, fix: DefinitionError("R48", f"@feature {name}: {what}", fix, name=name)


def _refused(function: FunctionType, what: str, fix: str, read: str | None) -> AlphaBenchError:
    error = refused(function.__name__)(what, fix)
    error.context["read"] = read
    return error

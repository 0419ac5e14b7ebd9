"""Scoping is Python's own: CPython's symtable is the oracle, over the standard library's sources."""

from __future__ import annotations

import ast
import symtable
import sysconfig
from pathlib import Path

import pytest

from nbcode.cells import analyse
from nbcode.cells.scopes import events_of
from nbcode.notebook import Cell, Notebook
from nbcode.primitives import digest_bytes

STDLIB = Path(sysconfig.get_path("stdlib"))
MODULES = sorted(
    path
    for path in (*STDLIB.glob("*.py"), *STDLIB.glob("asyncio/*.py"), *(STDLIB / "email").glob("*.py"))
    # symtable itself takes a function named `top` for the module (poplib).
    if path.stat().st_size < 60_000 and path.name != "poplib.py"
)[::3]


def global_reads(table: symtable.SymbolTable) -> set[str]:
    """Names that CPython looks up among the module's, read anywhere below."""
    found = set()
    for symbol in table.get_symbols():
        at_top = table.get_type() == "module"
        if symbol.is_referenced() and (at_top or symbol.is_global()):
            found.add(symbol.get_name())
    for child in table.get_children():
        found |= global_reads(child)
    return found


def reads_of(tree: ast.Module) -> set[str]:
    return {event.name for event in events_of(tree) if event.kind in {"use", "call"}}


def own_bindings(table: symtable.SymbolTable) -> set[str]:
    return {
        s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported() or s.is_namespace()
    }


def has_lazy_annotations(source: str) -> bool:
    return "import annotations" in source


@pytest.mark.filterwarnings("ignore")
def test_reads_and_bindings_equal_cpythons_symbol_table():
    checked = 0
    for path in MODULES:
        source = path.read_text(encoding="utf-8", errors="ignore")
        if has_lazy_annotations(source):
            continue
        tree = ast.parse(source)
        table = symtable.symtable(source, path.name, "exec")
        mine, theirs = reads_of(tree), global_reads(table)
        mangled = {name for name in mine ^ theirs if "__" in name}  # inside classes
        deleted = {
            event.name for event in events_of(tree) if event.kind == "delete"
        }  # `del x` needs x, we say
        assert mine ^ theirs <= mangled | deleted, path
        bound = {event.name for event in events_of(tree) if event.kind == "bind" and not event.deferred}
        assert bound ^ own_bindings(table) <= {"__annotations__"} | globals_bound_by_functions(tree), path
        checked += 1
    assert checked > 50


def globals_bound_by_functions(tree: ast.Module) -> set[str]:
    return {name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names}


def events(source: str) -> list[tuple[str, str]]:
    return [(event.kind, event.name) for event in events_of(ast.parse(source))]


@pytest.mark.parametrize(
    ("source", "reads"),
    [
        ("[x for x in xs if x > low]", {"xs", "low"}),
        ("{k: v for k, v in d.items()}", {"d"}),
        (
            "def f(a, b=c, *args, d: e = g, **kw) -> h:\n    return a + b + d + i + len(args) + len(kw)",
            {"c", "e", "g", "h", "i", "len"},
        ),
        (
            "class A(B, metaclass=C):\n    x = 1\n    y = x\n    z = [x for _ in range(x)]\n    def f(self): return x",
            {"B", "C", "range", "x"},
        ),
        ("def f():\n    def g():\n        nonlocal x\n        x = y\n    x = 1", {"y"}),
        ("lambda a, b=c: a + b + d", {"c", "d"}),
        ("try:\n    pass\nexcept (E, F) as e:\n    print(e)", {"E", "F", "print", "e"}),
        (
            "match v:\n    case {'k': k, **rest} if k:\n        print(rest)\n    case P(x=q) | [q, *_]:\n        print(q)",
            {"v", "k", "print", "rest", "P", "q"},
        ),
        ("x[i].y = z", {"x", "i", "z"}),
        ("x += y", {"x", "y"}),
        ("x: T = y", {"T", "y"}),
        ("f'{a!r:>{b}} {c=}'", {"a", "b", "c"}),
        ("@d(e)\nclass K: pass", {"d", "e"}),
        ("async def f():\n    async with a as b:\n        async for c in b: await c", {"a"}),
        ("print(y := 3, y)", {"print", "y"}),
        ("def f():\n    return [y := x for x in xs] + [y]", {"xs"}),
        ("global q\nq = 1\nq", {"q"}),
        ("from a.b import c as d, e\nimport f.g\nimport h.i as j\nd, e, f, j", {"d", "e", "f", "j"}),
    ],
)
def test_reads_of(source: str, reads: set[str]):
    assert reads_of(ast.parse(source)) == reads


def test_events_come_in_evaluation_order():
    assert events("y = x\nx = y") == [("use", "x"), ("bind", "y"), ("use", "y"), ("bind", "x")]
    assert events("for a in b: c") == [("use", "b"), ("bind", "a"), ("use", "c")]
    assert events("with a as b: b") == [("use", "a"), ("bind", "b"), ("use", "b")]


@pytest.mark.parametrize(
    ("source", "how"),
    [
        ("x.append(1)", ".append()"),
        ("x.y.update(a=1)", ".update()"),
        ("x['a'] = 1", "item assignment"),
        ("x.loc[0, 'a'] += 1", "item assignment"),
        ("x.a = 1", "attribute assignment"),
        ("del x['a']", "del of a part"),
        ("x += [1]", "augmented assignment"),
        ("y = x.pop('a')", ".pop()"),
        ("x.drop(columns='a', inplace=True)", "inplace=True"),
        ("for x[0] in range(3): pass", "item assignment"),
    ],
)
def test_changes_in_place_are_seen(source: str, how: str):
    assert [e.how for e in events_of(ast.parse(source)) if e.kind == "mutate" and e.name == "x"] == [how]


@pytest.mark.parametrize(
    "source",
    [
        "y = x.add(1)",
        "x.drop(columns='a')",
        "x = [1]",
        "y = x['a']",
        "def f(x): x.append(1)",
        "print(x.sort_values())",
    ],
)
def test_what_changes_nothing_in_place_is_not(source: str):
    assert not [e for e in events_of(ast.parse(source)) if e.kind == "mutate"]


def test_a_sum_of_thousands_of_terms_is_walked_without_recursion():
    tree = ast.parse(" + ".join(["x"] * 600))
    assert len(events_of(tree)) == 600


@pytest.mark.filterwarnings("ignore")
def test_working_modules_have_no_name_that_cannot_be_accounted_for():
    """Every module of the standard library runs from top to bottom, alone: as a cell it must have no such finding."""
    wanted = {"NBC-D01", "NBC-D04", "NBC-D05", "NBC-D19", "NBC-D22", "NBC-D25"}
    checked = 0
    for path in MODULES:
        source = path.read_text(encoding="utf-8", errors="ignore")
        if "globals()" in source or "import *" in source:
            continue  # names come from where no reader can see: D28 and D07
        cell = Cell(index=1, kind="code", source=source, tag="setup")
        notebook = Notebook(path="n.ipynb", format="ipynb", cells=(cell,), digest=digest_bytes(b""))
        found = [d for d in analyse(notebook).diagnostics if d.code in wanted]
        module_only = ("`__file__`", "`__path__`")
        assert [str(d) for d in found if not any(name in d.message for name in module_only)] == [], path
        checked += 1
    assert checked > 50

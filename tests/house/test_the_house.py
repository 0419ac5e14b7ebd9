"""The budgets of the house: sizes, names, and how tests may be written. Import rules are import-linter's."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "python").rglob("*.py"))
NOTEBOOKS = tuple(
    ROOT / "tests" / "notebooks" / folder for folder in ("shared", "own")
)  # percent files with magics
TESTS = sorted(
    path for path in (ROOT / "tests").rglob("*.py") if not any(path.is_relative_to(n) for n in NOTEBOOKS)
)
VAGUE = {"utils", "util", "common", "helpers", "helper", "manager", "misc"}
LINES_A_MODULE = 500
LINES_A_FUNCTION = 50


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_a_module_has_at_most_500_lines() -> None:
    long = {
        str(p.relative_to(ROOT)): n
        for p in SOURCES
        if (n := len(p.read_text().splitlines())) > LINES_A_MODULE
    }
    assert long == {}


def test_a_function_has_at_most_50_lines() -> None:
    sizes = {f"{p.relative_to(ROOT)}:{f.lineno} {f.name}": length(f) for p in SOURCES for f in functions(p)}
    assert {name: size for name, size in sizes.items() if size > LINES_A_FUNCTION} == {}


def test_no_module_has_a_vague_name() -> None:
    assert [str(p) for p in SOURCES if p.stem in VAGUE or p.parent.name in VAGUE] == []


def test_every_public_module_says_what_it_is() -> None:
    silent = [str(p.relative_to(ROOT)) for p in SOURCES if not ast.get_docstring(ast.parse(p.read_text()))]
    assert silent == []


def test_at_most_three_percent_of_tests_patch_anything() -> None:
    others = [p for p in TESTS if p != Path(__file__)]
    tests = [(p, f) for p in others for f in functions(p) if f.name.startswith("test_")]
    patching = [
        f"{p.relative_to(ROOT)}:{f.name}"
        for p, f in tests
        if any(word in ast.unparse(f) for word in ("monkeypatch.setattr", "mock.", "patch("))
    ]
    assert len(patching) <= 0.03 * len(tests), patching


def test_every_expected_error_names_its_message() -> None:
    loose = [
        f"{p.relative_to(ROOT)}:{node.lineno}"
        for p in TESTS
        for node in ast.walk(ast.parse(p.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "pytest.raises"
        and "match" not in {k.arg for k in node.keywords}
    ]
    assert loose == []


def test_the_size_budget_bites(tmp_path: Path) -> None:
    """The control: a function over the budget is seen."""
    path = tmp_path / "long.py"
    path.write_text("def f():\n" + "    pass\n" * LINES_A_FUNCTION)
    assert [length(f) for f in functions(path)] == [LINES_A_FUNCTION + 1]


def test_every_record_of_a_decision_has_a_number_of_its_own() -> None:
    numbers = [path.name[:4] for path in (ROOT / "docs" / "adr").glob("*.md")]
    assert sorted(set(numbers)) == sorted(numbers)
    wrong = [
        path.name
        for path in (ROOT / "docs" / "adr").glob("*.md")
        if not path.read_text(encoding="utf-8").startswith(f"# {int(path.name[:4])}. ")
    ]
    assert wrong == []


def doors() -> set[str]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    return {
        m.removesuffix(".*") for c in contracts if c["type"] == "protected" for m in c["protected_modules"]
    }


def rooms(package: str) -> set[str]:
    folder = ROOT.joinpath("python", *package.split("."))
    return {f"{package}.{p.parent.name}" for p in folder.glob("*/__init__.py")}


def test_every_room_of_alpha_bench_and_of_the_leak_probe_has_a_door_and_a_contract_for_it() -> None:
    research = rooms("alpha_bench") - {"alpha_bench.cli"}
    assert research | rooms("nbcode.leaks") == doors()
    stubs = [ROOT.joinpath("python", *room.split("."), "__init__.pyi") for room in research]
    assert [path for path in stubs if not path.is_file()] == []

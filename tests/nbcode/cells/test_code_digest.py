"""A code digest changes with the meaning of a cell, and with nothing else."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import black
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alpha_bench.runtime import syntax_tree as canonical_module
from alpha_bench.runtime.syntax_tree import canonical_code
from fakes.clean_notebooks import CLEAN
from fakes.code_changes import CHANGES, PROGRAM, SAME
from fakes.patience import ENOUGH_S
from nbcode.cells import code_digest

GOLDEN = Path(__file__).parents[2] / "golden" / "code-digest.json"
MORE = {
    "empty": "",
    "constants": "x = (None, True, ..., 1, -1, 1.5, 1e400, 2j, 'é\\ud800', b'\\x00', 10**2, 0.1)",
    "f-strings": "f'{a}{b!r:{w}.{p}}x{{}}{c=}' 'tail' f''",
    "functions": "async def f(a, /, b=1, *c, d, e=2, **g) -> int:\n    return [await x async for x in y]",
    "match": "match a:\n    case [1, *_] | {'k': v, **r} | P(x=1) | None if b:\n        pass",
    "try": "try:\n    pass\nexcept* (A, B) as e:\n    raise\nelse:\n    pass",
    "walrus": "if (n := 1) and (lambda *a, k=1, **b: n)(*x, **y): pass",
    "with": "with (a as b, c): del d, e[0]",
    "star": "a[b, *c], *d = {**e, 'f': 1}, {*g}",
    "class": "@d\nclass C(B, metaclass=M):\n    'doc'\n    x: int\n    y: int = 1",
}


def digest(source: str) -> str:
    return code_digest(source, ast.parse(source))


def corpus() -> dict[str, str]:
    return {"program": PROGRAM, **MORE, **{f"clean: {name}": _cells(text) for name, text in CLEAN.items()}}


def _cells(text: str) -> str:
    kept = [line for line in text.split("\n") if not line.startswith(("%", "!", "junk"))]
    return "\n".join(line for line in kept if not line.startswith("from __future__"))


@pytest.mark.parametrize("name", SAME)
def test_an_edit_that_changes_no_meaning_keeps_the_digest(name: str):
    assert SAME[name] != PROGRAM
    assert digest(SAME[name]) == digest(PROGRAM)


@pytest.mark.parametrize("name", CHANGES)
def test_an_edit_that_changes_the_meaning_changes_the_digest(name: str):
    old, new = CHANGES[name]
    assert old in PROGRAM
    changed = PROGRAM.replace(old, new, 1)
    assert digest(changed) != digest(PROGRAM)


def test_all_changes_have_digests_of_their_own():
    digests = {digest(PROGRAM.replace(old, new, 1)) for old, new in CHANGES.values()}
    assert len(digests) == len(CHANGES)


@pytest.mark.parametrize("name", corpus())
def test_black_and_unparse_keep_the_digest(name: str):
    source = corpus()[name]
    formatted = black.format_str(source, mode=black.Mode(line_length=60))
    assert digest(formatted) == digest(source)
    if "f-string" not in name:
        # unparse joins and splits f-strings by rules of its own; every other form comes back as it was.
        assert digest(ast.unparse(ast.parse(source))) == digest(source)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_single_change_of_a_constant_a_name_or_an_operator_changes_the_digest(data: st.DataObject):
    source = data.draw(st.sampled_from([PROGRAM, *MORE.values()]))
    tree = ast.parse(source)
    spots = [
        n
        for n in ast.walk(tree)
        if isinstance(n, ast.Name | ast.BinOp | ast.Compare | ast.keyword | ast.arg) or _number(n)
    ]
    if not spots:
        return
    before = canonical_code(tree)
    node = data.draw(st.sampled_from(spots))
    if isinstance(node, ast.Name):
        node.id += "_"
    elif isinstance(node, ast.BinOp):
        node.op = ast.MatMult()
    elif isinstance(node, ast.Compare):
        node.ops = [ast.NotIn(), *node.ops[1:]] if not isinstance(node.ops[0], ast.NotIn) else [ast.In()]
    elif isinstance(node, ast.keyword | ast.arg):
        node.arg = (node.arg or "") + "_"
    else:
        node.value = (
            data.draw(st.integers().filter(lambda v: v != node.value)) if node.value is not True else 1
        )
    assert canonical_code(tree) != before


def _number(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int) and not isinstance(node.value, bool)


def test_values_that_compare_equal_are_told_apart():
    sources = (
        "x = 1",
        "x = 1.0",
        "x = True",
        "x = '1'",
        "x = b'1'",
        "x = 1j",
        "x = None",
        "x = 'None'",
        "x = ...",
    )
    assert len({digest(source) for source in sources}) == len(sources)


def test_lists_and_texts_cannot_be_confused():
    sources = (
        "f('a', 'b')",
        "f('a' 'b')",
        "f(['a', 'b'])",
        "f('a')('b')",
        "f(a='b')",
        "f(*['a'])",
        "f('a, b')",
    )
    assert len({digest(source) for source in sources}) == len(sources)


def golden() -> dict[str, dict[str, str]]:
    return {
        name: {"source": source, "digest": digest(source)}
        for name, source in corpus().items()
        if name in {"program", *MORE}
    }


def test_digests_are_those_of_the_golden_file():
    if os.environ.get("NBCODE_REFRESH_GOLDEN"):
        GOLDEN.write_text(json.dumps(golden(), indent=1, ensure_ascii=True) + "\n", encoding="utf-8")
    assert golden() == json.loads(GOLDEN.read_text(encoding="utf-8"))


def other_interpreters() -> list[str]:
    roots = [Path.home() / ".pyenv" / "versions", Path.home() / ".local" / "share" / "uv" / "python"]
    found = [path for root in roots if root.is_dir() for path in root.glob("*/bin/python3")]
    wanted = ("3.12", "3.13", "3.14")
    return [str(p) for p in sorted(found) if any(f"{v}." in p.parent.parent.name for v in wanted)]


_OTHER = """
import ast, hashlib, json, runpy, sys, warnings
warnings.simplefilter("ignore")
canonical = runpy.run_path(sys.argv[1])["canonical_code"]
vectors = json.load(open(sys.argv[2], encoding="utf-8"))
wrong = [n for n, v in vectors.items()
         if "sha256:" + hashlib.sha256(canonical(ast.parse(v["source"]))).hexdigest() != v["digest"]]
print(json.dumps(wrong))
"""


def test_other_python_versions_give_the_golden_digests():
    interpreters = [sys.executable, *other_interpreters()]
    for interpreter in interpreters:
        done = subprocess.run(
            [interpreter, "-I", "-c", _OTHER, canonical_module.__file__, str(GOLDEN)],
            capture_output=True,
            text=True,
            check=True,
            timeout=ENOUGH_S,
        )
        assert json.loads(done.stdout) == [], interpreter

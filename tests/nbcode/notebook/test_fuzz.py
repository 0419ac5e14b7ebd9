"""Damaged notebooks give findings, never exceptions."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.bad_inputs import ipynb
from fakes.clean_notebooks import CLEAN
from nbcode.cells import ModuleContext, analyse
from nbcode.notebook import parse_notebook
from nbcode.notebook.meta_lines import read_meta_lines

SEEDS = {
    "n.ipynb": [
        ipynb(),
        *(path.read_bytes() for path in (Path(__file__).parents[3] / "examples").glob("*/*.ipynb")),
    ],
    "n.py": [text.encode() for text in CLEAN.values()],
}
PIECES = [b'"', b"'", b'"""', b"{", b"}", b"[", b"]", b"\\", b"\n", b"\r", b"\0", b"\xff", b"# %%", b"# %% [model]\n", b"# %%[meta]", b",", b":", b"%", b"!", b"\t", b"\\ud800", b"\xe2\x80\xae", b"NaN", b"(", b"lambda:", b"&a ", b"!!x ", b"<<: ", b"9" * 30]  # fmt: skip


def damaged(random_: random.Random, data: bytes) -> bytes:
    body = bytearray(data)
    for _ in range(random_.randint(1, 4)):
        at = random_.randrange(len(body) + 1)
        kind = random_.randrange(5)
        if kind == 0 and at < len(body):
            body[at] = random_.randrange(256)
        elif kind == 1:
            del body[at : at + random_.randint(1, 40)]
        elif kind == 2:
            body[at:at] = random_.choice(PIECES)
        elif kind == 3:
            start = random_.randrange(len(body) + 1)
            body[at:at] = body[start : start + random_.randint(1, 60)]
        else:
            del body[at:]
    return bytes(body)


@pytest.mark.parametrize("name", SEEDS)
def test_a_thousand_damaged_notebooks_raise_nothing(name: str):
    random_ = random.Random(20)
    read = 0
    for _ in range(1000):
        data = damaged(random_, random_.choice(SEEDS[name]))
        reading = parse_notebook(data, name)
        assert reading.notebook is not None or reading.diagnostics
        found = list(reading.diagnostics)
        if reading.notebook is not None:
            read += 1
            found += analyse(reading.notebook, ModuleContext(locked=frozenset())).diagnostics
        for diagnostic in found:
            assert diagnostic.code.startswith("NBC-")
            assert diagnostic.fixes
            str(diagnostic).encode()
    assert read > 50


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab:#'\"{}[]&*!|>-?<%\\ \t\n0.,_é1~y"), max_size=60))
def test_any_meta_text_gives_entries_or_troubles(text: str):
    lines = read_meta_lines("\n".join(f"# {line}" for line in text.split("\n")))
    assert all(t.line >= 1 and t.column >= 1 for t in lines.problems)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["n.py", "n.ipynb", "n"]))
def test_any_bytes_at_all_raise_nothing(data: bytes, name: str):
    reading = parse_notebook(data, name)
    if reading.notebook is not None:
        analyse(reading.notebook)


HOSTILE = {
    "a long name": "a" * 300_000 + " = 1",
    "a long attribute": "x = a" + ".b" * 50_000,
    "spaces": "x" + " " * 200_000 + "y",
    "spaces in a comment": "# x" + " " * 200_000 + "y: z",
    "lines that could be annotations": "a:\n" * 60_000,
    "blank lines": "a" + "\n" * 300_000 + "b",
    "half secrets": "eyJ" * 60_000 + " " + "pypi-" * 7 + "a://" * 50_000,
    "quotes": "x = '" + "\\'" * 100_000,
    "triple quotes": "\"\"\"\n'''\n" * 20_001,
    "percent signs": "# " + "%" * 200_000 + " [" * 50_000,
    "question marks": "x" * 100_000 + "?" * 100_000,
    "commas": "a, " * 60_000 + "b",
    "brackets": "# %% [" + "[" * 100_000,
}


@pytest.mark.parametrize("tag", ["setup", "meta", ""])
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_read_in_linear_time(name: str, tag: str):
    """No clock: a quadratic reading of these takes minutes, and would be noticed."""
    reading = parse_notebook(f"# %% [{tag}]\n{HOSTILE[name]}\n".encode(), "n.py")
    assert reading.notebook is not None
    analyse(reading.notebook)

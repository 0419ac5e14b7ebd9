"""Every block of every page runs as it is printed, in the context that the page states.

A page with Python blocks says, in one sentence, where they run: in a notebook with nbcode, or as a script in a folder that holds what
the sentence names. A page that says nothing fails here, and so does one whose blocks need a name that no block before them makes.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command

from acceptance.project import ROOT, SEED
from alpha_bench.describe import write_sample
from nbcode.cli.application import application
from nbcode.configuration import read_config
from nbcode.namespace import DataSource, PanelFiles, open_session

pytestmark = pytest.mark.long

PAGES = ["README.md", *sorted(str(p.relative_to(ROOT)) for p in (ROOT / "docs").rglob("*.md"))]
ELSEWHERE = {
    "docs/format/diagnostics.md": "tests/nbcode/commands/test_check.py",  # of the examples, those that are whole enough to check
    "docs/reference/operators.md": "tests/alpha_bench/test_catalogue.py",
}
"""Generated pages whose blocks stand alone, and the test that runs each."""
NOTEBOOK = "runs, in order, in a notebook with `%load_ext nbcode`"
SCRIPT = re.compile(
    r"runs, in order, as a script in (an empty folder|a folder that holds|the folder of a project)|As a script in a folder with"
)
SIGNAL = """# %% [meta]
# id: my_signal
# kind: signal
# horizon: 1d
# owner: quant
# inputs:
#   prices: prices.csv
# signal: positions
# report:
#   mean: positions.mean()
# %% [setup]
import pandas as pd
# %% [features]
prices = pd.read_csv("prices.csv", parse_dates=["date"]).set_index(["date", "symbol"])["close"]
positions = prices.groupby(level="symbol").pct_change().dropna()
"""
LABEL = re.compile(r"\bfwd_ret_\d+d\b")


def blocks(page: str, *languages: str) -> list[str]:
    text = (ROOT / page).read_text(encoding="utf-8")
    found = re.findall(r"^```(\w*)[^\n]*\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    return [body for language, body in found if language in languages]


def code_of(page: str) -> list[str]:
    """The Python blocks that do something: not the notebook of the README, and no block of comments alone."""
    seed = SEED.read_text(encoding="utf-8")
    return [
        body
        for body in blocks(page, "python")
        if body != seed and any(line and not line.startswith("#") for line in body.splitlines())
    ]


WITH_CODE = [page for page in PAGES if page not in ELSEWHERE and code_of(page)]
IN_NOTEBOOK = [page for page in WITH_CODE if NOTEBOOK in (ROOT / page).read_text(encoding="utf-8")]
AS_SCRIPT = [page for page in WITH_CODE if page not in IN_NOTEBOOK]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder of its own, the working directory."""
    with contextlib.chdir(tmp_path):
        yield tmp_path


def test_every_page_with_code_says_where_it_runs() -> None:
    assert len(WITH_CODE) >= 8
    silent = [page for page in AS_SCRIPT if not SCRIPT.search((ROOT / page).read_text(encoding="utf-8"))]
    assert silent == []


@pytest.mark.parametrize("page", IN_NOTEBOOK)
def test_the_blocks_run_in_a_notebook(page: str, folder: Path) -> None:
    run_in_notebook(code_of(page), page, folder)


def run_in_notebook(code: list[str], page: str, folder: Path) -> dict[str, object]:
    prices = write_sample(folder)
    reference = next(folder.glob("*reference.csv"))
    files = PanelFiles(prices=prices, reference=reference)
    names: dict[str, object] = {"__name__": "__main__"}
    labels = {label for block in code for label in LABEL.findall(block)}
    session = open_session(names, DataSource(panel_files=files), labels, live=True)
    try:
        for number, block in enumerate(code, 1):
            exec(compile_block(block, f"{page} block {number}"), names)
    finally:
        session.close()
    return names


def compile_block(block: str, name: str) -> object:
    """A block whose source can be found again, as a cell's can: @feature reads it."""
    import linecache

    linecache.cache[f"<{name}>"] = (len(block), None, block.splitlines(keepends=True), f"<{name}>")
    return compile(block, f"<{name}>", "exec")


def test_a_name_that_no_block_makes_is_noticed(folder: Path) -> None:
    with pytest.raises(NameError, match="panel_of_the_reader"):
        run_in_notebook(["x = features.ret(20)\n", "x.to_frame(panel_of_the_reader)\n"], "a page", folder)


@pytest.mark.parametrize("page", AS_SCRIPT)
def test_the_blocks_run_as_a_script(page: str, folder: Path) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    if "the folder of a project whose `xsmom_v3` is promoted" in text:
        nbcode("init", "--no-kernel")
        nbcode("promote", "xsmom_v3.ipynb")
    if "is promoted\nand scored as above" in text:
        nbcode("score", "xsmom_v3", "-o", "scores/2018-02-07.parquet")
    if "`pkg/windows.py`, which says `SHORT = 20`" in text:
        (folder / "pkg").mkdir()
        (folder / "pkg" / "windows.py").write_text("SHORT = 20\n")
    if "the folder of a project whose `my_signal` is promoted" in text:
        (folder / "prices.csv").write_text(
            "date,symbol,close\n2024-01-02,A,1\n2024-01-03,A,2\n2024-01-04,A,3\n"
        )
        (folder / "my_signal.py").write_text(SIGNAL)
        nbcode("promote", "my_signal.py")
    if "prices.parquet" in text and "an empty folder" not in text:
        write_sample(folder).rename(folder / "prices.parquet")
    (folder / "page.py").write_text("\n".join(code_of(page)), encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "page.py"], capture_output=True, text=True, check=False, env=environment(folder)
    )
    assert ended.returncode == 0, ended.stderr[-2000:]


def environment(folder: Path) -> dict[str, str]:
    return os.environ | {"HOME": str(folder), "PYTHONWARNINGS": "ignore"}


def nbcode(*arguments: str) -> str:
    program = Path(sys.executable).with_name("nbcode")
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "toml")])
def test_every_toml_block_is_a_configuration(page: str) -> None:
    for text in blocks(page, "toml"):
        tomllib.loads(text)
        named = re.findall(r'data = "(\w+)"', text)
        declared = "".join(
            f'\n[data.{name}]\nprices = "p.csv"\n' for name in named if f"[data.{name}]" not in text
        )
        assert read_config(text + declared, ROOT / "nbcode.toml").diagnostics == (), text


COMMANDS = [
    (page, line.split("#")[0].strip())
    for page in PAGES
    for body in blocks(page, "", "sh", "console")
    for line in body.splitlines()
    if line.startswith("nbcode ")
]


@pytest.mark.parametrize(("page", "line"), COMMANDS)
def test_every_command_that_is_shown_is_understood(page: str, line: str) -> None:
    """Parsed as the program parses it, not run: what it would do is another test's."""
    command = get_command(application)
    _, name, *arguments = itertools.takewhile(
        lambda word: word != ">", shlex.split(line.replace("$(date +%F)", "2026-01-05"))
    )
    chosen = command.commands[name]  # type: ignore[attr-defined]
    context = chosen.make_context(name, list(arguments), resilient_parsing=False)
    assert context.params
    del page


def test_the_second_command_of_the_readme_is_the_notebook_that_the_first_one_writes() -> None:
    lines = [line for page, line in COMMANDS if page == "README.md"]
    assert lines[:2] == ["nbcode init", "nbcode promote xsmom_v3.ipynb"]


@pytest.mark.parametrize(("page", "test"), ELSEWHERE.items())
def test_the_blocks_of_generated_pages_are_run_by_the_test_that_is_named(page: str, test: str) -> None:
    assert blocks(page, "python")
    assert (ROOT / test).is_file()

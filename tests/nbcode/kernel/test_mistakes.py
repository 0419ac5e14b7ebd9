"""The mistakes of a newcomer's first hours, by kind: each is answered in three lines, with a way out that runs."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

import pytest
from IPython.core.interactiveshell import InteractiveShell

from fakes.cells_shown import said
from fakes.mistakes import MISTAKES, PRELUDE, Mistake
from fakes.shells import live_shell

MOST_LINES = 3


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InteractiveShell]:
    folder = tmp_path_factory.mktemp("research")
    with live_shell(folder) as shell:
        said(shell, PRELUDE)
        yield shell


@pytest.mark.parametrize("mistake", MISTAKES, ids=[f"{m.kind}: {m.code}" for m in MISTAKES])
def test_a_mistake_is_answered_in_three_lines_with_a_way_out_that_runs(
    shell: InteractiveShell, mistake: Mistake
) -> None:
    text = said(shell, mistake.code).strip()
    assert text.startswith(mistake.says), text
    assert len(text.splitlines()) <= MOST_LINES, text
    assert "Fix: " in text
    assert mistake.fix in text, text
    names = {"market": "x", "exposures": "[y]"}
    tree = ast.parse(mistake.runs)
    prelude = "\n".join(f"{name} = {value}" for name, value in names.items())
    ran = shell.run_cell(f"{prelude}\n{ast.unparse(tree)};")
    assert ran.success, (mistake.runs, ran.error_in_exec)


def test_the_table_holds_every_kind_and_as_many_as_were_tried() -> None:
    counted = Counter(m.kind for m in MISTAKES)
    assert sum(counted.values()) >= 185
    assert min(counted.values()) >= 2
    assert len({m.code for m in MISTAKES}) == len(MISTAKES)


def test_what_is_right_is_not_answered(shell: InteractiveShell) -> None:
    """The control: a fix that did not run would be seen, and a call that is right says nothing."""
    assert said(shell, "features.ret(20);").strip() == ""
    assert not shell.run_cell("features.ret(days_back_from_today=20);").success

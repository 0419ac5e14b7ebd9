"""What loads, and when: start-up is paid at every command."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import pytest
import typer

from nbcode.cli import options
from nbcode.cli.quick import QuickCommand
from nbcode.configuration import Isolation

HEAVY = (
    "IPython alembic matplotlib mlflow nbclient nbformat numba numpy pandas papermill pyarrow pydantic rich scipy sklearn "
    "sqlalchemy"
).split()
NOTEBOOK = """
# %% [meta]
# id: momentum
# kind: model
# horizon: 10d
# owner: ann
# %% [features]
r = features.ret(window=20)
# %% [model]
m = Ridge().fit(X=[r], y=fwd_ret_10d)
# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
"""


def loaded_by(code: str, *, cwd: Path) -> set[str]:
    """Which heavy packages a fresh process has loaded after running ``code``."""
    told = (
        f"{code}\nimport sys, json\nsys.stderr.write(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", told], cwd=cwd, capture_output=True, text=True, check=True)
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize(
    "arguments", [["--help"], ["promote", "--help"], ["check", "n.py"], ["explain", "D04"], ["--version"]]
)
def test_quick_commands_load_nothing_heavy(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "n.py").write_text(NOTEBOOK)
    assert loaded_by(f"from nbcode.cli import main; assert main({arguments!r}) == 0", cwd=tmp_path) == set()


def test_the_control_sees_a_heavy_package(tmp_path: Path) -> None:
    assert loaded_by("import numpy", cwd=tmp_path) == {"numpy"}


def test_help_loads_no_room_but_the_program_and_the_values_that_all_speak_in(tmp_path: Path) -> None:
    code = (
        "from nbcode.cli import main; main(['--help'])\n"
        "import sys; sys.stderr.write(' '.join(sorted({m.split('.')[1] for m in sys.modules if m.startswith('nbcode.')})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stderr == "cli primitives"


def test_the_isolation_levels_of_the_command_line_are_those_of_the_configuration() -> None:
    assert {level.name: level.value for level in options.Isolation} == {
        level.name: level.value for level in Isolation
    }


def test_a_number_of_an_option_is_a_number_or_is_refused() -> None:
    application, seen = typer.Typer(), []

    @application.command(cls=QuickCommand)
    def ask(
        *,
        whole: Annotated[int | None, typer.Option(min=1)] = None,
        share: Annotated[float | None, typer.Option()] = None,
    ) -> None:
        seen.append((whole, share))

    command = typer.main.get_command(application)
    command(["--whole", "2", "--share", "0.5"], standalone_mode=False)
    command([], standalone_mode=False)
    assert seen == [(2, 0.5), (None, None)]
    with pytest.raises(typer.BadParameter, match=r"'2\.5' is no whole number"):
        command(["--whole", "2.5"], standalone_mode=False)
    for few in ("0", "-1"):
        with pytest.raises(typer.BadParameter, match=f"{few} is less than 1"):
            command(["--whole", few], standalone_mode=False)

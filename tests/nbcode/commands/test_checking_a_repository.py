"""Many notebooks in one check: ids that two of them share, and work and memory that grow as their number does."""

from __future__ import annotations

import gc
import json
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from fakes.bad_inputs import percent
from nbcode.commands.check import CheckResult, Known, check
from nbcode.commands.same_ids import with_same_ids
from nbcode.primitives import Diagnostic, Exit, Severity

TEXT = percent().decode()


def named(model: str) -> str:
    changed = TEXT.replace("xsmom_v3", model)
    assert changed != TEXT or model == "xsmom_v3"
    return changed


def ipynb(text: str, output: str = "") -> str:
    cells = [
        {
            "cell_type": "code",
            "execution_count": None,
            "metadata": {},
            "outputs": [{"name": "stdout", "output_type": "stream", "text": output}] if output else [],
            "source": f"# %% [{one.rstrip()}".splitlines(keepends=True),
        }
        for one in text.split("# %% [")[1:]
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}, indent=1)


def checked(*paths: Path) -> list[CheckResult]:
    known = Known()
    return with_same_ids([check(path, known=known) for path in paths], known)


def same_ids(*paths: Path) -> dict[str, Diagnostic]:
    results = checked(*paths)
    return {r.path: d for r in results for d in r.diagnostics if d.code == "NBC-C23"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "nbcode.toml").write_text("")
    return tmp_path


def written(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text)
    return path


def test_each_of_two_notebooks_of_one_id_is_told_where_the_other_is(project: Path):
    first = written(project, "a.ipynb", ipynb(TEXT))
    second = written(project / "deep", "b.py", TEXT + "\nx = 1\n")
    third = written(project, "c.py", named("other"))
    found = same_ids(first, second, third)
    assert set(found) == {str(first), str(second)}
    for own, other in ((first, second), (second, first)):
        assert str(other) in found[str(own)].message
        (related,) = found[str(own)].related
        for place, path in ((found[str(own)].place, own), (related.place, other)):
            assert place is not None
            assert place.path == str(path)
            assert "id: xsmom_v3" in path.read_text().split("\n")[(place.file_line or 0) - 1]
    assert {r.exit_code for r in checked(first, second, third)} == {Exit.DONE}


def test_a_copy_of_the_same_cells_is_told_too(project: Path):
    copies = [written(project / str(n), "a.ipynb", ipynb(TEXT)) for n in range(6)]
    found = same_ids(*copies)
    assert len(found) == 6
    assert found[str(copies[5])].message.endswith(" and 2 more, too")


def test_a_pair_of_jupytext_is_one_notebook_while_its_cells_are_the_same(project: Path):
    pair = written(project, "a.ipynb", ipynb(TEXT)), written(project, "a.py", TEXT)
    assert same_ids(*pair) == {}
    pair[1].write_text(TEXT.replace("window=20", "window=21"))
    assert len(same_ids(*pair)) == 2


YAML = """meta:
  id: xsmom_v3
  kind: model
  horizon: 10d
  owner: me
features:
  rev: ret(5)
label: fwd_ret_10d
model: Ridge(alpha=2.0)
evaluation: {folds: 12, embargo: 5d}
"""


def test_one_model_in_several_forms_is_a_note(project: Path):
    """Promoting the second form of one definition makes no version (NBC-A38)."""
    forms = written(project, "a.py", TEXT), written(project, "a.yaml", YAML)
    assert {one.severity for one in same_ids(*forms).values()} == {Severity.NOTE}
    (told,) = {one.cause for one in same_ids(*forms).values()}
    assert (told or "").startswith("where they define the same they are one version")
    copied = (*forms, written(project, "b.yaml", YAML))
    assert {one.severity for one in same_ids(*copied).values()} == {Severity.WARNING}


def test_in_another_registry_the_name_is_another_model(project: Path):
    first = written(project / "one", "a.py", TEXT)
    second = written(project / "two", "b.py", TEXT)
    assert len(same_ids(first, second)) == 2
    for folder in ("one", "two"):
        written(project / folder, "nbcode.toml", "")
    assert same_ids(first, second) == {}
    for folder in ("one", "two"):
        written(project / folder, "nbcode.toml", '[registry]\nuri = "http://mlflow.example:5000"\n')
    assert len(same_ids(first, second)) == 2


def test_what_has_no_id_has_none_in_common(project: Path):
    broken = [written(project, f"{n}.py", "# %% [model]\nm = 1\n") for n in "ab"]
    unread = [written(project, f"{n}.ipynb", "{") for n in "ab"]
    assert same_ids(*broken, *unread, project / "gone.py") == {}


def calls(work: Callable[[], object]) -> int:
    """How many functions, of Python and of C, ``work`` calls when all that it loads once is loaded: what it costs, on any machine."""
    work()
    return min(counted(work), counted(work))


def counted(work: Callable[[], object]) -> int:
    count = 0

    def seen(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    gc.disable()  # what another test left behind is no work of this one
    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(before)
        gc.enable()
    return count


def folder_of(project: Path, count: int, output: str = "") -> list[Path]:
    folder = project / f"of_{count}"
    names = [f"n{n:03d}.{'ipynb' if n % 2 else 'py'}" for n in range(count)]
    return [
        written(folder, name, ipynb(named(f"m_{n}"), output) if n % 2 else named(f"m_{n}"))
        for n, name in enumerate(names)
    ]


def test_the_work_grows_as_the_number_of_notebooks(project: Path):
    small, large = folder_of(project, 20), folder_of(project, 80)

    def cost(paths: list[Path]) -> int:
        return calls(lambda: checked(*paths))

    assert cost(large) / cost(small) < 4.2


def test_control_work_that_is_done_for_each_pair_is_seen(project: Path):
    small, large = folder_of(project, 20), folder_of(project, 80)

    def cost(paths: list[Path]) -> int:
        # Nothing is shared: each notebook's folder is read again for the next.
        return calls(lambda: [check(path) for path in paths])

    assert cost(large) / cost(small) > 4.2


def test_ids_that_all_are_the_same_cost_no_more(project: Path):
    def results(count: int) -> list[CheckResult]:
        return [check(written(project / f"same_{count}", f"n{n}.py", TEXT)) for n in range(count)]

    few, many = results(20), results(80)
    assert calls(lambda: with_same_ids(many, Known())) / calls(lambda: with_same_ids(few, Known())) < 4.2


def test_the_outputs_of_one_notebook_are_gone_before_the_next(project: Path):
    paths = folder_of(project, 12, "x" * 2_000_000)

    def peak(chosen: list[Path]) -> int:
        gc.collect()
        tracemalloc.start()
        held = checked(*chosen)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert len(held) == len(chosen)
        return most

    peak(paths[:2])
    one = peak(paths[1:2])
    assert one > 4_000_000  # the control: a file is seen in it
    assert peak(paths) < 1.5 * one

"""A file that a cell read, and a module that it imported, that are another now: told by a check, with the cell and the file."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.live_kernels import LiveKernel
from nbcode.primitives import Diagnostic

META = "# %% [meta]\n# id: live\n# kind: model\n# horizon: 3d\n# owner: me\n# inputs:\n#   prices: data/prices.csv\n#   table: data/table.parquet"
IMPORTS = "# %% [setup]\nimport pandas as pd\nimport polars as pl\nimport pricing_helper"
LOAD = "# %% [features]\npx = pd.read_csv('data/prices.csv')"
MODEL = "# %% [model]\nm = pricing_helper.scale(px['a'].sum())"
EVAL = "# %% [eval]\nreport = {'ic': float(m) / 100}"
CELLS = (META, IMPORTS, LOAD, MODEL, EVAL)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "nbcode.toml").touch()
    (tmp_path / "data").mkdir()
    write(tmp_path / "data/prices.csv", "a\n1\n2\n")
    write(
        tmp_path / "pricing_helper.py",
        "import pricing_rates\ndef scale(x):\n    return x * pricing_rates.RATE\n",
    )
    write(tmp_path / "pricing_rates.py", "RATE = 2\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield tmp_path
    for name in ("pricing_helper", "pricing_rates"):
        sys.modules.pop(name, None)


def write(path: Path, text: str) -> None:
    """Write it with a time of its own: two writes in one tick of the clock would have the same."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text)
    os.utime(path, ns=(before + 10**9, before + 10**9))


def kernel_of(folder: Path, cells: tuple[str, ...] = CELLS) -> LiveKernel:
    (folder / "n.py").write_text("\n".join(cells))
    kernel = LiveKernel(folder / "n.py")
    for source in cells:
        kernel.run(source)
    assert kernel.watch.before_promote() == ()
    return kernel


def said(found: Diagnostic) -> tuple[str, object, str, str]:
    return found.code, found.place and found.place.cell, found.message, found.fixes[0].title


def test_an_input_that_changed_is_told_with_its_cell_and_what_is_made_of_it(folder: Path) -> None:
    kernel = kernel_of(folder)
    write(folder / "data/prices.csv", "a\n1\n3\n")
    first, second, _ = kernel.watch.before_promote()
    assert said(first) == (
        "NBC-A31",
        3,
        "[features] read `data/prices.csv`, which changed since",
        "run cell 3 [features] again, and what comes after it",
    )
    assert said(second)[2] == "[model] is made of `px`, which is stale"
    assert said(second)[3] == "run cell 3 [features] again, then cell 4 [model]"
    (after,) = kernel.watch.after_promote(kernel.watch.shown, {"ic": 0.08}, None)
    assert "3 [features]: `data/prices.csv` changed after it was read" in (after.cause or "")
    kernel.run(LOAD)
    assert [said(d)[1] for d in kernel.watch.before_promote()] == [4, 5]  # of the file of before
    kernel.run(MODEL)
    kernel.run(EVAL)
    assert kernel.watch.before_promote() == ()
    kernel.close()


def test_a_file_that_is_touched_or_written_the_same_or_not_read_is_not_told(folder: Path) -> None:
    write(folder / "data/other.csv", "a\n1\n")
    kernel = kernel_of(folder)
    write(folder / "data/prices.csv", "a\n1\n2\n")
    write(folder / "data/other.csv", "a\n2\n")
    write(folder / "README.md", "more")
    assert kernel.watch.before_promote() == ()
    kernel.run("# %%\nfrom pathlib import Path\nPath('out.csv').write_text('1')")
    write(folder / "out.csv", "2")
    assert kernel.watch.before_promote() == ()
    kernel.close()


def test_a_file_that_a_library_opens_by_itself_is_known_by_its_name_in_the_cell(folder: Path) -> None:
    import polars as pl

    pl.DataFrame({"a": [1, 2]}).write_parquet("data/table.parquet")
    load = LOAD.replace("pd.read_csv('data/prices.csv')", "pl.read_parquet('data/table.parquet')")
    kernel = kernel_of(folder, (META, IMPORTS, load, MODEL, EVAL))
    pl.DataFrame({"a": [1, 5]}).write_parquet("data/table.parquet")
    os.utime("data/table.parquet", ns=(1, 1))
    assert (
        said(kernel.watch.before_promote()[0])[2]
        == "[features] read `data/table.parquet`, which changed since"
    )
    kernel.close()


def test_a_comment_in_a_module_is_no_change(folder: Path) -> None:
    kernel = kernel_of(folder)
    path = folder / "pricing_helper.py"
    write(path, "# of the desk\n\n" + path.read_text() + "\n# to be tried: another rate\n")
    assert kernel.watch.before_promote() == ()
    kernel.close()


@pytest.mark.parametrize("name", ["pricing_helper", "pricing_rates"])
def test_a_module_that_changed_is_told_until_it_is_loaded_anew(name: str, folder: Path) -> None:
    kernel = kernel_of(folder)
    path = folder / f"{name}.py"
    write(path, path.read_text().replace("RATE", "RATE * 2") if name == "pricing_helper" else "RATE = 3\n")
    first = kernel.watch.before_promote()[0]
    assert said(first) == (
        "NBC-A31",
        2,
        f"[setup] imported `{name}.py`, which changed since",
        f"restart the kernel or importlib.reload({name}), then run cell 2 [setup] again, and what comes after it",
    )
    kernel.run(IMPORTS)  # loads nothing anew
    assert said(kernel.watch.before_promote()[0]) == said(first)
    importlib.reload(sys.modules[name])
    for source in CELLS[1:]:
        kernel.run(source)
    assert kernel.watch.before_promote() == ()
    kernel.close()


def test_of_a_large_file_blocks_are_looked_at(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from nbcode.kernel.files import Files

    monkeypatch.setattr("nbcode.kernel.files.WHOLE", 1 << 18)
    path = folder / "large.bin"
    path.write_bytes(bytes(1 << 20))
    before = Files(folder).now(path)
    for at, seen in ((70_000, False), (10, True)):
        changed = bytearray(1 << 20)
        changed[at] = 1
        path.write_bytes(bytes(changed))
        assert (Files(folder).now(path) != before) is seen

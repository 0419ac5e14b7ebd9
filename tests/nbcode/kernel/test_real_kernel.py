"""The seed notebook in a real kernel, cell by cell, unmodified."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

from alpha_bench.describe import build, evaluate, read_panel
from nbcode.configuration import UserState, open_workspace
from nbcode.kernel import install_kernel
from nbcode.notebook import read_notebook

SHARED = Path(__file__).parents[4] / "shared"
SEED = SHARED / "examples" / "xsmom_v3.py"
SP500 = SHARED / "data" / "sp500_daily_2013_2018.parquet"
REFERENCE = SHARED / "data" / "sp500_reference_2018_02_08.csv"
DERIVE = {"shares_outstanding": "market_cap_usd / price_usd"}
NOTEBOOKS = Path(__file__).parents[2] / "notebooks" / "research"
TIMEOUT_S = 120


class Kernel:
    """A kernel in a directory of its own."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def run(self, code: str) -> list[dict[str, Any]]:
        """The outputs of a cell, as a notebook holds them."""
        outputs: list[dict[str, Any]] = []

        def hear(message: dict[str, Any]) -> None:
            if message["msg_type"] not in {"display_data", "execute_result", "stream", "error"}:
                return
            output = {"output_type": message["msg_type"], **message["content"]}
            last = outputs[-1] if outputs else {}
            if output["output_type"] == "stream" and last.get("name") == output["name"]:
                last["text"] += output["text"]  # one print comes in as many messages as the kernel flushes
            else:
                outputs.append(output)

        self.client.execute_interactive(code, timeout=TIMEOUT_S, output_hook=hear)
        return outputs

    def value(self, expression: str) -> Any:
        """The value of an expression that is JSON."""
        outputs = self.run(f"import json; print(json.dumps({expression}))")
        # On stderr a kernel that compiles for the first time says so.
        (printed,) = [o["text"] for o in outputs if o.get("name") == "stdout"] or [outputs]
        assert isinstance(printed, str), printed
        return json.loads(printed)


@contextmanager
def kernel(directory: Path, spec_home: Path, notebook: str = "") -> Iterator[Kernel]:
    install_kernel(prefix=spec_home)
    specs = KernelSpecManager(kernel_dirs=[str(spec_home / "share" / "jupyter" / "kernels")])
    manager = KernelManager(kernel_name="nbcode", kernel_spec_manager=specs, transport="ipc")
    manager.connection_file = str(spec_home / "c.json")
    environment = {**os.environ, "JPY_SESSION_NAME": notebook}  # as Jupyter Server does
    manager.start_kernel(cwd=str(directory), env={**environment, "IPYTHONDIR": str(spec_home / "ipython")})
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=TIMEOUT_S)
        yield Kernel(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


def seed_cells() -> list[str]:
    notebook = read_notebook(SEED).notebook
    assert notebook is not None
    return [cell.source for cell in notebook.cells if cell.kind == "code"]


def run_seed(one: Kernel) -> None:
    for source in seed_cells():
        errors = [o for o in one.run(source) if o["output_type"] == "error"]
        assert errors == [], source


def test_the_seed_on_the_real_panel_gives_the_figures_of_evaluate(tmp_path: Path) -> None:
    (tmp_path / "nbcode.toml").write_text(
        f'[data.sp500]\nprices = "{SP500}"\nreference = "{REFERENCE}"\n'
        'derive = { shares_outstanding = "market_cap_usd / price_usd" }\n[defaults]\ndata = "sp500"\n'
    )
    opened = open_workspace(tmp_path)
    UserState().trust(opened.root, opened.untrusted, "2026-01-05T09:00:00Z")
    home = tmp_path / "k"
    home.mkdir()
    with kernel(tmp_path, home) as one:
        run_seed(one)
        figures = one.value("dict(report.figures)")
        one.run("from alpha_bench.describe import describe")
        plain = one.value("describe(report)")
        assert one.value("len(ret_20.to_frame())") == 1259
    assert figures == evaluate(build(plain), read_panel(SP500, REFERENCE, DERIVE)).figures


def test_the_seed_without_any_configuration_runs_on_the_sample(tmp_path: Path) -> None:
    home = tmp_path / "k"
    home.mkdir()
    with kernel(tmp_path, home) as one:
        run_seed(one)
        assert one.value("report.figures['n_dates']") > 500
        for name, word in (("ret_20", "<svg"), ("m", "Ridge"), ("report", "<svg")):
            # What is compiled in a kernel for the first time is said, before the value.
            (output,) = [o for o in one.run(name) if o["output_type"] == "execute_result"]
            assert word in output["data"]["text/html"]
        (error,) = one.run("Ridge().fit(X=[fwd_ret_10d], y=fwd_ret_10d)")
        assert error["output_type"] == "error"
        assert "NBC-R31" in error["traceback"][0]
        assert len(error["traceback"]) <= 3


def test_the_kernelspec_names_its_own_interpreter(tmp_path: Path) -> None:
    directory = install_kernel(prefix=tmp_path)
    document = json.loads((directory / "kernel.json").read_text())
    assert document["display_name"] == "Python (nbcode)"
    assert document["argv"][0] == sys.executable
    assert directory == tmp_path / "share" / "jupyter" / "kernels" / "nbcode"


def test_installing_again_replaces(tmp_path: Path) -> None:
    assert install_kernel(prefix=tmp_path) == install_kernel(prefix=tmp_path, python=Path("/other/python"))
    document = json.loads((tmp_path / "share/jupyter/kernels/nbcode/kernel.json").read_text())
    assert document["argv"][0] == "/other/python"


def test_loading_the_extension_imports_nothing_large(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell()\n"
        "before = set(sys.modules)\n"
        "shell.run_line_magic('load_ext', 'nbcode')\n"
        "large = {'numpy', 'pandas', 'numba', 'pyarrow', 'sklearn', 'mlflow', 'papermill', 'matplotlib', 'sqlalchemy'}\n"
        "print(sorted(large & (set(sys.modules) - before)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "IPYTHONDIR": str(tmp_path / "ipython")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


@pytest.fixture(autouse=True)
def _seed_is_there() -> None:
    assert SEED.is_file(), SEED


def test_suggest_shows_a_card_of_its_own_notebook_and_of_one_that_is_named(tmp_path: Path) -> None:
    home = tmp_path / "k"
    home.mkdir()
    text = (NOTEBOOKS / "three_models.ipynb").read_text()
    for name in ("own.ipynb", "other one.ipynb"):
        (tmp_path / name).write_text(text)
    with kernel(tmp_path, home, "own.ipynb") as one:

        def shown(line: str) -> dict[str, str]:
            (output,) = one.run(line)
            assert output["output_type"] == "display_data"
            found: dict[str, str] = output["data"]
            return found

        own = shown("%nbcode suggest")
        assert own["text/plain"].startswith("own.ipynb: 4 of 7 cells are needed")
        assert "<b>own.ipynb: 4 of 7 cells are needed</b>" in own["text/html"]
        assert "# model: gbr\n" in own["text/html"]
        named = shown("%nbcode suggest 'other one.ipynb' --model lasso --figure 'a b=c'")
        assert "NBC-B18 no cell gives" in named["text/plain"]
        assert "# model: lasso\n" in shown("%nbcode suggest 'other one.ipynb' --model lasso")["text/html"]
        assert (tmp_path / "own.ipynb").read_text() == text  # nothing was written so far
        assert "Reload the notebook" in shown("%nbcode suggest --write")["text/html"]
        assert "everything is tagged already" in shown("%nbcode suggest")["text/plain"].lower()
        (told,) = one.run("%nbcode suggest --nonsense")
        assert told["output_type"] == "stream"
        assert "--nonsense" in told["text"]
    assert (tmp_path / "other one.ipynb").read_text() == text


def test_a_kernel_that_does_not_know_its_notebook_asks_for_it(tmp_path: Path) -> None:
    home = tmp_path / "k"
    home.mkdir()
    with kernel(tmp_path, home) as one:
        (output,) = one.run("%nbcode suggest")
        assert "%nbcode suggest NOTEBOOK.ipynb" in output["data"]["text/plain"]

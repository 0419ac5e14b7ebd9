"""An IPython shell in this process with the extension loaded: what a notebook's kernel is, without a front end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from fakes.market_files import write_prices


def with_market(folder: Path) -> None:
    """A project in ``folder`` whose one dataset is made-up prices."""
    write_prices(folder)
    (folder / "nbcode.toml").write_text(
        '[data.market]\nprices = "prices.parquet"\n[defaults]\ndata = "market"\n'
    )


@contextmanager
def live_shell(
    folder: Path, notebook: Path | None = None, *, load: bool = True
) -> Iterator[InteractiveShell]:
    """A shell in ``folder``, working on ``notebook`` where there is one; the extension is unloaded at the end. Without ``load``
    the test loads it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("JPY_SESSION_NAME", raising=False)
        if notebook is not None:
            patch.setenv("JPY_SESSION_NAME", str(notebook))
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        config = Config()
        config.HistoryManager.enabled = False
        shell = InteractiveShell(config=config)
        if load:
            shell.run_line_magic("load_ext", "nbcode")
        yield shell
        shell.run_line_magic("unload_ext", "nbcode")

"""`%nbcode promote` from a kernel whose report is of before: both figures are told, and the first cell that differs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from fakes.cells_shown import said
from fakes.shells import live_shell

pytestmark = pytest.mark.long

META = "# %% [meta]\n# id: live\n# kind: model\n# horizon: 10d\n# owner: me"
FEATURES = "# %% [features]\nmom = features.ret(20)"
MODEL = "# %% [model]\nm = Ridge().fit(X=[mom], y=fwd_ret_10d)"
EVAL = "# %% [eval]\nreport = walk_forward(m, folds=5)"


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[InteractiveShell]:
    (tmp_path / "nbcode.toml").write_text("")
    path = tmp_path / "live.py"
    path.write_text(f"{META}\n{FEATURES}\n{MODEL}\n{EVAL}")
    with live_shell(tmp_path, path) as shell:
        yield shell


def test_a_promote_of_a_stale_kernel_says_both_figures(shell: InteractiveShell, tmp_path: Path) -> None:
    for source in (META, FEATURES, MODEL, EVAL):
        said(shell, source)
    other = FEATURES.replace("20", "60")
    said(shell, other)
    said(shell, EVAL)
    shown = said(shell, "print(report.ic_mean)")
    assert "NBC-A31" in shown
    (tmp_path / "live.py").write_text(f"{META}\n{other}\n{MODEL}\n{EVAL}")
    text = said(shell, "%nbcode promote")
    assert "registered as candidate" in text, text
    assert "NBC-A31 [model] ran before `mom`, which it reads, changed" in text
    told = text[text.index("NBC-A32") :]
    assert f"ic_mean {float(shown.split()[-1]):.4g}, the clean run gives" in told
    assert "the first cell that differs is 3 [model]" in told
    # The control: the same kernel, run again from there, shows what is registered.
    for source in (MODEL, EVAL):
        said(shell, source)
    assert "NBC-A3" not in said(shell, "%nbcode promote")
    shell.run_line_magic("unload_ext", "nbcode")

"""A headless run is a look as one in the live kernel is: the same definition counts once, whoever ran it and however often."""

from __future__ import annotations

from pathlib import Path

import pytest
from IPython.utils.capture import capture_output

from acceptance.project import nbcode
from fakes.shells import live_shell, with_market
from nbcode.trials import TrialLedger

pytestmark = pytest.mark.long

NOTEBOOK = """# %% [meta]
# id: counted
# kind: model
# horizon: 3d
# owner: team
# %% [features]
past = features.ret(2)
# %% [model]
m = Ridge().fit(X=[past], y=labels.fwd_ret(3))
# %% [eval]
report = walk_forward(m, folds=2)
"""


def test_the_same_definition_counts_once_in_a_kernel_in_runs_and_in_a_promote(tmp_path: Path) -> None:
    """The control: another window is another variant."""
    with_market(tmp_path)
    ledger, notebook = TrialLedger(tmp_path / ".nbcode"), tmp_path / "counted.py"
    notebook.write_text(NOTEBOOK)
    for _ in range(2):
        assert nbcode(tmp_path, "run", "counted.py").code == 0
        assert len(ledger.read()) == 1
    with capture_output(), live_shell(tmp_path) as shell:
        shell.run_cell("walk_forward(Ridge().fit(X=[features.ret(2)], y=labels.fwd_ret(3)), folds=2)")
    assert nbcode(tmp_path, "promote", "counted.py").code == 0
    assert len(ledger.read()) == 1
    notebook.write_text(NOTEBOOK.replace("ret(2)", "ret(4)"))
    ended = nbcode(tmp_path, "run", "counted.py", "--json")
    assert len(ledger.read()) == 2
    (told,) = [one for one in ended.json["diagnostics"] if one["code"] == "NBC-I33"]
    assert told["fixes"] == ["declare them: walk_forward(m, trials=2)"]

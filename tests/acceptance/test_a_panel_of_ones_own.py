"""A panel that a tagged cell binds by ``alpha_bench.use`` is not what a definition is judged on, and that is said with the cell and the line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from acceptance.project import nbcode

NOTEBOOK = """# %% [meta]
# id: own_panel
# kind: model
# horizon: 5d
# owner: team
# %% [setup]
import alpha_bench as ab
import numpy as np
import pandas as pd
days = pd.bdate_range("2021-01-04", periods=260)
close = 20 * np.exp(np.random.default_rng(3).normal(0, 0.02, (260, 12)).cumsum(axis=0))
own = ab.Panel.of(pd.DataFrame(close, index=days, columns=list("ABCDEFGHIJKL")), field="close")
{use}
# %% [model]
m = Ridge().fit(X=[features.ret(window=20)], y=fwd_ret_5d)
# %% [eval]
report = walk_forward(m, embargo="5d", folds="4")
"""


@pytest.mark.parametrize("use", ["ab.use(own)", "panel = own"])
def test_the_result_is_of_the_declared_data_and_says_so(use: str, tmp_path: Path) -> None:
    """Control: cells that bind nothing are told nothing."""
    (tmp_path / "own.py").write_text(NOTEBOOK.format(use=use))
    ended = nbcode(tmp_path, "promote", "own.py", "--json")
    assert ended.code == 0, ended.said
    told = [one for one in ended.json["diagnostics"] if one["code"] == "NBC-H28"]
    report = json.loads((Path(ended.json["artifact"]) / "report.json").read_bytes())
    assert report["panel"]["assets"] > 12
    assert len(told) == (use == "ab.use(own)")
    if told:
        assert (told[0]["severity"], told[0]["cell"], told[0]["line"]) == ("warning", 2, 8)
        assert "[data.mine]" in told[0]["fixes"][0]

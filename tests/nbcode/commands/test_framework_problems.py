"""What check says of a model that is a file and no notebook: fields that the data lack, modules that are not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbcode.commands.check import check
from nbcode.primitives import Diagnostic

CONFIG = '[data.mine]\nprices = "px.csv"\n[defaults]\ndata = "mine"\n'
CSV = "date,symbol,close,volume\n2024-01-02,A,1,2\n"
YAML = """meta:
  id: rev
  kind: model
  horizon: 5d
  owner: me
define:
  unused: ts.mean(nowhere, 5)
  t: turnover(10)
features:
  a: ret(5)
  b: FORMULA
label: fwd_ret_5d
model: Ridge()
evaluation: {folds: 4, embargo: 5d}
"""
META = "# [meta]\n# id: rev\n# kind: model\n# horizon: 5d\n# owner: me\n"
MODULE = """from alpha_bench import Ridge, data, features, fwd_ret, walk_forward
from pk.made import size
x = [features.ret(5)]
x.append(FORMULA)
other = Ridge().fit(X=[features.turnover(7)], y=fwd_ret(5))
model = Ridge().fit(X=x, y=fwd_ret(5))
report = walk_forward(model, folds=3, embargo="5d")
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "nbcode.toml").write_text(CONFIG)
    (tmp_path / "px.csv").write_text(CSV)
    (tmp_path / "pk").mkdir()
    (tmp_path / "pk" / "made.py").write_text(
        "from alpha_bench import features\n\n\ndef size():\n    return features.size()\n"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(found: tuple[Diagnostic, ...]) -> list[tuple[str, str, int | None]]:
    return [(d.code, d.message, d.place.file_line if d.place else None) for d in found]


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("turnover(10)", "`turnover(10)` reads `shares_outstanding`, which the data do not have"),
        ("group.zscore(ret(5), sector)", "the data have no `sector`"),
        ("ts.mean(t, 3)", "`ts.mean(t, 3)` reads `shares_outstanding`, which the data do not have"),
        ("ts.mean(volumes, 3)", "the data have no `volumes`: did you mean `volume`?"),
        ("adv(5)", None),
    ],
)
def test_a_field_that_the_data_lack_is_told_of_a_model_in_yaml(
    project: Path, formula: str, message: str | None
) -> None:
    (project / "m.yaml").write_text(YAML.replace("FORMULA", formula))
    assert told(check(Path("m.yaml")).diagnostics) == ([("NBC-D36", message, 11)] if message else [])


def test_where_the_data_have_it_nothing_is_told(project: Path) -> None:
    (project / "m.yaml").write_text(YAML.replace("FORMULA", "group.zscore(turnover(10), sector)"))
    (project / "px.csv").write_text(
        "date,symbol,close,volume,sector,shares_outstanding\n2024-01-02,A,1,2,b,3\n"
    )
    assert check(Path("m.yaml")).diagnostics == ()


@pytest.mark.parametrize(
    ("formula", "where"),
    [
        ("features.turnover(10)", ("pk/mod.py", 9)),
        ("data.sector", ("pk/mod.py", 9)),
        ("size()", ("pk/made.py", 5)),
        ("features.adv(10)", None),
    ],
)
def test_a_field_that_the_data_lack_is_told_of_a_model_in_a_module(
    project: Path, formula: str, where: tuple[str, int] | None
) -> None:
    (project / "pk" / "mod.py").write_text(META + MODULE.replace("FORMULA", formula))
    found = check(Path("pk.mod:report")).diagnostics
    assert [(d.code, d.place.path, d.place.file_line) for d in found if d.place] == (
        [("NBC-D36", *where)] if where else []
    )


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("from pk.nothere import X", "pk.nothere"),
        ("import pk.nothere", "pk.nothere"),
        ("from .nothere import X", "pk.nothere"),
        ("from pk.made.deep import X", "pk.made.deep"),
        ("try:\n    from pk.nothere import X\nexcept ImportError:\n    X = 1", None),
        ("def later():\n    from pk.nothere import X", None),
        ("from pk.made import size as again", None),
        ("import json", None),
    ],
)
def test_a_module_of_the_project_that_is_not_there_is_told(
    project: Path, line: str, wanted: str | None
) -> None:
    (project / "pk" / "mod.py").write_text(f"{META}{line}\n{MODULE.replace('FORMULA', 'features.ret(9)')}")
    assert told(check(Path("pk.mod:report")).diagnostics)[:1] == (
        [("NBC-D09", f"there is no module `{wanted}`", 6)] if wanted else []
    )


def test_a_name_that_is_imported_from_alpha_bench_is_the_platforms(project: Path) -> None:
    text = META.replace("# [meta]", "# %% [meta]") + (
        "# %% [setup]\nfrom alpha_bench import features\n"
        "# %% [model]\nm = Ridge().fit(X=[features.turnover(5)], y=fwd_ret_5d)\n"
        '# %% [eval]\nreport = walk_forward(m, folds=3, embargo="5d")\n'
    )
    (project / "n.py").write_text(text)
    assert [d.code for d in check(Path("n.py")).diagnostics] == ["NBC-D36"]
    (project / "n.py").write_text(text.replace("alpha_bench import", "pk.made import"))
    assert "NBC-D36" not in [d.code for d in check(Path("n.py")).diagnostics]

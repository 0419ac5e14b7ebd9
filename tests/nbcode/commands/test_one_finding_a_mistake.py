"""One mistake, one finding, whose fix ends it: misspelt tags, unknown keys, words and parameters of other libraries."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbcode.commands.build import build
from nbcode.commands.check import check
from nbcode.configuration import open_workspace
from nbcode.primitives import Diagnostic, NbcodeError

TEXT = """# %% [meta]
# id: probe
# kind: model
# horizon: 10d
# owner: me
# %% [features]
ret_20 = features.ret(window=20)
turn = features.dollar_volume()
# %% [model]
m = Ridge().fit(X=[ret_20, turn], y=fwd_ret_10d)
# %% [eval]
report = walk_forward(m, embargo="5d", folds=4)
"""


def found(tmp_path: Path, old: str = "", new: str = "") -> list[Diagnostic]:
    assert old in TEXT
    path = tmp_path / "n.py"
    path.write_text(TEXT.replace(old, new, 1) if old else TEXT)
    return [d for d in check(path).diagnostics if d.severity != "note"]


def test_a_misspelt_tag_is_one_finding_and_not_one_for_each_name_of_its_cell(tmp_path: Path) -> None:
    assert found(tmp_path) == []
    (told,) = found(tmp_path, "[features]", "[feature]")
    assert (told.code, told.fix_titles[0]) == ("NBC-B04", "write [features]")
    with pytest.raises(NbcodeError, match="NBC-B04") as raised:
        build(tmp_path / "n.py", workspace=open_workspace(tmp_path))
    assert [d.code for d in raised.value.diagnostics if d.code in {"NBC-B04", "NBC-D04"}] == ["NBC-B04"]
    untagged = found(tmp_path, " [features]", "")
    assert [d.code for d in untagged] == ["NBC-D04", "NBC-D04"]
    titled = found(tmp_path, "[features]", "[a title of mine]")
    assert [d.code for d in titled if d.code == "NBC-D04"] == ["NBC-D04", "NBC-D04"]


@pytest.mark.parametrize(
    ("line", "code", "fix"),
    [
        ("date: 2026-11-28", "NBC-C12", "delete the line"),
        ("descriptin: yes", "NBC-C12", "write description"),
        ("zzz: .nan", "NBC-C12", "delete the line"),
        ("description: 2026-11-28", "NBC-C06", 'write "2026-11-28" in quotes'),
        ("inputs:\n#   date: 2026-11-28", "NBC-C06", 'write "2026-11-28" in quotes'),
    ],
)
def test_the_value_of_a_key_that_there_is_not_does_not_matter(
    tmp_path: Path, line: str, code: str, fix: str
) -> None:
    told = found(tmp_path, "# owner: me\n", f"# owner: me\n# {line}\n")
    assert [(d.code, d.fix_titles[0]) for d in told][:1] == [(code, fix)]
    assert len([d for d in told if d.code in {"NBC-C06", "NBC-C12", "NBC-C05", "NBC-C07"}]) == 1


@pytest.mark.parametrize(
    ("old", "new", "fix"),
    [
        ("features.ret(window=20)", "features.ret(period=20)", "write features.ret(window=20)"),
        ("features.ret(window=20)", "ts.mean(data.close, n=20)", "write ts.mean(data.close, window=20)"),
        ('embargo="5d", folds=4', 'embargo="5d", n_splits=4', "write walk_forward(m, embargo='5d', folds=4)"),
    ],
)
def test_the_call_that_is_offered_keeps_what_was_given(tmp_path: Path, old: str, new: str, fix: str) -> None:
    (told,) = found(tmp_path, old, new)
    assert (told.code, told.fix_titles[0]) == ("NBC-D32", fix)
    (edit,) = told.fixes[0].edits
    line = TEXT.replace(old, new).split("\n")[told.place.file_line - 1]  # type: ignore[union-attr, operator]  # of a percent file
    corrected = line[: edit.column - 1] + edit.text + line[edit.end_column - 1 :]
    assert found(tmp_path, TEXT.split("\n")[told.place.file_line - 1], corrected) == []  # type: ignore[union-attr, operator]  # as above


@pytest.mark.parametrize(
    ("call", "ours"),
    [
        ('Ref("$close", 5)', "ts.lag(x, 20)"),
        ("SimpleMovingAverage(window_length=20)", "ts.mean(x, 20)"),
        ("ts_rank(data.close, 20)", "ts.rank(x, 20)"),
    ],
)
def test_a_word_of_another_library_is_told_with_ours(tmp_path: Path, call: str, ours: str) -> None:
    (told,) = found(tmp_path, "features.dollar_volume()", call)
    assert (told.code, told.fix_titles) == ("NBC-D05", (f"write {ours}",))


def test_in_a_notebook_of_plain_python_no_word_of_ours_is_offered(tmp_path: Path) -> None:
    path = tmp_path / "n.py"
    path.write_text(TEXT[: TEXT.index("# %% [features]")] + '# %% [features]\nx = Ref("$close", 5)\n')
    (told,) = [d for d in check(path).diagnostics if d.code == "NBC-D05"]
    assert told.fix_titles[0] == "assign it in a tagged cell"


@pytest.mark.parametrize("said", ["mdl", "modl", "x"])
def test_a_model_that_meta_misnames_is_the_one_that_is_fitted(tmp_path: Path, said: str) -> None:
    model = (
        "from sklearn.linear_model import LinearRegression\nmodel = LinearRegression()\nmodel.fit([[1]], [1])"
    )
    (told,) = [
        d
        for d in found(
            tmp_path,
            TEXT[TEXT.index("# %% [features]") :],
            f"# model: {said}\n# %% [model]\n{model}\nreport = {{}}\n",
        )
        if d.code == "NBC-C22"
    ]
    assert told.message.endswith("did you mean `model`?")
    assert told.fix_titles == ("write model",)


def test_a_package_that_lives_on_under_another_name_is_installed_by_that(tmp_path: Path) -> None:
    path = tmp_path / "n.py"
    path.write_text(TEXT.replace("ret_20 =", "from zipline.pipeline import Pipeline\nret_20 =", 1))
    (told,) = [d for d in check(path, locked=frozenset()).diagnostics if d.code == "NBC-D08"]
    assert "pip install zipline-reloaded" in told.fix_titles[0]

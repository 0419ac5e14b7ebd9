"""Where a name comes from, over the whole notebook."""

from __future__ import annotations

import pytest

from nbcode.cells import Analysis, analyse
from nbcode.notebook import parse_notebook
from nbcode.primitives import Diagnostic

HEAD = (
    "# %% [meta]\n# id: xsmom_v3\n# kind: model\n# horizon: 10d\n# owner: me\n# inputs: {macro: macro.csv}\n"
)


def analysis(body: str) -> Analysis:
    reading = parse_notebook((HEAD + body).encode(), "notebook.py")
    assert reading.notebook is not None
    return analyse(reading.notebook)


def found(body: str, *codes: str) -> list[Diagnostic]:
    return [d for d in analysis(body).diagnostics if d.code.removeprefix("NBC-") in codes]


def names(body: str) -> list[tuple[str, str]]:
    return [
        (d.code[-3:], d.message.split("`")[1]) for d in found(body, "D04", "D05", "D22", "D24", "D25", "D26")
    ]


def test_the_message_is_the_manuals_example():
    body = "# %%\nplot = 1\n# %%\n# %%\n# %% [features]\na = features.ret(5)\n# %%\nvol_adj = a / 2\n# %%\n# %%\n# %% [model]\nm = Ridge().fit(X=[a, vol_adj], y=fwd_ret_10d)\n"
    (diagnostic,) = found(body, "D04")
    assert diagnostic.message == "undeclared name `vol_adj`"
    assert str(diagnostic.place) == "cell 9 [model] · line 2"
    assert diagnostic.cause == "vol_adj is assigned in cell 6, which is not tagged"
    assert diagnostic.fix_titles == (
        "tag cell 6 [features]",
        "move the assignment into a tagged cell",
        "declare it under inputs: in [meta]",
    )
    assert diagnostic.place is not None
    assert diagnostic.place.column == len("m = Ridge().fit(X=[a, ") + 1
    assert [r.place.cell for r in diagnostic.related] == [6]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        # hidden state of every kind
        ("# %%\nq = 1\n# %% [model]\nm = q", [("D04", "q")]),
        ("# %%\nimport numpy as np\n# %% [model]\nm = np.array(1)", [("D04", "np")]),
        ("# %%\ndef q(): pass\n# %% [model]\nm = q()", [("D04", "q")]),
        ("# %%\nfor q in [1]: pass\n# %% [model]\nm = q", [("D04", "q")]),
        ("# %%\nwith a as q: pass\n# %% [model]\nm = q", [("D04", "q")]),
        ("# %%\n(q := 3)\n# %% [model]\nm = q", [("D04", "q")]),
        ("# %%\nq, r = 1, 2\n# %% [model]\nm = q + r", [("D04", "q"), ("D04", "r")]),
        ("# %% [model]\nm = q\n# %%\nq = 1", [("D04", "q")]),
        ("# %%\n%%time\nq = 1\n# %% [model]\nm = q", [("D04", "q")]),
        ("# %%\nq = !ls\n# %% [model]\nm = q", [("D04", "q")]),
        ("# %%\nq = 1\nnot python\n# %% [model]\nm = q", [("D04", "q")]),
        ("# %%\nq = 1\n# %% [model]\ndef f(): return q\nm = f()", [("D04", "q")]),
        ("# %%\nq = 1\n# %% [model]\nm = [x for x in (1,) if x == q]", [("D04", "q")]),
        ("# %%\nq = 1\n# %% [model]\nclass A:\n    z = q\nm = A()", [("D04", "q")]),
        ("# %%\nq = 1\n# %% [model]\nm = 0\nm += q", [("D04", "q")]),
        ("# %%\nq = 1\n# %% [model]\nq += 1\nm = q", [("D04", "q")]),
        ("# %%\nq = 1\n# %% [model]\nm = f'{q}'", [("D04", "q")]),
        ("# %%\nq = 1\n# %% [model]\ndef f(x=q): return x\nm = f()", [("D04", "q")]),
        ("# %%\nq = 1\n# %% [model]\n@q\ndef f(): pass\nm = f", [("D04", "q")]),
        ("# %% [model]\nm = q", [("D05", "q")]),
        ("# %% [model]\nm = Out[3]", [("D05", "Out")]),
        ("# %% [model]\nm = q\nq = 1", [("D22", "q")]),
        ("# %% [model]\nm = q\n# %% [eval]\nq = 1", [("D22", "q")]),
        ("# %% [setup]\ndef f(): return q\n# %% [model]\nm = f()\n# %% [eval]\nq = 1", [("D22", "q")]),
        ("# %% [setup]\ndef g(): return q\ndef f(): return g()\nf()\nq = 1\n# %% [model]\nm = 1", [("D22", "q")]),
        ("# %% [setup]\nq = 1\ndel q\n# %% [model]\nm = q", [("D25", "q")]),
        ("# %% [setup]\ntry:\n    pass\nexcept OSError as q:\n    pass\n# %% [model]\nm = q", [("D05", "q")]),
        ("# %% [setup]\nq = []\n# %% [model]\nq.append(1)\nm = q", [("D24", "q")]),
        ("# %% [setup]\nq = {}\n# %% [model]\nq['a'] = 1\nm = q", []),
        ("# %% [setup]\nq = {'a': 1}\n# %% [model]\nq['a'] = q['a'] * 2\nm = q", [("D24", "q")]),
        ("# %% [setup]\nq = 1\n# %% [model]\nq += 1\nm = q", [("D24", "q")]),
        ("# %% [setup]\nq = 1\n# %% [model]\ndel q\nm = 1", [("D24", "q")]),
        ("# %% [setup]\nq = []\n# %% [model]\nfor x in (1, 2):\n    q.extend([x])\nm = q", [("D24", "q")]),
        ("# %% [setup]\nq = 1\n# %%\nq = 2\n# %% [model]\nm = q", [("D26", "q")]),
        ("# %% [setup]\nq = []\n# %%\nq.append(1)\n# %% [model]\nm = q", [("D26", "q")]),
        ("# %% [setup]\nq = {}\n# %%\ndel q\n# %% [model]\nm = q", [("D26", "q")]),
        # and their clean twins
        ("# %% [setup]\nq = 1\n# %% [model]\nm = q", []),
        ("# %% [setup]\nimport numpy as np\n# %%\nimport numpy as np\n# %% [model]\nm = np.array(1)", []),
        ("# %% [setup]\ndef f(): return q\nq = 1\n# %% [model]\nm = f()", []),
        ("# %% [setup]\ndef f(): return q\n# %% [features]\nq = 1\n# %% [model]\nm = f()", []),
        ("# %% [setup]\nif True:\n    q = 1\nelse:\n    q = 2\n# %% [model]\nm = q", []),
        ("# %% [setup]\ntry:\n    q = 1\nexcept OSError as e:\n    q = str(e)\n# %% [model]\nm = q", []),
        ("# %% [setup]\nq = [1]\nq.append(2)\nq += [3]\n# %% [model]\nm = q", []),
        ("# %% [setup]\nq = 1\n# %% [features]\nq = q + 1\n# %% [model]\nm = q", []),
        ("# %% [setup]\nq = 1\n# %% [model]\nm = q\n# %%\nq = 2", []),
        ("# %%\nq = 2\n# %% [setup]\nq = 1\n# %% [model]\nm = q", []),
        ("# %% [setup]\nq = 1\n# %%\nz = q\n# %% [model]\nm = q", []),
        ("# %%\nx = 1\n# %% [model]\nm = [x for x in range(3)]", []),
        ("# %%\nx = 1\n# %% [model]\nm = (lambda x: x)(1)", []),
        ("# %%\nx = 1\n# %% [model]\ndef f(x): return x\nm = f(2)", []),
        ("# %% [setup]\ndef f():\n    global q\n    q = 1\nf()\n# %% [model]\nm = q", []),
        ("# %% [setup]\ndef f():\n    def g(): return q\n    return g\nh = f()\nq = 1\n# %% [model]\nm = h()", []),
        ("# %% [setup]\ndef f(x=0):\n    return q if x else x\n# %% [model]\nm = f()\n# %% [eval]\nq = 1", [("D22", "q")]),
        ("# %% [setup]\ndef f(x=0):\n    if x: return q\nf()\nq = 1\n# %% [model]\nm = f(1)", []),
        ("# %% [setup]\nclass A:\n    def later(self): return q\na = A()\nq = 1\n# %% [model]\nm = a", []),
        ("# %% [setup]\ntry:\n    q\nexcept NameError:\n    q = 1\n# %% [model]\nm = q", []),
        ("# %% [setup]\nfrom math import *\n# %% [model]\nm = sqrt(4)", []),
        ("# %%\nfrom math import *\n# %% [model]\nm = sqrt(4)", [("D05", "sqrt")]),
    ],
)  # fmt: skip
def test_names(body: str, expected: list[tuple[str, str]]):
    assert names(body) == expected


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("featurs", "features"),
        ("Features", "features"),
        ("ridge", "Ridge"),
        ("walkforward", "walk_forward"),
        ("fwd_ret_10", "fwd_ret_10d"),
        ("fwd_ret_10D", "fwd_ret_10d"),
        ("ret_2o", "ret_20"),
    ],
)
def test_a_typo_is_told_what_was_meant(name: str, meant: str):
    (diagnostic,) = found(f"# %% [features]\nret_20 = 1\n# %% [model]\nm = {name}", "D05")
    assert f"did you mean `{meant}`" in diagnostic.message
    assert diagnostic.fix_titles[0] == f"write {meant}"


def test_a_declared_input_read_as_a_bare_name_is_told_how_inputs_are_read():
    (diagnostic,) = found("# %% [model]\nm = macro", "D05")
    assert diagnostic.fix_titles == ('write inputs["macro"]',)


def test_a_forgotten_import_is_told_what_to_import():
    (diagnostic,) = found("# %% [model]\nm = np.array([1])", "D05")
    assert "import numpy as np" in diagnostic.fix_titles[0]


def test_one_finding_a_cell_for_a_name_read_many_times():
    assert len(found("# %%\nq = 1\n# %% [model]\nm = q + q\nn = q", "D04")) == 1


def test_a_name_of_the_platform_brings_the_library_behind_it():
    text = "# %% [features]\nx = features.ret(5)\n# %% [model]\nm = {}(random_state=0).fit(X=[x], y=fwd_ret_10d)\n"
    graphs = {name: analysis(text.format(name)).graph for name in ("LightGBM", "XGBoost", "HistGB")}
    assert {name: graph.imports for name, graph in graphs.items() if graph is not None} == {
        "LightGBM": {"lightgbm"},
        "XGBoost": {"xgboost"},
        "HistGB": set(),
    }


def test_the_graph_says_what_each_cell_takes_and_leaves():
    graph = analysis(
        "# %% [setup]\nimport numpy as np\nfrom sklearn.linear_model import Ridge as R\n"
        "# %% [features]\nx = np.abs(features.ret(5))\ny_ = inputs['macro']\ndel y_\n"
        "# %%\nz = 1\n# %% [model]\nm = Ridge().fit(X=[x], y=fwd_ret_10d)\nlen([m])\n"
    ).graph
    assert graph is not None
    assert [(c.tag, sorted(c.defs), sorted(c.refs)) for c in graph.tagged] == [
        ("setup", ["R", "np"], []),
        ("features", ["x"], ["features", "inputs", "np"]),
        ("model", ["m"], ["Ridge", "fwd_ret_10d", "x"]),
    ]
    assert graph.imports == {"numpy", "sklearn"}
    assert graph.label_names == {"fwd_ret_10d"}
    assert graph.input_names == {"macro"}
    assert [cell.index for cell in graph.untagged] == [4]
    assert graph.meta is not None
    assert graph.meta.inputs == (("macro", "macro.csv"),)


def test_code_is_the_source_without_its_marker_and_lines_still_lead_back():
    graph = analysis("# %% [model]\n\nm = 1\nn = 2\n").graph
    assert graph is not None
    (cell,) = graph.tagged
    assert cell.code == "m = 1\nn = 2"
    assert cell.cell.source.split("\n")[2 - 1 + cell.line_offset] == "n = 2"


def test_a_misspelt_feature_is_found_without_running_anything():
    body = (
        "# %% [features]\na = features.retn(5)\nb = cs.rnak(a) + features.retn(6)\n# %% [model]\nm = Ridge()"
    )
    first, second = found(body, "D05")
    assert first.fix_titles == ("write features.ret",)
    assert str(first.place) == "cell 2 [features] · line 2"
    assert second.message == "unknown name `cs.rnak`: did you mean `cs.rank`?"


def test_a_namespace_of_the_cells_own_has_what_it_has():
    body = "# %% [features]\nimport tsfresh as ts\na = ts.anything(5)\nb = data.field_of_mine\n# %% [model]\nm = Ridge()"
    assert found(body, "D05") == []


def test_a_name_without_its_namespace_is_found_in_it():
    (diagnostic,) = found("# %% [model]\nm = Ridge().fit(X=[lag(data.close, 1)], y=fwd_ret_10d)", "D05")
    assert diagnostic.fix_titles == ("write ts.lag",)


def test_a_cell_further_down_is_not_offered_a_tag_but_moved_up() -> None:
    (later,) = found("# %% [model]\nm = q\n# %%\nq = 1", "D04")
    (earlier,) = found("# %%\nq = 1\n# %% [model]\nm = q", "D04")
    assert later.fixes[0].title.startswith("move cell ")
    assert not later.fixes[0].edits
    assert earlier.fixes[0].title.startswith("tag cell ")
    assert earlier.fixes[0].edits

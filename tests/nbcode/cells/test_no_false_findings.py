"""What looks like a finding and is none: guards of the rules on names, and the near twin that each must not hide."""

from __future__ import annotations

import pytest

from nbcode.cells import ModuleContext, analyse
from nbcode.notebook import parse_notebook

HEAD = "# %% [meta]\n# id: xsmom_v3\n# kind: model\n# horizon: 10d\n# owner: me\n"
NAMES = ("D04", "D05", "D22", "D24", "D25", "D26")


def found(*cells: str) -> list[tuple[str, str]]:
    """Code and name of each finding on names; cells are ``tag: source``, untagged ones ``: source``."""
    body = "".join(
        f"# %% [{tag}]\n{source}\n" if tag else f"# %%\n{source}\n"
        for tag, _, source in (cell.partition(": ") for cell in cells)
    )
    reading = parse_notebook((HEAD + body).encode(), "notebook.py")
    assert reading.notebook is not None
    told = analyse(reading.notebook).diagnostics
    return [(d.code[-3:], d.message.split("`")[1]) for d in told if d.code[-3:] in NAMES]


def test_what_is_bound_anew_after_an_exploratory_change_is_not_told_as_changed():
    assert found("setup: q = 1", ": q = 2", "features: q = 3", "model: m = q") == []
    assert found("setup: q = 1", ": q = 2", "features: n = 3", "model: m = q") == [("D26", "q")]


def test_an_option_of_an_imported_module_may_be_set():
    setting = "pd.options.mode.copy_on_write = True"
    assert found("setup: import pandas as pd", f"features: {setting}", "model: m = pd") == []
    repeated = "pd.width = pd.width + 1"
    assert found("setup: import pandas as pd", f"features: {repeated}", "model: m = pd") == []
    assert found("setup: pd = object()", f"features: {repeated}", "model: m = pd") == [("D24", "pd")]


def test_an_exploratory_cell_may_set_an_option_of_an_imported_module_and_change_what_is_not_read_later():
    assert (
        found("setup: import pandas as pd", ": pd.options.mode.copy_on_write = True", "model: m = pd") == []
    )
    assert found("setup: q = []", "features: n = q", ": q.append(1)", "model: m = n") == []


def test_filling_a_dict_with_a_default_gives_the_same_the_second_time():
    assert found("setup: q = {'a': 1}", 'features: n = q.setdefault("a", 1)', "model: m = n") == []


@pytest.mark.parametrize("change", ['q.pop("a")', "q.popitem()"])
def test_what_takes_from_a_dict_changes_it_also_where_its_value_is_used(change: str):
    assert found("setup: q = {'a': 1}", f"features: n = {change}", "model: m = n") == [("D24", "q")]
    assert found("setup: q = {'a': 1}", f"features: q = dict(q)\nn = {change}", "model: m = n") == []


def test_a_name_that_an_except_clause_borrows_is_taken_to_be_there_afterwards():
    """Python deletes it only when the handler runs; the clean run tells that, and a warning at each `except` would be false."""
    handler = "try:\n    n = 1\nexcept OSError as e:\n    n = 2"
    assert found("setup: e = 1", f"features: {handler}", "model: m = e") == []
    assert found(f"features: {handler}", "model: m = e") == [("D05", "e")]


def test_methods_do_not_see_the_names_of_their_class():
    assert found("setup: q = 1", "model: class A:\n    q = 2\n    def f(self): return q\nm = A().f()") == []
    assert found("model: class A:\n    q = 2\n    def f(self): return q\nm = A().f()") == [("D05", "q")]


def test_a_deferred_read_of_what_comes_later_in_the_notebook_is_no_finding():
    assert found("setup: def f(): return q", "features: q = 1", "model: m = f()") == []
    assert found("setup: def f(): return q", "features: n = f()\nq = 1", "model: m = n") == [("D22", "q")]


@pytest.mark.parametrize(
    "cell",
    [
        "setup: def clean(features):\n    return features.dropna().iloc[1:]",
        "setup: def lagged(frame):\n    features = []\n    features.append(frame)\n    return features",
        "setup: def stamp(index): return [ts.strftime('%Y') for ts in index]",
        "setup: spread = lambda cs: cs.max() - cs.min()",
        "setup: stamps = {ts.year for ts in []}",
    ],
)
def test_a_parameter_or_local_of_the_name_of_a_namespace_is_no_namespace(cell: str):
    assert found(cell, "model: m = 1") == []
    assert found(cell, "model: m = features.append") == [("D05", "features.append")]


def test_a_local_called_inputs_reads_no_declared_input():
    head = HEAD.replace("# owner", "# inputs: {prices: p.csv}\n# owner")
    local = "def read(tokenizer):\n    inputs = tokenizer('x')\n    return inputs['ids']\n"
    for source, codes in ((local, []), (local + "n = inputs['ids']\n", ["NBC-D27"])):
        text = f"{head}# %% [setup]\n{source}# %% [model]\nm = 1\n"
        reading = parse_notebook(text.encode(), "notebook.py")
        assert reading.notebook is not None
        told = [d.code for d in analyse(reading.notebook).diagnostics if d.code == "NBC-D27"]
        assert told == codes


def severities(*cells: str) -> list[tuple[str, str]]:
    body = "".join(f"# %% [{tag}]\n{source}\n" for tag, _, source in (cell.partition(": ") for cell in cells))
    reading = parse_notebook((HEAD + body).encode(), "notebook.py")
    assert reading.notebook is not None
    return [
        (d.code[-3:], str(d.severity)) for d in analyse(reading.notebook).diagnostics if d.code[-3:] in NAMES
    ]


def test_a_name_that_is_missing_in_a_function_that_nothing_mentions_is_a_note():
    function = "setup: def old():\n    return not_there"
    assert severities(function, "model: m = 1") == [("D05", "note")]
    assert severities(function, "model: m = old()") == [("D05", "error")]
    assert severities(function, "model: m = [old]") == [("D05", "error")]
    assert severities("setup: @register\n" + function.removeprefix("setup: "), "model: m = 1")[-1] == (
        "D05",
        "error",
    )


EXPECTED_MISSING = [
    "try:\n    q = {0}\nexcept NameError:\n    q = 1",
    "try:\n    q = {0}\nexcept (OSError, NameError):\n    q = 1",
    "try:\n    try:\n        q = {0}\n    finally:\n        p = 1\nexcept NameError:\n    q = 1",
    "def f():\n    try:\n        return {0}\n    except NameError:\n        return 1\nq = f()",
    "import contextlib\nwith contextlib.suppress(NameError):\n    q = {0}",
    "q = {0} if '{0}' in globals() else 1",
    "q = 1 if '{0}' not in dir() else {0}",
    "if '{0}' in locals():\n    q = {0}\nelse:\n    q = 1",
    "if not '{0}' in vars():\n    q = 1\nelse:\n    q = {0}",
]
NOT_EXPECTED = [
    "q = {0}",
    "try:\n    q = {0}\nexcept OSError:\n    q = 1",
    "try:\n    q = 1\nexcept NameError:\n    q = {0}",
    "try:\n    q = 1\nexcept NameError:\n    pass\nelse:\n    q = {0}",
    "try:\n    q = {0}\nexcept NameError as e:\n    raise ValueError from e",
    "try:\n    def f(): return {0}\nexcept NameError:\n    q = 1\nq = f()",
    "if '{0}' in globals():\n    q = 1\nelse:\n    q = {0}",
    "q = {0} if 'other' in globals() else 1",
    "import contextlib\nwith contextlib.suppress(OSError):\n    q = {0}",
]


@pytest.mark.parametrize("source", EXPECTED_MISSING)
@pytest.mark.parametrize("name", ["__file__", "IN_HOUSE"])
def test_a_read_that_expects_a_missing_name_is_no_finding(source: str, name: str):
    assert found(f"setup: {source.format(name)}", "model: m = 1") == []


@pytest.mark.parametrize("source", EXPECTED_MISSING)
def test_a_name_that_only_the_kernel_has_is_told_whatever_expects_it_to_be_missing(source: str):
    """There the kernel goes another way than the clean run."""
    assert found(": IN_HOUSE = 1", f"setup: {source.format('IN_HOUSE')}", "model: m = 1") == [
        ("D04", "IN_HOUSE")
    ]


@pytest.mark.parametrize("source", NOT_EXPECTED)
@pytest.mark.parametrize("name", ["__file__", "IN_HOUSE"])
def test_a_read_that_nothing_catches_is_told(source: str, name: str):
    assert found(f"setup: {source.format(name)}", "model: m = 1") == [("D05", name)]


@pytest.mark.parametrize("handler", ["except:", "except Exception:", "except (KeyError, BaseException):"])
def test_a_handler_of_everything_makes_a_note_of_a_missing_name(handler: str):
    source = f"try:\n    q = featurs.ret(20)\n{handler}\n    q = None"
    assert severities(f"setup: {source}", "model: m = 1") == [("D05", "note")]
    assert severities(f"setup: {source}\np = featurs", "model: m = 1") == [("D05", "note"), ("D05", "error")]
    assert severities(f"setup: {source.replace('featurs.ret(20)', '__file__')}", "model: m = 1") == []
    assert severities(f"setup: {source.replace('None', 'featurs')}", "model: m = 1") == [
        ("D05", "note"),
        ("D05", "error"),
    ]


def test_what_a_function_that_nothing_calls_lacks_hides_no_error_below():
    function = "setup: def old():\n    return not_there"
    assert severities(f"{function}\nq = not_there", "model: m = 1") == [("D05", "note"), ("D05", "error")]


def test_a_cell_asks_for_its_file_in_quotes():
    notebook = parse_notebook(
        f"{HEAD}# %% [setup]\nfrom pathlib import Path\nROOT = Path(__file__).parent\n# %% [model]\nm = 1\n".encode(),
        "n.py",
    ).notebook
    assert notebook is not None
    (told,) = [d for d in analyse(notebook).diagnostics if d.code == "NBC-D05"]
    (edit,) = told.fixes[0].edits
    assert (edit.line, edit.column, edit.end_column, edit.text) == (3, 13, 21, '"__file__"')
    assert "os.getcwd()" in told.fix_titles[1]
    assert found('setup: from pathlib import Path\nROOT = Path("__file__").parent', "model: m = 1") == []


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ('q = 1 if "x" in globals() else 2', []),
        ('if "x" not in globals():\n    q = 1', []),
        ('globals()["q"] = 1', ["NBC-D28"]),
        ('q = globals().get("x")', ["NBC-D28"]),
        ('q = "x" in globals() or globals()["x"]', ["NBC-D28"]),
        ("q = p in globals()", ["NBC-D28"]),
    ],
)
def test_asking_whether_a_name_is_there_hides_none(source: str, told: list[str]):
    notebook = parse_notebook(
        f"{HEAD}# %% [setup]\np = 1\n{source}\n# %% [model]\nm = 1\n".encode(), "n.py"
    ).notebook
    assert notebook is not None
    assert [d.code for d in analyse(notebook).diagnostics if d.code == "NBC-D28"] == told


def shadowed(*cells: str) -> list[str]:
    body = "".join(f"# %% [{tag}]\n{source}\n" for tag, _, source in (cell.partition(": ") for cell in cells))
    reading = parse_notebook((HEAD + body).encode(), "notebook.py")
    assert reading.notebook is not None
    return [d.message.split("`")[1] for d in analyse(reading.notebook).diagnostics if d.code == "NBC-D23"]


def test_a_provided_name_is_shadowed_only_where_its_meaning_is_also_read():
    own = "features: data = 1\nfeatures = ['open']\nlabels = data\nmax = 3"
    assert shadowed(own, "model: m = (data, features, labels, max)") == []
    assert shadowed("setup: x = features.ret(5)", own, "model: m = data") == ["features"]
    assert shadowed("setup: x = max(1, 2)", own, "model: m = data") == ["max"]


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        ('df["x"] = f(df["y"])', False),
        ('df["x"] = df.y * 2', False),
        ('df.loc[df.y > 0, "x"] = 1', False),
        ('df["x"] = df.groupby("s").close.pct_change(5)', False),
        ("df.columns = ['a', 'b']", False),
        ('df["date"] = pd.to_datetime(df["date"])', False),
        ('df["x"] = df["x"].astype(float).fillna(0)', False),
        ("df.dropna(inplace=True)", False),
        ('df.sort_values("date", inplace=True)', False),
        ("df.update({'a': 1})", False),
        ("df.add(3)", False),
        ('df["x"] = df["x"] * 2', True),
        ('df["x"] = df.x.shift(1)', True),
        ('df.x = df["x"] - 1', True),
        ('df.loc[:, "x"] = df["x"] * 2', True),
        ('df["x"] += 1', True),
        ("df[cols] = df[cols] / 2", True),
        ('df["mean"] = df.mean(axis=1)', True),
        ("df.append(1)", True),
        ("df.reset_index(inplace=True)", True),
        ("df.drop(columns='a', inplace=True)", True),
        ("df.update({'a': df})", True),
        ("del df['x']", True),
        ("df.reverse()", True),
    ],
)
def test_another_cells_value_is_told_as_changed_only_where_a_second_run_differs(change: str, differs: bool):
    cells = ("setup: df = f = pd = cols = object()", f"features: {change}", "model: m = df")
    assert found(*cells) == ([("D24", "df")] if differs else [])


def test_what_differs_is_told_also_behind_what_does_not():
    cells = ("setup: df = object()", 'features: df["x"] = 1\ndf["y"] = df["y"] + 1', "model: m = df")
    assert found(*cells) == [("D24", "df")]


@pytest.mark.parametrize(
    ("surroundings", "codes"),
    [
        (ModuleContext(beside=frozenset({"utils"})), ["NBC-D09"]),
        (ModuleContext(beside=frozenset({"utils"}), locked=frozenset({"numpy"})), ["NBC-D09"]),
        (ModuleContext(beside=frozenset({"utils"}), locked=frozenset({"utils"})), ["NBC-D07"]),
        (ModuleContext(), ["NBC-D07"]),
    ],
)
def test_a_star_of_a_module_whose_source_is_in_the_spec_is_no_finding(
    surroundings: ModuleContext, codes: list[str]
) -> None:
    text = HEAD + "# %% [setup]\nfrom utils import *\n# %% [model]\nm = helper(data.close)\n"
    notebook = parse_notebook(text.encode(), "notebook.py").notebook
    assert notebook is not None
    told = analyse(notebook, surroundings).diagnostics
    assert [d.code for d in told if d.code in {"NBC-D05", "NBC-D07", "NBC-D09"}] == codes


FILLED = "models[1] = Ridge().fit(inputs['x'], inputs['y'])"


@pytest.mark.parametrize(
    ("filling", "told"), [(FILLED, False), ("models.update({1: Ridge()})", False), ("print(models)", True)]
)
def test_a_collection_that_is_filled_is_no_collection_without_a_model(filling: str, told: bool) -> None:
    text = (
        "# %% [meta]\n# id: probe\n# kind: model\n# horizon: 5d\n# owner: someone\n# model: models\n"
        f"# %% [model]\nfrom sklearn.linear_model import Ridge\nmodels = {{}}\n{filling}\n"
    )
    notebook = parse_notebook(text.encode(), "n.py").notebook
    assert notebook is not None
    found = [d for d in analyse(notebook).diagnostics if d.code == "NBC-D15"]
    assert any("without a model" in d.message for d in found) is told

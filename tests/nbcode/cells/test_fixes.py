"""A fix that a program can make is made: the finding goes, and nothing else comes."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from fakes.bad_inputs import EVAL, FEATURES, META, MODEL, SECTION_A, SECTION_B, SECTION_C, SECTION_D, Row
from nbcode.cells import ModuleContext, analyse
from nbcode.notebook import OpenCell, apply_fix, parse_notebook, read_cells
from nbcode.primitives import Diagnostic, Fix, MetadataEdit, TextEdit, errors_of

ROWS = (*SECTION_A, *SECTION_B, *SECTION_C, *SECTION_D)
SURROUNDINGS = ModuleContext(locked=frozenset({"numpy", "pandas", "sklearn"}))


def code(source: str, *tags: str, title: str | None = None) -> OpenCell:
    return OpenCell(kind="code", source=source, tags=tags, title=title)


def notebook(**changed: str | OpenCell) -> list[OpenCell]:
    """A good notebook, its cells by tag, with some of them changed or added (in the order meta, setup, ...)."""
    cells: dict[str, str | OpenCell] = {
        "meta": f"# %% [meta]\n{META}",
        "setup": "# %% [setup]\nimport pandas as pd",
        "look": "",
        "features": f"# %% [features]\n{FEATURES}",
        "model": f"# %% [model]\n{MODEL}",
        "eval": f"# %% [eval]\n{EVAL}",
        **changed,
    }
    return [cell if isinstance(cell, OpenCell) else code(cell) for cell in cells.values()]


def meta(old: str, new: str) -> list[OpenCell]:
    assert old in META
    return notebook(meta=f"# %% [meta]\n{META.replace(old, new)}")


def more_meta(line: str) -> list[OpenCell]:
    return notebook(meta=f"# %% [meta]\n{META}\n# {line}")


def features(text: str) -> list[OpenCell]:
    return notebook(features=f"# %% [features]\n{FEATURES}\n{text}")


IN = 'inputs: {macro: "data/macro.csv"}'
EXAMPLES: dict[str, tuple[str, list[OpenCell]]] = {
    "NUL": ("A14", features("x = 1\0")),
    "tag misspelt in the marker": ("B04", notebook(model=f"# %% [modle] ridge\n{MODEL}")),
    "tag misspelt in the metadata": ("B04", notebook(model=code(MODEL, "hide", "modle"))),
    "tag misspelt in the title": ("B04", notebook(model=code(MODEL, title="[modle] ridge"))),
    "tag misspelt in a marker's metadata": ("B04", notebook(model=f'# %% tags=["hide", "modle"]\n{MODEL}')),
    "tag in capitals": ("B05", notebook(model=f"# %% [Model]\n{MODEL}")),
    "tag in capitals in the metadata": ("B05", notebook(model=code(MODEL, "MODEL"))),
    "letter of another script": ("B06", notebook(model=f"# %% [m\u043edel]\n{MODEL}")),
    "no space in the marker": ("B07", notebook(model=f"# %%[model]\n{MODEL}")),
    "marker below a comment": ("B07", notebook(model=f"# why\n# %% [model]\n{MODEL}")),
    "no space at all": ("B07", notebook(model=f"#%%[model]\n{MODEL}")),
    "tag on a text": ("B08", notebook(look=OpenCell(kind="markdown", source="text", tags=("model",)))),
    "titled text": ("B08", notebook(look=OpenCell(kind="raw", source="text", title="[model]"))),
    "empty tagged cell": ("B13", notebook(look="# %% [features] later\n# nothing yet")),
    "invisible letter": ("B14", notebook(model=code(MODEL, "mo\u200bdel"))),
    "Kale's tag": ("B16", notebook(setup=code("import pandas as pd", "imports"))),
    "ambiguous word": ("C05", more_meta("description: NO  # a remark")),
    "ambiguous number": ("C05", more_meta("description: 1_000")),
    "in braces": ("C05", more_meta("inputs: {a: b.csv, macro: 12:30}")),
    "bare date": ("C06", more_meta("description: 2024-01-31")),
    "long number": ("C08", more_meta("description: 9007199254740992")),
    "document": ("C10", more_meta("---")),
    "tab": ("C11", more_meta("description:\tx")),
    "tab before a key of a mapping": ("C11", more_meta("inputs:\n#\tmacro: data/macro.csv")),
    "tabs in a mapping": ("C11", more_meta("inputs:\n#   a: a.csv\n# \tb:\tb.csv")),
    "tab before a key": ("C11", notebook(meta="# %% [meta]\n" + META.replace("# owner", "#\towner"))),
    "key misspelt": ("C12", meta("owner:", "ownr:")),
    "key unknown": ("C12", more_meta("colour: red")),
    "horizon without unit": ("C13", meta("10d", "10")),
    "horizon in weeks": ("C13", meta("10d", "2w")),
    "horizon in words": ("C13", meta("10d", "2 weeks")),
    "horizon in capitals": ("C13", meta("10d", "10D")),
    "other kind": ("C13", meta("kind: model", "kind: factor")),
    "no name": ("C14", meta("xsmom_v3", "XSMOM v3")),
    "keys missing": ("C18", meta("# owner: my-team", "")),
    "keys missing, indented": (
        "C18",
        notebook(meta="# %% [meta]\n#   id: x1\n#   kind: model\n#   owner: me"),
    ),
    "no space after the colon": ("C19", more_meta("description:x y")),
    "no space after the colon of a needed key": ("C19", meta("owner: ", "owner:")),
    "no space after the colon, below a key": ("C19", more_meta("inputs:\n#   macro:data/macro.csv")),
    "no space after the colon, in braces": ("C19", more_meta("inputs: {macro:data/macro.csv}")),
    "colon in a value": ("C19", more_meta("description: a: b")),
    "marker inside a cell": ("B17", features("# %% cleaned\nx = 1")),
    "prompt inside a cell": ("B17", features("# In[3]:\nx = 1")),
    "model of another name": (
        "D15",
        notebook(
            model="# %% [model]\nridge = Ridge().fit(X=[ret_20], y=fwd_ret_10d)",
            eval="# %% [eval]\nreport = walk_forward(ridge)",
        ),
    ),
    "report of another name": ("H08", notebook(eval="# %% [eval]\nresult = walk_forward(m)")),
    "parameter misspelt": ("D32", features("x = features.ret(windw=3)")),
    "timed line": ("D02", features("%time x = features.ret(3)")),
    "screen magic": ("D02", features("%matplotlib inline\nx = 1")),
    "name of an untagged cell": (
        "D04",
        notebook(look="a = 2", features=f"# %% [features]\n{FEATURES}\nb = a"),
    ),
    "name of a marked cell": (
        "D04",
        notebook(look="# %% a look\na = 2", features=f"# %% [features]\n{FEATURES}\nb = a"),
    ),
    "declared input": (
        "D05",
        notebook(
            meta=f"# %% [meta]\n{META}\n# {IN}", features=f"# %% [features]\n{FEATURES}\né = (1, macro)"
        ),
    ),
    "name misspelt": ("D05", features("long_name = 1\nb = ('é', lnog_name)")),
    "word of the language": ("D05", features("b = features.retn(window=20)")),
    "word without its space": ("D05", features("b = lag(ret_20, 2)")),
    "import forgotten": ("D05", features("b = np.pi")),
    "module misspelt": ("D08", notebook(setup="# %% [setup]\nimport panda as pd\nx = pd.Series()")),
    "no seed": ("D10", features("from sklearn.cluster import KMeans\nk = KMeans(3)")),
    "no seed and no argument": ("D10", features("from sklearn.cluster import KMeans\nk = KMeans()")),
    "no seed, comma at the end": (
        "D10",
        features("from sklearn.cluster import KMeans\nk = KMeans(\n    3,\n)"),
    ),
    "seed None": ("D10", features("from sklearn.cluster import KMeans\nk = KMeans(random_state=None)")),
    "threads": ("D10", features("from sklearn.linear_model import Lars\nk = Lars(n_jobs=-1)")),
    "rows drawn": ("D11", features("f = pd.DataFrame({'a': [1]}).sample(frac=0.5)")),
    "control character": ("D13", features("# a\u202eb")),
    "name in another form": ("D14", features("ﬁt = 1\ny = ﬁt + ﬁt")),
    "encoding": ("D18", notebook(setup="# %% [setup]\n# -*- coding: latin-1 -*-\nimport pandas as pd")),
    "other horizon": ("D21", meta("10d", "5d")),
    "input misspelt": (
        "D27",
        notebook(
            meta=f"# %% [meta]\n{META}\n# {IN}", features=f'# %% [features]\n{FEATURES}\nx = inputs["marco"]'
        ),
    ),
}


def findings(cells: Sequence[OpenCell]) -> tuple[Diagnostic, ...]:
    reading = read_cells(cells, "n.ipynb")
    assert reading.notebook is not None
    return (*reading.diagnostics, *analyse(reading.notebook, SURROUNDINGS).diagnostics)


def mechanical(found: Sequence[Diagnostic]) -> list[tuple[Diagnostic, Fix]]:
    return [(d, fix) for d in found for fix in d.fixes if fix.mechanical]


def what(found: Sequence[Diagnostic]) -> list[tuple[str, str, int | None]]:
    return sorted((d.code, d.message, d.place.cell if d.place else None) for d in found)


def test_the_notebook_that_the_examples_are_made_from_has_no_finding():
    assert what(findings(notebook())) == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_fix_leaves_nothing_to_find(name: str):
    wanted, cells = EXAMPLES[name]
    offered = [(d, fix) for d, fix in mechanical(findings(cells)) if d.code == f"NBC-{wanted}"]
    assert offered, what(findings(cells))
    for _, fix in offered[:1]:
        assert what(errors_of(findings(apply_fix(cells, fix)))) == []
        assert f"NBC-{wanted}" not in {d.code for d in findings(apply_fix(cells, fix))}


def open_cells(row: Row) -> list[OpenCell] | None:
    """The cells of a bad input as an editor holds them; None where it cannot be opened."""
    data = row.data()
    reading = parse_notebook(data, row.name)
    if reading.notebook is None:
        return None
    if row.name.endswith(".py"):
        return [OpenCell(kind=c.kind, source=c.source) for c in reading.notebook.cells]
    cells = json.loads(data)["cells"]
    if any(not isinstance(c, dict) or not isinstance(c.get("source"), str) for c in cells):
        return None
    found = []
    for c in cells:
        given = c.get("metadata")
        tags = given.get("tags", []) if isinstance(given, dict) else []
        title = given.get("title") if isinstance(given, dict) else None
        if c["cell_type"] not in {"code", "markdown", "raw"} or not isinstance(tags, list):
            return None
        found.append(
            OpenCell(kind=c["cell_type"], source=c["source"], tags=tuple(tags), title=title, id=c.get("id"))
        )
    return found


def test_every_fix_of_every_bad_input_takes_its_finding_away():
    fixed: set[str] = set()
    for row in ROWS:
        cells = open_cells(row)
        before = findings(cells) if cells is not None else ()
        for diagnostic, fix in mechanical(before):
            assert cells is not None
            after = findings(apply_fix(cells, fix))
            assert what(after).count(what([diagnostic])[0]) < what(before).count(what([diagnostic])[0]), (
                row.code,
                diagnostic,
                fix,
            )
            fixed.add(diagnostic.code)
    assert len(fixed) > 20


def test_every_code_with_edits_has_an_example():
    offered = set()
    for row in ROWS:
        cells = open_cells(row)
        offered |= {d.code for d, _ in mechanical(findings(cells))} if cells is not None else set()
    assert offered <= {f"NBC-{wanted}" for wanted, _ in EXAMPLES.values()}


def test_a_fix_of_another_text_is_refused():
    edit = TextEdit(cell=1, line=3, column=1, end_line=3, end_column=2, text="")
    with pytest.raises(ValueError, match="there is no line 3, column 1"):
        apply_fix([code("x = 1")], Fix(title="", edits=(edit,)))
    with pytest.raises(ValueError, match="there is no cell 2"):
        apply_fix(
            [code("x = 1")], Fix(title="", metadata=(MetadataEdit(cell=2, key="tags", old="a", new="b"),))
        )
    with pytest.raises(ValueError, match="there is no tag 'a'"):
        apply_fix(
            [code("x = 1")], Fix(title="", metadata=(MetadataEdit(cell=1, key="tags", old="a", new="b"),))
        )


def test_edits_of_one_fix_count_in_the_text_as_it_was():
    edits = (
        TextEdit(cell=1, line=1, column=1, end_line=1, end_column=2, text="long"),
        TextEdit(cell=1, line=1, column=5, end_line=2, end_column=2, text="z"),
        TextEdit(cell=1, line=3, column=1, end_line=4, end_column=1, text=""),
    )
    (cell,) = apply_fix([code("x = y\ny = 2\nlast")], Fix(title="", edits=edits))
    assert cell.source == "long = z = 2\n"

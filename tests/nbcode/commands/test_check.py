"""``nbcode check`` and ``nbcode explain`` as values."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fakes.bad_inputs import FEATURES, percent
from fakes.patience import ENOUGH_S
from nbcode.cells import analyse
from nbcode.cells.rules import RULES
from nbcode.commands.check import check
from nbcode.commands.explain import explain
from nbcode.diagnostics import all_codes, diagnostics_page
from nbcode.notebook import parse_notebook
from nbcode.primitives import Exit, NbcodeError, Severity

ROOT = Path(__file__).parents[3]


def written(tmp_path: Path, data: bytes, name: str = "n.py") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def test_a_clean_notebook_is_done(tmp_path: Path):
    result = check(written(tmp_path, percent()))
    assert result.ok
    assert result.exit_code is Exit.DONE
    shown = result.to_json()
    assert shown["ok"] is True
    assert shown["diagnostics"] == []
    assert shown["model"] == "xsmom_v3"
    json.dumps(shown)


def test_a_finding_has_the_fields_that_the_command_promises(tmp_path: Path):
    result = check(written(tmp_path, percent(features=f"{FEATURES}\nx = unknown_thing")))
    (diagnostic,) = result.to_json()["diagnostics"]
    assert {"code", "severity", "cell", "line", "column", "message", "fixes"} <= diagnostic.keys()
    assert (diagnostic["code"], diagnostic["cell"], diagnostic["line"], diagnostic["column"]) == (
        "NBC-D05",
        2,
        3,
        5,
    )
    assert result.exit_code is Exit.USER


def test_warnings_do_not_stop(tmp_path: Path):
    result = check(written(tmp_path, percent(features=f"{FEATURES}\nfeatures = 1")))
    assert result.ok
    assert result.count(Severity.WARNING) == 1
    assert result.exit_code is Exit.DONE


def test_a_safety_finding_has_the_exit_code_of_safety(tmp_path: Path):
    assert check(written(tmp_path, percent(features=f"{FEATURES}  # \u202e"))).exit_code is Exit.SAFETY


def test_a_file_that_cannot_be_read_is_a_finding(tmp_path: Path):
    result = check(tmp_path / "gone.ipynb")
    assert [d.code for d in result.diagnostics] == ["NBC-A29"]
    assert result.to_json()["cells"] == 0


def test_a_module_beside_the_notebook_is_found(tmp_path: Path):
    (tmp_path / "mine.py").write_text("x = 1\n")
    result = check(written(tmp_path, percent(features=f"import mine\n{FEATURES}")))
    assert [d.code for d in result.diagnostics] == ["NBC-D09"]


@pytest.mark.parametrize("code", ["D04", "NBC-D04", "nbc-d04", "NB101", "nb101"])
def test_a_code_is_explained_in_each_of_its_forms(code: str):
    page = explain(code)
    assert page.code == "NBC-D04"
    assert "Bad::" in page.text
    assert page.to_json()["title"] == "undeclared name"


@pytest.mark.parametrize("code", ["D99", "", "x" * 100, "NBC-Z01"])
def test_an_unknown_code_is_the_users_error(code: str):
    with pytest.raises(NbcodeError, match="unknown code") as raised:
        explain(code)
    assert raised.value.exit_code is Exit.USER


def test_every_rule_has_a_page_with_why_bad_and_good():
    for rule in RULES:
        text = rule.__doc__ or ""
        assert all(part in text for part in ("Why:", "Bad::", "Good::")), rule.CODE
        assert rule.__name__.rpartition(".")[2].startswith(rule.CODE.lower())


def test_every_code_of_the_bad_inputs_is_explained():
    wanted = [
        *(f"A{n:02}" for n in range(1, 29)),
        *(f"B{n:02}" for n in range(1, 15)),
        *(f"C{n:02}" for n in range(1, 18)),
    ]
    wanted += [
        *(f"D{n:02}" for n in range(1, 20)),
        *(f"E{n:02}" for n in range(1, 19)),
        *(f"H{n:02}" for n in range(1, 20)),
    ]
    assert [code for code in wanted if f"NBC-{code}" not in all_codes()] == []


def test_every_code_that_the_project_names_is_explained():
    named = {
        found
        for path in (ROOT / "python").rglob("*.py")
        for found in re.findall(r'"(?:NBC-)?([A-JR]\d\d)"', path.read_text("utf-8"))
    }
    assert len(named) > 100
    assert sorted(code for code in named - {"B00"} if f"NBC-{code}" not in all_codes()) == []


def test_the_diagnostics_page_is_current():
    assert (ROOT / "docs/format/diagnostics.md").read_text("utf-8") == diagnostics_page()


def examples() -> list[tuple[str, str, str]]:
    """(code, kind, cells) of each rule's examples that are whole enough to check."""
    found = []
    for rule in RULES:
        for kind in ("Bad", "Good"):
            body = (rule.__doc__ or "").partition(f"{kind}::")[2].partition("\n\nGood::")[0]
            text = "\n".join(line[4:] for line in body.split("\n"))
            if rule.CODE in {"D24", "D25", "D26", "D22", "D23", "B12", "D20"}:
                found.append((rule.CODE, kind, text))
    return found


@pytest.mark.parametrize(("code", "kind", "text"), examples())
def test_an_example_of_the_manual_is_what_it_says(code: str, kind: str, text: str):
    head = (
        "# %% [meta]\n# id: xsmom_v3\n# kind: model\n# horizon: 10d\n# owner: me\n# inputs: {prices: p.csv}\n"
    )
    head += "# %% [features]\nret_20 = features.ret(20)\nret_60 = features.ret(60)\n"
    first = (
        ""
        if "# %%" in text.split("m = ", maxsplit=1)[0] or text.lstrip().startswith("# %%")
        else "# %% [model]\n"
    )
    reading = parse_notebook((head + first + text).encode(), "n.py")
    assert reading.notebook is not None
    codes = {d.code for d in analyse(reading.notebook).diagnostics}
    assert (f"NBC-{code}" in codes) == (kind == "Bad"), codes


def test_checking_loads_nothing_heavy():
    heavy = "numpy pandas sklearn pyarrow mlflow papermill nbformat sqlalchemy rich matplotlib yaml".split()
    program = (
        "import sys; from nbcode.commands.check import check; from pathlib import Path; "
        f"check(Path({str(ROOT / 'examples')!r})); print([m for m in {heavy!r} if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=ENOUGH_S
    )
    assert done.stdout.strip() == "[]"

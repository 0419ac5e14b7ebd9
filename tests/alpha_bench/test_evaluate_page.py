"""The how-to on universes, labels and splitters is what the project does; the YAML page's document is valid."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from alpha_bench import data, fwd_ret, labels
from alpha_bench.definitions.model import ModelDefinition
from alpha_bench.definitions.yaml.document import read_yaml
from alpha_bench.operators import Kind
from alpha_bench.session.evaluations import Evaluation

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "how-to" / "evaluate.md").read_text(encoding="utf-8")
YAML_PAGE = (DOCS / "format" / "model-yaml.md").read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def test_the_pages_code_runs() -> None:
    names: dict[str, object] = {}
    first, second = blocks(PAGE, "python")
    exec(first, names)
    assert isinstance(names["model"], ModelDefinition)
    imports, *calls = [line for line in second.splitlines() if line]
    exec(imports, names)
    assert len(calls) == 5
    for call in calls:
        assert isinstance(eval(call, names), Evaluation)


@pytest.mark.parametrize("written", re.findall(r"^\| `([^`]+)`", PAGE, flags=re.MULTILINE))
def test_every_label_of_the_table_is_one(written: str) -> None:
    label = eval(written, {"labels": labels, "fwd_ret": fwd_ret, "data": data})
    assert label.kind is Kind.LABEL
    assert label.lookahead in {10, 11}


def test_the_yaml_page_shows_a_valid_document() -> None:
    (document,) = blocks(YAML_PAGE, "yaml")
    assert read_yaml(document).problems == ()


def test_the_yaml_page_shows_what_validate_says(tmp_path: Path) -> None:
    import io

    from alpha_bench.cli import main

    path = tmp_path / "model.yaml"
    path.write_text("features:\n  - ret(5)\n  - rett(20)\nlabel: fwd_ret_10d\nmodel: Rige\n")
    out, err = io.StringIO(), io.StringIO()
    assert main(["validate", str(path)], out, err) == 2
    assert err.getvalue().replace(str(path), "model.yaml") in YAML_PAGE

"""The page on predicting is what a fitted model does."""

from __future__ import annotations

import re
from pathlib import Path

from alpha_bench import PredictionWarning, errors

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "predict.md").read_text(encoding="utf-8")


def test_the_pages_code_runs_and_its_asserts_hold() -> None:
    names: dict[str, object] = {}
    blocks = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    assert len(blocks) == 5
    for block in blocks:
        exec(block, names)


def test_every_class_of_warning_is_on_the_page() -> None:
    for kind in PredictionWarning.__subclasses__():
        assert f"`{kind.__name__}`" in PAGE
        assert getattr(errors, kind.__name__) is kind

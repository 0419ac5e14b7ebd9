"""The page on predicting names every class of warning. Its blocks run in tests/acceptance/test_pages.py."""

from __future__ import annotations

from pathlib import Path

import alpha_bench

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "predict.md").read_text(encoding="utf-8")


def test_every_class_of_warning_is_on_the_page_and_at_the_door() -> None:
    kinds = alpha_bench.PredictionWarning.__subclasses__()
    assert len(kinds) == 2
    for kind in kinds:
        assert f"`{kind.__name__}`" in PAGE
        assert getattr(alpha_bench, kind.__name__) is kind

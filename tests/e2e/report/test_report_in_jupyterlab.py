"""A report as a cell's output in a real JupyterLab: all pictures, and the script where the output is trusted."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api")

from e2e.jupyterlab.lab import CHROMIUM, browser, jupyterlab, run_all, write_notebook

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs chromium: sudo make system")

CELL = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from alpha_bench import Ridge, evaluate, features, fwd_ret, walk_forward
from fakes.books import panel_with_groups
report = evaluate(walk_forward(Ridge().fit(X=[features.ret(5)], y=fwd_ret(5)), folds=3), panel_with_groups())
report
"""


def test_a_report_shows_itself_and_is_read_by_the_pointer(tmp_path: Path) -> None:
    root, home = tmp_path / "research", tmp_path / "home"
    root.mkdir()
    home.mkdir()
    write_notebook(root / "report.ipynb", [CELL])
    with jupyterlab(root, home) as lab, browser(lab, "report.ipynb", height=1400) as page:
        run_all(page, 1)
        page.locator(".ab figure > svg").first.wait_for()
        assert page.locator(".ab figure > svg").count() > 10
        assert page.locator(".ab[data-live]").count() == 1
        picture = page.locator(".ab figure > svg[data-read]").first
        picture.scroll_into_view_if_needed()
        box = picture.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        told = picture.locator("g text").filter(has_text="before costs:").first.text_content()
        assert told is not None
        assert told.endswith(" %")

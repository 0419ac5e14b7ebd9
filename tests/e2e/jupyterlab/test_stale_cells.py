"""A stale report in JupyterLab, as a person sees it: a cell is edited and run, the one below it is not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("playwright.sync_api")

from e2e.jupyterlab.lab import CHROMIUM, Lab, browser, jupyterlab, run_all, wait_for_idle, write_notebook
from e2e.jupyterlab.test_jupyterlab import picture_of, seed_cells

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs chromium: sudo make system")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    root, home = tmp_path_factory.mktemp("research"), tmp_path_factory.mktemp("home")
    with jupyterlab(root, home) as running:
        yield running


def test_a_report_of_before_says_so(lab: Lab) -> None:
    wrong = "cs.rank(ret_20, ascending=False)"
    cells = [*seed_cells(), "round(report.ic_mean, 4), report.figures['n_dates']", wrong]
    write_notebook(lab.root / "stale.ipynb", cells)
    with browser(lab, "stale.ipynb", height=1100) as page:
        run_all(page, len(cells) - 1)
        outputs = page.locator(".jp-Notebook .jp-Cell")
        first = outputs.nth(4).inner_text()
        outputs.nth(1).locator(".cm-content").click()
        page.keyboard.press("Control+End")
        page.keyboard.type("\nret_20 = features.ret(window=30)")
        for number in (1, 4, 5):
            outputs.nth(number).locator(".cm-content").click()
            page.keyboard.press("Control+Enter")
            wait_for_idle(page)
        outputs.nth(4).get_by_text("NBC-A31").first.wait_for()
        outputs.nth(5).get_by_text("NBC-R03").first.wait_for()
        second, mistake = outputs.nth(4).inner_text(), outputs.nth(5).inner_text()
        path = picture_of("jupyterlab-stale.png")
        if path:
            page.locator(".jp-Notebook").first.screenshot(path=path)
        assert "NBC-A31" not in first
        assert "NBC-A31 [eval] is made of `m`, which is stale" in second
        assert second.index("NBC-A31") < second.index("(0.0")  # above what it shows
        assert "cs.rank(-x)" in mistake
        assert "Traceback" not in page.locator(".jp-Notebook").inner_text()

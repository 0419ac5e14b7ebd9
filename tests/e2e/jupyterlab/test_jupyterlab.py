"""The seed notebook in JupyterLab, as a person sees it. ``NBCODE_SCREENSHOTS=docs/images`` refreshes the pictures."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api")

from e2e.jupyterlab.lab import CHROMIUM, Lab, browser, jupyterlab, run_all, write_notebook
from nbcode.notebook import read_notebook

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs chromium: sudo make system")

SEED = Path(__file__).parents[4] / "shared" / "examples" / "xsmom_v3.py"
SHOWS = ("ret_20", "m", "report")


def seed_cells() -> list[str]:
    notebook = read_notebook(SEED).notebook
    assert notebook is not None
    return [cell.source for cell in notebook.cells if cell.kind == "code"]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    root, home = tmp_path_factory.mktemp("research"), tmp_path_factory.mktemp("home")
    with jupyterlab(root, home) as running:
        yield running


def picture_of(name: str) -> str | None:
    folder = os.environ.get("NBCODE_SCREENSHOTS")
    return str(Path(folder) / name) if folder else None


def test_the_seed_runs_and_shows_itself(lab: Lab) -> None:
    cells = [*seed_cells(), *SHOWS]
    write_notebook(lab.root / "xsmom_v3.ipynb", cells)
    with browser(lab, "xsmom_v3.ipynb", height=2300) as page:
        run_all(page, len(cells))
        assert page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
        shown = page.locator(".jp-OutputArea-executeResult .jp-RenderedHTMLCommon")
        assert shown.count() == len(SHOWS)
        assert page.locator(".jp-OutputArea-executeResult svg").count() >= len(SHOWS) - 1
        for number, word in enumerate(("20", "Ridge", "IC")):
            assert word in shown.nth(number).inner_text()
        path = picture_of("jupyterlab.png")
        if path:
            page.locator(".jp-Notebook").first.screenshot(path=path)


def test_a_mistake_is_told_where_it_is_made(lab: Lab) -> None:
    cells = [*seed_cells()[:2], "m = Ridge().fit(X=[ret_20, fwd_ret_10d], y=fwd_ret_10d)", "%nbcode check"]
    write_notebook(lab.root / "mistake.ipynb", cells)
    with browser(lab, "mistake.ipynb") as page:
        run_all(page, len(cells) - 1)
        error = page.locator("[data-mime-type='application/vnd.jupyter.stderr'], .jp-RenderedText").filter(
            has_text="NBC-R31"
        )
        assert "Fix:" in error.first.inner_text()
        assert "Traceback" not in page.locator(".jp-Notebook").inner_text()
        path = picture_of("jupyterlab-mistake.png")
        if path:
            page.locator(".jp-Notebook .jp-Cell").nth(2).screenshot(path=path)


def test_completion_offers_the_vocabulary(lab: Lab) -> None:
    write_notebook(lab.root / "completion.ipynb", ["1", ""])
    with browser(lab, "completion.ipynb") as page:
        run_all(page, 1)
        page.locator(".jp-Notebook .jp-Cell .cm-content").nth(1).click()
        page.keyboard.type("features.")
        page.keyboard.press("Tab")
        page.locator(".jp-Completer-item", has_text="turnover").first.wait_for()


def test_the_magic_knows_its_own_notebook(lab: Lab) -> None:
    write_notebook(lab.root / "checked.ipynb", [*seed_cells(), "%nbcode check"])
    with browser(lab, "checked.ipynb") as page:
        run_all(page, 5)
        page.locator(".jp-OutputArea").get_by_text("checked.ipynb: ready to promote").wait_for()

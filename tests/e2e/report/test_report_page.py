"""The page of a report in a real browser: what the pointer reads, zoom, keys, the policy, paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from alpha_bench import features
from alpha_bench.definitions.named_estimators import Ridge
from alpha_bench.describe import evaluate
from alpha_bench.session.evaluations import walk_forward
from alpha_bench.vocabulary.labels import fwd_ret
from fakes.books import panel_with_groups

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs chromium: sudo make system")
EQUITY = "figure:has(svg[aria-label^='Profit of the overlapping'])"


@pytest.fixture(scope="module")
def html() -> str:
    model = Ridge().fit(X=[features.ret(5), features.ret(20)], y=fwd_ret(5))
    return evaluate(walk_forward(model, folds=4), panel_with_groups()).to_html()


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser, html: str, tmp_path: Path) -> Iterator[Page]:
    (tmp_path / "report.html").write_text(html, encoding="utf-8")
    opened = browser.new_page(viewport={"width": 1000, "height": 900})
    problems: list[str] = []
    opened.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.goto((tmp_path / "report.html").as_uri())
    yield opened
    opened.close()
    assert problems == []


def middle(page: Page, part: float) -> tuple[float, float]:
    box = page.locator(f"{EQUITY} svg").first.bounding_box()
    assert box is not None
    return box["x"] + box["width"] * part, box["y"] + box["height"] / 2


def read(page: Page) -> list[str]:
    return page.eval_on_selector_all(
        f"{EQUITY} svg > g:last-of-type text", "texts => texts.map(t => t.textContent)"
    )


def test_the_pointer_reads_the_day_and_every_line(page: Page) -> None:
    page.mouse.move(*middle(page, 0.3))
    early = read(page)
    page.mouse.move(*middle(page, 0.8))
    late = read(page)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", early[0])
    assert early[0] < late[0]
    assert [t.split(":")[0] for t in late[1:]] == ["before costs", "5 bps", "10 bps", "20 bps"]


def test_dragging_enlarges_and_a_double_click_returns(page: Page) -> None:
    group = page.locator(f"{EQUITY} svg.zoom > g")
    page.mouse.move(*middle(page, 0.4))
    before = read(page)[0]
    page.mouse.down()
    page.mouse.move(*middle(page, 0.6), steps=4)
    page.mouse.up()
    enlarged = re.match(r"matrix\(([\d.]+) ", group.get_attribute("transform") or "")
    assert enlarged is not None
    assert 3 < float(enlarged[1]) < 8
    page.mouse.move(*middle(page, 0.1))
    assert abs(int(read(page)[0][:4]) - int(before[:4])) <= 1  # what was dragged over now fills the plot
    page.mouse.dblclick(*middle(page, 0.5))
    assert group.get_attribute("transform") == "matrix(1 0 0 1 0 0)"


def test_a_key_hides_its_line_by_pointer_and_by_keyboard(page: Page) -> None:
    line, key = (
        page.locator(f"{EQUITY} [data-series='10 bps']"),
        page.locator(f"{EQUITY} [data-key='10 bps']"),
    )
    assert line.is_visible()
    key.click()
    assert not line.is_visible()
    assert key.get_attribute("aria-pressed") == "false"
    key.focus()
    page.keyboard.press("Enter")
    assert line.is_visible()


def test_another_script_is_not_run(browser, html: str, tmp_path: Path) -> None:
    """The policy lets the page's own script run and nothing else; without the policy the other runs too (the control)."""
    ran = []
    for name, text in (
        ("with", html),
        ("without", re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)),
    ):
        path = tmp_path / f"{name}.html"
        path.write_text(
            text.replace("</body>", "<script>document.title='foreign'</script></body>"), encoding="utf-8"
        )
        opened = browser.new_page()
        opened.goto(path.as_uri())
        ran.append(opened.title() == "foreign")
        assert opened.locator(".ab[data-live]").count() == 1
        opened.close()
    assert ran == [False, True]


def test_without_its_script_everything_is_there(browser, html: str, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text(html, encoding="utf-8")
    context = browser.new_context(java_script_enabled=False)
    opened = context.new_page()
    opened.goto((tmp_path / "report.html").as_uri())
    assert opened.locator(".ab figure > svg").count() == html.count("<figure>") > 10
    assert all(box.is_visible() for box in opened.locator(".ab figure > svg").all())
    assert opened.locator(".ab .live").is_hidden()
    context.close()


def test_it_prints_on_pages_without_cutting_pictures(page: Page) -> None:
    sheets = page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n")
    assert 4 <= sheets <= 16
    page.emulate_media(media="print")
    assert page.locator("figure").first.evaluate("e => getComputedStyle(e).breakInside") == "avoid"

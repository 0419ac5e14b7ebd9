"""HTML as values: nothing from data becomes markup."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

import alpha_bench as ab
from alpha_bench.runtime.html import Html, card, document, element, grid, joined

TEXT = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\r\0"), max_size=40)


class Read(HTMLParser):
    """The tags and the text that a browser would see."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: dict[str, str | None] = {}
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= dict(attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


@given(TEXT, TEXT)
def test_text_and_attributes_come_back_as_they_were_and_make_no_tag(text: str, title: str) -> None:
    seen = Read(element("p", text, title=title))
    assert (seen.tags, seen.text, seen.attributes) == (["p"], text, {"title": title})


@given(TEXT)
def test_html_that_is_marked_is_not_escaped_twice(text: str) -> None:
    inner = element("b", text)
    assert joined(inner, [inner, None]) == inner + inner
    assert Read(element("div", inner)).tags == ["div", "b"]


def test_a_text_that_is_marked_as_html_by_mistake_would_be_a_tag() -> None:
    """The control: the reader sees what was not escaped."""
    assert Read(element("p", Html("<i>x</i>"))).tags == ["p", "i"]


def test_a_shape_closes_itself_and_an_element_that_may_have_text_does_not() -> None:
    assert element("rect", None, width=1.5, stroke_width=2) == '<rect width="1.5" stroke-width="2"/>'
    assert element("rect", element("title", "x")) == "<rect><title>x</title></rect>"
    assert element("p") == "<p></p>"
    assert element("meta", charset="utf-8") == '<meta charset="utf-8">'


def test_an_attribute_that_is_none_is_left_out_and_an_empty_one_is_not() -> None:
    assert (
        element("p", class_=None, data_zoom="", viewBox="0 0 1 1") == '<p data-zoom="" viewBox="0 0 1 1"></p>'
    )


@given(TEXT)
def test_what_is_put_into_a_page_makes_no_tag_in_it(text: str) -> None:
    seen = Read(document(element("title", "t"), text))
    assert seen.tags == ["html", "head", "meta", "title", "body"]
    assert seen.text == "t" + text + "\n"


def test_the_last_cell_of_a_short_row_is_as_wide_as_what_is_left() -> None:
    assert 'colspan="2"' in grid(("a", "b", "c"), [("1", "2")])
    assert "colspan" not in grid(("a", "b"), [("1", "2")])


def test_all_cards_have_one_look() -> None:
    model = ab.Ridge().fit(X=[ab.features.ret(20)], y=ab.fwd_ret(10))
    shown = [
        ab.features.ret(20)._repr_html_(),
        model._repr_html_(),
        ab.catalogue("momentum")._repr_html_(),
        ab.walk_forward(model)._repr_html_(),
    ]
    assert {html.partition(">")[0] for html in shown} == {card("x").partition(">")[0]}

"""A merchant's text becomes a few known tags, whatever was typed."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.lib.rich_text import html, tree

KNOWN = {"h4", "h5", "h6", "p", "ul", "ol", "li", "strong", "em", "blockquote", "br", "hr", "a"}
HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](data:text/html,<script>)",
    '[x](https://a.example/"onmouseover="alert(1))',
    "![x](https://a.example/p.png)",
    "> 1. - **<b>**",
)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.attributes: list[tuple[str, str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]


def test_the_little_markdown_is_drawn_and_line_breaks_stay() -> None:
    text = "# Terms\n\nYou buy **time**\nfor *you*.\n\n3. first\n4. second\n\n[Ask](mailto:us@shop.example)"

    assert html(text) == (
        "<h4>Terms</h4><p>You buy <strong>time</strong><br>for <em>you</em>.</p>"
        '<ol start="3"><li>first</li><li>second</li></ol>'
        '<p><a href="mailto:us@shop.example" target="_blank" rel="noopener noreferrer nofollow">Ask</a></p>'
    )


@pytest.mark.parametrize("text", ["    four spaces", "`code`", "[ref]: http://x", "&copy;", "http://x.y"])
def test_what_is_not_known_stays_as_it_was_typed(text: str) -> None:
    drawn = "".join(each if isinstance(each, str) else "\n" for each in tree(text)[0][1:])

    assert drawn == text.strip()


@settings(max_examples=60)
@given(st.lists(st.sampled_from(HOSTILE) | st.text(max_size=30), max_size=6))
def test_no_text_becomes_another_tag_or_attribute(parts: list[str]) -> None:
    tags = _Tags()

    tags.feed(html("\n".join(parts)))

    assert tags.found <= KNOWN
    for tag, name, value in tags.attributes:
        assert (tag, name) in {("a", "href"), ("a", "target"), ("a", "rel"), ("ol", "start")}
        assert name != "href" or str(value).lower().startswith(("https://", "http://", "mailto:"))

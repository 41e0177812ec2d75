"""`make fmt` breaks the long lines of templates, and the pages stay the same."""

from __future__ import annotations

import pytest

from ops.templates import problems
from ops.templates.expressions import WIDTH
from ops.templates.layout import formatted
from ops.templates.same import is_same

WORDS = "A sentence with some words in it, so that the line is long enough to be broken by the formatter."
LONG = {
    "expression": '<p>{{ ui.notice("calm", _("WORDS"), url_for("portal.orders.index", status="paid"), "clock") }}</p>',
    "string": '<p>{{ _("WORDS WORDS") }}</p>',
    "attributes": '<form method="post" action="{{ url_for("x") }}" title="WORDS" hx-get="/one">{{ a }}</form>',
    "text": "<p>WORDS WORDS <b>bold</b>, {{ name }}.</p>",
    "branches": "<td>{% if a %}{{ a }}{% elif b %}WORDS{% else %}<b>{{ c }}</b>{% endif %}</td>",
    "inline": '<b>{% if a %}{{ a }}{% else %}WORDS{% endif %}</b><i>{{ b|money(currency="EUR") }}</i>',
    "loop": "<p>{% for a in all %}{{ a.name }}{% if not loop.last %}, {% endif %}{% endfor %} WORDS {{ n }}</p>",
    "table": "<tr><td>{{ a }}</td>{% if b %}<td class='end'>WORDS</td>{% endif %}<td>{{ c }}</td></tr>",
    "conditional attributes": '<a href="/" {% if a %}class="b" title="WORDS"{% endif %}>{{ _("x") }}</a>',
}


def test_no_line_of_a_template_is_over_long() -> None:
    assert problems() == []


@pytest.mark.parametrize("line", LONG.values(), ids=LONG)
def test_a_long_line_is_broken_and_the_page_stays_the_same(line: str) -> None:
    source = f"<div>\n  {line.replace('WORDS', WORDS)}\n</div>\n"
    assert max(map(len, source.split("\n"))) > WIDTH

    now = formatted(source)

    assert max(map(len, now.split("\n"))) <= WIDTH
    assert is_same(source, now)
    assert formatted(now) == now


def test_lines_that_fit_stay_as_they_are() -> None:
    source = "<p>  {{ a }}   {% if b %}c{% endif %}</p>\n"

    assert formatted(source) == source


@pytest.mark.parametrize(
    "line", [f"<pre>{WORDS}  {WORDS}</pre>", f'<p class="note">{WORDS} {WORDS}</p>'], ids=["by tag", "by style"]
)
def test_where_each_space_is_seen_none_is_added(line: str) -> None:
    assert formatted(line).replace("\n", "").count(" ") == line.count(" ")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<b>a</b><i>b</i>", "<b>a</b> <i>b</i>"),
        ("{% if a %}x{% endif %}y", "{% if a %}x {% endif %}y"),
        ("<p>{% for a in b %}{{ a }}{% endfor %}</p>", "<p>{% for a in b %}\n  {{ a }}\n{% endfor %}</p>"),
        ("<pre>a b</pre>", "<pre>a  b</pre>"),
        ('<p class="small note">a b</p>', '<p class="small note">a\n  b</p>'),
        ('{{ _("a b") }}', '{{ _("a  b") }}'),
        ("<p>{{ a }}</p>", "<p>{{ b }}</p>"),
    ],
)
def test_a_difference_that_is_seen_is_reported(one: str, other: str) -> None:
    assert not is_same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<ul><li>a</li><li>b</li></ul>", "<ul>\n  <li>a</li>\n  <li>b</li>\n</ul>"),
        (
            "<p>{% if a %}x{% else %}y{% endif %}</p>",
            "<p>\n  {% if a %}\n    x\n  {% else %}\n    y\n  {% endif %}\n</p>",
        ),
        ("<b>{{ a }}</b>", "<b>\n  {{- a -}}\n</b>"),
        ('{{ _("a b") }}', '{{ _(\n  "a "\n  "b"\n) }}'),
        ('<a href="/" class="b">c</a>', '<a href="/"\n  class="b">c</a>'),
    ],
)
def test_a_difference_that_nobody_sees_is_none(one: str, other: str) -> None:
    assert is_same(one, other)

"""Values go back into the form that they came from."""

from __future__ import annotations

from app.lib.form_filling import fill

PAGE = """<form method="post" action="/other"><input name="name" value="theirs"></form>
<p>Größe &amp; <em>so</em></p>
<form id="f" method="post" action="/to?x=1">
  <input type="hidden" name="csrf_token" value="new"><input name="name" value="old" required>
  <input type="password" name="code"><input type="file" name="file">
  <input type="checkbox" name="on" value="y" checked><input type="checkbox" name="day" value="1">
  <input type="checkbox" name="day" value="2"><input type="radio" name="kind" value="a" checked>
  <input type="radio" name="kind" value="b"><input name="line"><input name="line">
  <select name="currency"><option selected>EUR</option><option>USD</option></select>
  <select name="sku"><option value="1" selected>One</option><option value="2">Two &amp; more</option></select>
  <textarea name="note">was</textarea><button name="do" value="it">Go</button>
</form><input form="f" name="outside">"""


def test_each_kind_of_control_has_its_value_again_and_nothing_else_changes() -> None:
    sent = [
        ("csrf_token", "old"), ("name", 'A "B" <c>'), ("day", "1"), ("day", "2"), ("kind", "b"), ("line", "first"),
        ("line", "second"), ("currency", "USD"), ("sku", "2"), ("note", "\n</textarea><b>"), ("do", "it"),
        ("outside", "é"), ("row-9", "lost"),
    ]  # fmt: skip

    filled = fill(PAGE, "/to?x=1", sent)

    assert filled is not None
    assert filled.left == [("row-9", "lost")]
    for part in (
        'name="csrf_token" value="new"', 'name="name" required value="A &quot;B&quot; &lt;c&gt;"', 'value="theirs"',
        '<input type="checkbox" name="on" value="y">', 'name="day" value="1" checked>', 'name="day" value="2" checked>',
        'name="kind" value="a">', 'name="kind" value="b" checked>', 'name="line" value="first"',
        'name="line" value="second"', "<option>EUR</option><option selected>USD</option>",
        '<option value="2" selected>Two &amp; more</option>', "\n\n&lt;/textarea&gt;&lt;b&gt;</textarea>",
        'name="outside" value="é"', "<p>Größe &amp; <em>so</em></p>",
    ):  # fmt: skip
        assert part in filled.html, part


def test_a_page_without_the_form_is_none() -> None:
    assert fill(PAGE, "/elsewhere", [("name", "x")]) is None
    assert fill('<form method="get" action="/to"><input name="name"></form>', "/to", [("name", "x")]) is None


def test_of_two_forms_to_one_address_it_is_the_one_with_the_names() -> None:
    page = (
        '<form method="post" action="/a"><input name="x"></form><form method="post" action="/a"><input name="y"></form>'
    )

    filled = fill(page, "/a", [("y", "1")])

    assert filled is not None
    assert filled.html.endswith('<input name="y" value="1"></form>')

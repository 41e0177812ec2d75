"""`make texts` finds every text, and `make check` what is wrong with a catalogue."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from app.texts import catalogues as served
from ops import texts
from ops.console import OpsError
from ops.texts import catalogues, extract
from ops.texts.bare import bare
from ops.texts.check import of
from ops.texts.extract import Text, Unclear

TEXTS = [Text("Pay %(amount)s"), Text("%(count)s point", "%(count)s points"), Text("Close", context="panel.close")]
GOOD = """
msgid "Pay %(amount)s"
msgstr "%(amount)s zahlen"

msgid "%(count)s point"
msgid_plural "%(count)s points"
msgstr[0] "Ein Punkt"
msgstr[1] "%(count)s Punkte"

msgctxt "panel.close"
msgid "Close"
msgstr "Schließen"
"""


def _catalog(source: str) -> Catalog:
    return read_po(io.BytesIO(source.encode()), locale="de", domain="checkout")


def test_a_catalogue_that_says_everything_is_good() -> None:
    assert list(of(_catalog(GOOD), TEXTS, is_complete=True)) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('msgctxt "panel.close"\nmsgid "Close"\nmsgstr "Schließen"\n', "", "'Close' is missing"),
        ('msgstr "Schließen"', 'msgstr "Schließen"\n\nmsgid "Old"\nmsgstr "Alt"', "'Old' is obsolete"),
        ('msgstr "Schließen"', 'msgstr "Schließen"\n\n#~ msgid "Old"\n#~ msgstr "Alt"', "'Old' is obsolete"),
        ('msgstr "Schließen"', 'msgstr ""', "'Close' is not translated"),
        ('msgstr[1] "%(count)s Punkte"', 'msgstr[1] ""', "is not translated"),
        ("\nmsgctxt", "\n#, fuzzy\nmsgctxt", "'Close' is fuzzy"),
        ('"%(amount)s zahlen"', '"zahlen"', "has other placeholders in 'zahlen'"),
        ('"%(amount)s zahlen"', '"%(betrag)s zahlen"', "has other placeholders"),
        ('"%(amount)s zahlen"', '"%(amount)s zu 100 % zahlen"', "has a stray %"),
        ('msgid_plural "%(count)s points"\n', "", "has other plurals in the code"),
    ],
)
def test_what_is_wrong_with_a_catalogue_is_named(old: str, new: str, problem: str) -> None:
    assert old in GOOD
    source = GOOD.replace(old, new)
    if "plurals" in problem:
        source = source.replace('msgstr[0] "Ein Punkt"\nmsgstr[1] ', "msgstr ")

    found = list(of(_catalog(source), TEXTS, is_complete=True))

    assert any(problem in each for each in found), found


def test_what_nobody_translated_yet_may_stay_so_where_english_is_read_instead() -> None:
    assert list(of(_catalog(GOOD.replace('"Schließen"', '""')), TEXTS, is_complete=False)) == []


def test_code_has_its_texts_in_full() -> None:
    source = (
        'A = N_("One")\ntranslate("Two" if x else "Three", locale)\n'
        'Translatable("%(count)s a", many="%(count)s as", count=n)\nN_(f"{a}")'
    )

    found = list(extract.python(source, "app/some.py"))

    assert [(each.text, each.many) for each in found if isinstance(each, Text)] == [
        ("One", ""),
        ("Two", ""),
        ("Three", ""),
        ("%(count)s a", "%(count)s as"),
    ]
    assert [each.line for each in found if isinstance(each, Unclear)] == [4]


def test_lists_and_forms_of_the_portal_need_no_marks() -> None:
    listed = (
        'VIEWS = {"all": "All", "paid": "Paid"}\n'
        'Listing(name="orders", title="Orders", views=VIEWS, columns=(\n'
        '    Column(key="left", title="Available", nothing="unlimited", labels={"dead": "Abandoned"}),\n'
        '    Filter(key="q", title="Find", hint="Any ID")))\n'
        'Report("sales", "Sales", "Per day.", "anchor", (Column("day", "Day", "text"),))'
    )
    form = 'by = SelectField("Identified by", choices=[SelectChoice("email", "Email address")])'

    found = [each.text for each in extract.lists(listed, "app/read/some.py") if isinstance(each, Text)]
    chosen = [each.text for each in extract.python(form, "app/web/portal/some.py") if isinstance(each, Text)]

    assert {*found} == {
        "All", "Paid", "Orders", "Available", "unlimited", "Abandoned", "Find", "Any ID", "Sales", "Per day.", "Day"
    }  # fmt: skip
    assert {*chosen} == {"Identified by", "Email address"}


def test_templates_say_their_texts_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extract, "ROOT", tmp_path)
    page = tmp_path / "page.html"
    page.write_text(
        '{# Translators: on a button #}\n{{ _("Pay") }}{{ pgettext("noun", "Order") }}\n'
        '{{ ngettext("%(count)s a", "%(count)s as", n, count=n) }}\n{{ _(title) }}'
    )

    found = list(extract.template(page))

    assert [(each.context, each.text, each.many) for each in found if isinstance(each, Text)] == [
        ("", "Pay", ""),
        ("noun", "Order", ""),
        ("", "%(count)s a", "%(count)s as"),
    ]
    assert [each.line for each in found if isinstance(each, Unclear)] == [4]
    assert [each.comments for each in found if isinstance(each, Text)][0] == ["on a button"]


def test_a_text_that_stands_in_a_template_as_it_is_is_found() -> None:
    source = '<p title="Hello there">{{ x }} of\n{{ _("y") }} – <code>some</code> Bursar</p>\n<b>Bare {{ n }}</b>'

    assert bare(source) == [(1, "Hello there"), (1, "of"), (3, "Bare")]


def test_a_reworded_text_keeps_its_translation_for_the_translator_to_look_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogues, "LOCALES", tmp_path)
    monkeypatch.setattr(served, "FOLDER", tmp_path)
    assert catalogues.write(_catalog('msgid "The payment was declined"\nmsgstr "Die Zahlung wurde abgelehnt"\n'))

    reworded = catalogues.updated("de", "checkout", [Text("The payment was declined."), Text("New")])
    catalogues.write(reworded)

    message = reworded.get("The payment was declined.")
    assert message is not None
    assert (message.fuzzy, message.string) == (True, "Die Zahlung wurde abgelehnt")
    assert not catalogues.write(catalogues.updated("de", "checkout", [Text("The payment was declined."), Text("New")]))
    served.catalogue.cache_clear()
    try:
        assert served.find("de", "The payment was declined.") is None  # English until somebody looked
    finally:
        served.catalogue.cache_clear()


def test_a_catalogue_of_the_portal_is_spoken_after_that_of_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogues, "LOCALES", tmp_path)
    monkeypatch.setattr(served, "FOLDER", tmp_path)
    for domain, source in (("checkout", 'msgid "Order"\nmsgstr "Bestellung"\n'), ("portal", GOOD)):
        catalogues.write(read_po(io.BytesIO(source.encode()), locale="de", domain=domain))
    served.catalogue.cache_clear()
    try:
        assert served.find("de", "Order") == "Bestellung"
        assert served.find("de", "%(count)s point", 2) == "%(count)s Punkte"
        assert served.find("de", "Close", context="panel.close") == "Schließen"
        assert (served.find("de", "Close"), served.find("de", ""), served.find("nl", "Order")) == (None, None, None)
    finally:
        served.catalogue.cache_clear()


def test_a_catalogue_is_begun_for_a_domain_that_there_is() -> None:
    with pytest.raises(OpsError, match="checkout, portal, sdk"):
        texts.main(["shop", "de"])

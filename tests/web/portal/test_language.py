"""The portal speaks a language that it is translated to, and English for the rest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.texts import catalogues
from tests.factories.shop import Shop
from tests.pages import Visitor

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'


@pytest.fixture
def german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    texts = {
        "Webhooks": "Webhooks (de)",
        "URL": "Adresse",
        "Orders": "Bestellungen",
        "Awaiting payment": "Unbezahlt",
        "Placed": "Eingegangen",
        "Paid through": "Bezahlt über",
        "Phone number": "Telefonnummer",
        "Pages on %(origin)s can now embed your checkout.": "Seiten von %(origin)s zeigen nun die Kasse.",
    }
    entries = [f'\nmsgid "{text}"\nmsgstr "{said}"\n' for text, said in texts.items()]
    (folder / "portal.po").write_text(HEAD + "".join(entries))
    monkeypatch.setattr(catalogues, "FOLDER", tmp_path)
    for stored in (catalogues.catalogue, catalogues.translated):
        stored.cache_clear()
    yield
    for stored in (catalogues.catalogue, catalogues.translated):
        stored.cache_clear()


@pytest.mark.usefixtures("german")
def test_a_browser_in_a_translated_language_is_answered_in_it(owner: Visitor) -> None:
    owner.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "de-AT,en;q=0.5"

    page = owner.get("/portal/webhooks")

    assert page.heading == "Webhooks (de)"
    assert 'lang="de"' in page.source
    assert "New endpoint" in page.text


@pytest.mark.usefixtures("german")
def test_lists_choices_navigation_and_messages_are_translated(shop: Shop, owner: Visitor) -> None:
    owner.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "de"
    shop.place()

    orders, privacy = owner.get("/portal/orders"), owner.get("/portal/privacy")
    embedded = owner.get("/portal/origins").form("/origins").send(origin="https://shop.example")

    assert [link.text.strip() for link in orders.document.all("a", **{"data-section": "orders"})] == ["Bestellungen"]
    assert "Unbezahlt" in orders.text
    assert "Eingegangen" in orders.text
    assert "Bezahlt über" in orders.text
    assert "Telefonnummer" in privacy.text
    assert "Seiten von https://shop.example zeigen nun die Kasse." in embedded.text


def test_a_browser_in_another_language_is_answered_in_english(owner: Visitor) -> None:
    owner.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "ja"

    page = owner.get("/portal/webhooks")

    assert (page.heading, 'lang="en"' in page.source) == ("Webhooks", True)

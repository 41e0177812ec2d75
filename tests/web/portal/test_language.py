"""The portal speaks a language that it is translated to, and English for the rest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.texts import catalogues
from tests.pages import Visitor

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'


@pytest.fixture
def german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "portal.po").write_text(
        HEAD + '\nmsgid "Webhooks"\nmsgstr "Webhooks (de)"\n\nmsgid "URL"\nmsgstr "Adresse"\n'
    )
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


def test_a_browser_in_another_language_is_answered_in_english(owner: Visitor) -> None:
    owner.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "ja"

    page = owner.get("/portal/webhooks")

    assert (page.heading, 'lang="en"' in page.source) == ("Webhooks", True)

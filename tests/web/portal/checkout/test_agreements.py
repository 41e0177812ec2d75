"""Agreements in the portal: written, looked at as the buyer will, published, compared."""

from __future__ import annotations

from app.core.ids import show
from tests.factories.shop import Shop
from tests.pages import Page, Visitor


def test_an_agreement_is_written_previewed_and_published(shop: Shop, owner: Visitor) -> None:
    preview = _draft(_new(owner), body="You buy **time**.")

    published = preview.form("/publish").send()

    assert "I have read and accept the Membership terms" in preview.text
    assert [each.text for each in preview.document.all("strong")] == ["time"]
    assert "Version 1" in published.text
    assert "Current" in owner.get("/portal/agreements").text
    assert "Membership terms" in [text["title"] for text in _required(shop)]


def test_the_next_version_shows_what_changed(owner: Visitor) -> None:
    first = _draft(_new(owner), body="Money back in 14 days.\n\nNothing else.").form("/publish").send()

    second = _draft(first.follow("Write the next version"), body="Money back in 30 days.\n\nNothing else.")
    version = second.form("/publish").send().follow("Version 2")

    assert [each.text for each in version.document.all("del")] == ["14"]
    assert [each.text for each in version.document.all("ins")] == ["30"]
    assert "Current" in version.text
    assert "Current" not in version.follow("since version 1").text.split("Details")[0].split("Text")[0]


def test_a_draft_somebody_else_has_saved_is_neither_overwritten_nor_published(owner: Visitor) -> None:
    editor = _new(owner)
    preview = _draft(editor, body="Mine.")
    _draft(preview.follow("Edit"), body="Theirs.")

    assert _draft(editor, body="Mine again.").status == 409
    assert "changed or published in the meantime" in preview.form("/publish").send().text
    assert "Throw" not in owner.get(preview.path).follow("Back").form("/discard").send().text


def test_each_language_is_written_by_itself(owner: Visitor) -> None:
    english = _draft(_new(owner), body="English.").form("/publish").send()

    german = _draft(english.form("/draft").send(locale="de"), title="Bedingungen", body="Deutsch.")
    both = german.form("/publish").send()

    assert {"English", "German"} <= {each.text for each in both.document.all("a")}
    assert "Bedingungen" in both.text
    assert "Bedingungen" not in owner.fragment(both.link("English"), "language").text


def test_only_buyers_of_chosen_products_must_accept(shop: Shop, owner: Visitor) -> None:
    page = _draft(_new(owner), body="Text.").form("/publish").send()

    refused = page.form(_last(page.path)).send(required_for="products")
    saved = page.form(_last(page.path)).send(required_for="products", products=show("prd", shop.product_id))

    assert (refused.status, "Choose 1 to" in refused.text) == (422, True)
    assert "Saved." in saved.text
    assert len(_required(shop)) == 1


def test_a_text_that_cannot_be_evidence_is_refused_on_its_field(owner: Visitor) -> None:
    refused = _draft(_new(owner), body="pay \u202eeerf")

    assert refused.status == 422
    assert refused.document.all("textarea", name="body")[0].get("aria-invalid") == "true"


def _new(owner: Visitor) -> Page:
    page = owner.get("/portal/agreements").follow("New agreement")
    return page.form("/agreements/new").send(name="Membership terms", code="terms")


def _draft(editor: Page, *, body: str, title: str = "Membership terms") -> Page:
    return editor.form("/draft").send(title=title, body=body)


def _last(path: str) -> str:
    return path.split("?")[0].rsplit("/", 1)[-1]


def _required(shop: Shop) -> list[dict[str, str]]:
    from app.domain.orders.types import Buyer, OrderItem
    from app.read.checkout import checkouts
    from app.workflow.checkout import open_checkout

    opened = open_checkout.open_checkout(
        shop.business_id, items=[OrderItem(shop.sku_id, 1)], buyer=Buyer(reference="b")
    )
    return list(checkouts.snapshot(shop.business_id, opened.session_id)["agreements"])

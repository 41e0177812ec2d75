"""Agreement texts from draft to evidence."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from app.core import db
from app.core.errors import NotFound
from app.core.ids import new_id
from app.domain.checkout.agreements.errors import AgreementNeeded, BadAgreement, CodeTaken, DraftMoved
from app.domain.checkout.agreements.models import Agreement
from app.domain.orders import types
from app.read.checkout.evidence import order_agreements
from app.workflow.checkout import manage_agreements as agreements
from app.workflow.checkout.manage_agreements import AgreementCommand
from app.workflow.orders import place_order
from tests.factories.shop import Shop


def test_a_draft_is_published_as_the_next_version_and_the_last_one_stays(shop: Shop) -> None:
    template_id = _template(shop)
    first = _publish(shop, template_id, body="One.")

    second = _publish(shop, template_id, body="Two.")

    assert [(row.id, row.revision, row.body, row.current) for row in _versions(shop)] == [
        (first, 1, "One.", False),
        (second, 2, "Two.", True),
    ]


def test_publishing_the_same_text_again_makes_no_version(shop: Shop) -> None:
    template_id = _template(shop)

    assert _publish(shop, template_id, body="One.") == _publish(shop, template_id, body="One.\r\n")
    assert len(_versions(shop)) == 1


def test_each_language_has_its_own_versions(shop: Shop) -> None:
    template_id = _template(shop)
    _publish(shop, template_id, body="One.")

    _publish(shop, template_id, body="一。", locale="zh-Hans")

    assert {(row.locale, row.revision, row.current) for row in _versions(shop)} == {
        ("en", 1, True),
        ("zh-Hans", 1, True),
    }


def test_nobody_overwrites_what_somebody_else_has_saved(shop: Shop) -> None:
    template_id = _template(shop)
    seen = _save(shop, template_id, "Mine.", seen_version=0)
    _save(shop, template_id, "Theirs.", seen_version=seen)

    with pytest.raises(DraftMoved):
        _save(shop, template_id, "Mine again.", seen_version=seen)
    with pytest.raises(DraftMoved):
        agreements.publish_draft(shop.business_id, template_id, locale="en", actor="me", seen_version=seen)

    agreements.discard_draft(shop.business_id, template_id, locale="en")
    with pytest.raises(DraftMoved):
        agreements.publish_draft(shop.business_id, template_id, locale="en", actor="me")
    assert _versions(shop) == []


def test_an_agreement_of_a_product_is_required_of_its_buyers_only(shop: Shop) -> None:
    template_id = _template(shop, product_ids=[shop.product_id], only_products=True)
    _publish(shop, template_id, body="One.")
    with pytest.raises(AgreementNeeded):
        _place(shop, [])

    agreements.change_agreement(shop.business_id, template_id, AgreementCommand(name="Terms", enabled=False))
    _place(shop, [])


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ({"name": " "}, BadAgreement),
        ({"name": "Terms", "only_products": True}, BadAgreement),
        ({"name": "Terms", "only_products": True, "product_ids": [new_id()]}, NotFound),
    ],
)
def test_an_agreement_that_cannot_be_is_refused(shop: Shop, command: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        agreements.create_agreement(shop.business_id, code="terms", command=AgreementCommand(**command))
    assert _template(shop)
    with pytest.raises(CodeTaken):
        _template(shop)
    with pytest.raises(BadAgreement):
        agreements.create_agreement(shop.business_id, code="Terms!", command=AgreementCommand(name="x"))


def test_what_was_accepted_is_kept_with_the_order_whatever_is_published_later(shop: Shop) -> None:
    template_id = _template(shop)
    accepted = _publish(shop, template_id, body="One.")
    order_id = _place(shop, [(accepted, _versions(shop)[0].text_hash)])

    _publish(shop, template_id, body="Two.")

    [text] = order_agreements(shop.business_id, order_id).accepted
    assert (text.agreement_id, text.body, text.locale, text.buyer_ip) == (accepted, "One.", "en", "203.0.113.9")
    with pytest.raises(AgreementNeeded):
        _place(shop, [(accepted, text.text_hash)])


@pytest.mark.parametrize("column", ["title", "body", "text_hash", "revision", "locale"])
def test_the_database_refuses_to_change_a_published_text(shop: Shop, column: str) -> None:
    _publish(shop, _template(shop), body="One.")
    changed = {column: 7 if column == "revision" else "other"}

    for statement in (update(Agreement).values(**changed), delete(Agreement)):
        with pytest.raises(DBAPIError), db.phase("test.forge", shop.business_id):
            db.run(statement.where(Agreement.business_id == shop.business_id))

    assert _versions(shop)[0].body == "One."


def test_the_database_refuses_a_text_that_is_not_what_its_hash_says(shop: Shop) -> None:
    template_id = _template(shop)
    forged = {"code": "terms", "locale": "en", "revision": 1, "title": "T", "body": "b", "text_hash": "0" * 64}

    with pytest.raises(DBAPIError, match="ck_agreements_text_hash"), db.phase("test.forge", shop.business_id):
        db.add(Agreement, template_id=template_id, **forged)


def _template(shop: Shop, **more: Any) -> uuid.UUID:
    return agreements.create_agreement(shop.business_id, code="terms", command=AgreementCommand(name="Terms", **more))


def _save(shop: Shop, template_id: uuid.UUID, body: str, *, locale: str = "en", seen_version: int | None = None) -> int:
    return agreements.save_draft(
        shop.business_id, template_id, locale=locale, title="Terms", body=body, actor="me", seen_version=seen_version
    )


def _publish(shop: Shop, template_id: uuid.UUID, *, body: str, locale: str = "en") -> uuid.UUID:
    seen = _save(shop, template_id, body, locale=locale)
    return agreements.publish_draft(shop.business_id, template_id, locale=locale, actor="me", seen_version=seen)


def _versions(shop: Shop) -> list[Any]:
    table = Agreement.__table__
    query = select(table).where(table.c.business_id == shop.business_id).order_by(table.c.revision, table.c.locale)
    with db.reading(shop.business_id):
        return list(db.rows(query))


def _place(shop: Shop, accepted: list[tuple[uuid.UUID, str]]) -> uuid.UUID:
    command = types.PlaceOrderCommand(
        items=[types.OrderItem(shop.sku_id, 1)],
        buyer=types.Buyer(reference="buyer-1"),
        agreements=accepted,
        buyer_ip="203.0.113.9",
    )
    return place_order.place_order(shop.business_id, command)

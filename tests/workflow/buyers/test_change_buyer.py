"""A buyer is changed, and what is proven stays true."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from app.core.db.models import OutboxEvent
from app.domain.buyers.errors import BuyerExists
from app.read.buyers.buyers import get_buyer
from app.workflow.buyers.change_buyer import change_buyer
from app.workflow.buyers.create_buyer import BuyerCommand, create_buyer
from tests.factories.shop import Shop


def test_what_is_absent_stays(shop: Shop) -> None:
    made = create_buyer(shop.business_id, BuyerCommand(name="Ada", groups=["vip"]), actor="test")

    change_buyer(shop.business_id, made, {"locale": "de"})

    found = get_buyer(shop.business_id, made)
    assert (found.name, found.groups, found.locale) == ("Ada", ["vip"], "de")


def test_a_change_of_nothing_tells_nobody(shop: Shop) -> None:
    made = create_buyer(shop.business_id, BuyerCommand(name="Ada"), actor="test")

    change_buyer(shop.business_id, made, {"name": " Ada "})

    told = select(func.count()).select_from(OutboxEvent.__table__).where(OutboxEvent.topic == "buyer.updated")
    assert shop.one(told)[0] == 0


def test_a_proven_mailbox_stays_proven_since_then(shop: Shop) -> None:
    command = BuyerCommand(email="ada@example.com", email_verified=True)
    made = create_buyer(shop.business_id, command, actor="test")
    before = get_buyer(shop.business_id, made).email_verified_at

    change_buyer(shop.business_id, made, {"email": "Ada@example.com ", "email_verified": True})
    same = get_buyer(shop.business_id, made).email_verified_at
    change_buyer(shop.business_id, made, {"email": "other@example.com"})

    assert same == before
    assert get_buyer(shop.business_id, made).email_verified_at is None


def test_a_mailbox_that_another_one_proved_is_refused(shop: Shop) -> None:
    create_buyer(shop.business_id, BuyerCommand(email="ada@example.com", email_verified=True), actor="test")
    other = create_buyer(shop.business_id, BuyerCommand(email="ada@example.com"), actor="test")

    with pytest.raises(BuyerExists):
        change_buyer(shop.business_id, other, {"email_verified": True})

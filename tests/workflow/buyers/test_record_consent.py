"""Consents of buyers: the latest counts, all are kept."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from app.core.errors import NotFound
from app.core.ids import new_id
from app.domain.buyers.models import BuyerConsent
from app.read.buyers.buyers import consents_of
from app.workflow.buyers.create_buyer import BuyerCommand, create_buyer
from app.workflow.buyers.record_consent import record_consent
from tests.factories.shop import Shop


def test_the_latest_of_a_kind_counts_and_all_are_kept(shop: Shop) -> None:
    made = create_buyer(shop.business_id, BuyerCommand(), actor="test")
    consent_id = new_id()

    for _ in range(2):
        record_consent(
            shop.business_id, made, kind="mail", granted=True, source="form", evidence={}, consent_id=consent_id
        )
    record_consent(shop.business_id, made, kind="mail", granted=False, source="link", evidence={"ip": "203.0.113.9"})
    record_consent(shop.business_id, made, kind="sms", granted=True, source="form", evidence={})

    found = {each.kind: each.granted for each in consents_of(shop.business_id, [made])[made]}
    assert found == {"mail": False, "sms": True}
    assert shop.one(select(func.count()).select_from(BuyerConsent.__table__))[0] == 3


def test_nobody_agrees_to_nothing(shop: Shop) -> None:
    with pytest.raises(NotFound):
        record_consent(shop.business_id, new_id(), kind="mail", granted=True, source="form", evidence={})

"""Approvals through the API."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from app.core import clock
from app.core.ids import parse, show
from app.core.money import Money
from app.domain.accounts.business.errors import ApprovalNeeded
from app.workflow.accounts.decide_alone import decide_alone
from app.workflow.accounts.set_approval_limits import set_approval_limits
from app.workflow.wallets.move_money import grant
from tests.factories.people import make_user


def test_what_was_decided_alone_says_so_and_is_cancelled(merchant: Any) -> None:
    approval_id, ann = _waiting(merchant)
    path = f"/v1/approvals/{show('apr', approval_id)}"
    requested = merchant.get(path).json
    early = merchant.post(f"{path}/cancel", once=None)
    decide_alone(merchant.shop.business_id, approval_id, actor=ann, proven_at=clock.now())

    waiting = merchant.get(path).json
    cancelled = merchant.post(f"{path}/cancel", once=None)
    again = merchant.post(f"{path}/cancel", once=None)

    assert (requested["decided_alone_by"], requested["takes_effect_at"]) == (None, None)
    assert (waiting["status"], waiting["decided_by"], waiting["decided_alone_by"]) == ("approved", "system:waited", ann)
    assert waiting["takes_effect_at"] > waiting["decided_at"]
    assert (cancelled.status_code, cancelled.json["status"]) == (200, "failed")
    assert (early.status_code, again.status_code, again.json["code"]) == (409, 409, "version_conflict")


def _waiting(merchant: Any) -> tuple[uuid.UUID, str]:
    shop = merchant.shop
    shop.keep_wallets()
    ann = show("usr", make_user(shop.business_id).user_id)
    set_approval_limits(shop.business_id, {"top_up": {"USD": 0}}, decides_alone=True)
    with pytest.raises(ApprovalNeeded) as needed:
        grant(shop.business_id, buyer="buyer-1", money=Money(100, "USD"), actor=ann, reason="x")
    return parse("apr", needed.value.details["approval_id"]), ann

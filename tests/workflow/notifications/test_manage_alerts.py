"""What people choose to be alerted of, and what they have read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from app.domain.notifications.alerts.models import Alert
from app.read.notifications.alerts import unread
from app.workflow.notifications import manage_alerts, raise_alerts
from tests.factories.alerts import few_left, kinds_of, mails_to, send_alerts_now
from tests.factories.approvals import waiting_approval
from tests.factories.people import make_user
from tests.factories.shop import Shop

pytestmark = pytest.mark.usefixtures("own_database")


def test_people_choose_and_read(shop: Shop, box: Path) -> None:
    owner, viewer = make_user(shop.business_id), make_user(shop.business_id, "viewer")
    for user in (owner, viewer):
        manage_alerts.choose_mailed(shop.business_id, user.user_id, ["approval_waiting"])
    waiting_approval(shop)
    few_left(shop)
    raise_alerts.raise_due()
    send_alerts_now(shop)

    # A viewer may not see approvals, whatever was chosen.
    assert [len(mails_to(box, user)) for user in (owner, viewer)] == [1, 0]
    kinds = ("approval_waiting", "stock_low")
    assert unread(shop.business_id, owner.user_id, kinds) == 2
    last = shop.many(select(Alert.__table__).order_by(Alert.id))[-1]
    manage_alerts.read_through(shop.business_id, owner.user_id, last.id)
    assert unread(shop.business_id, owner.user_id, kinds) == 0
    assert unread(shop.business_id, viewer.user_id, kinds) == 2


def test_a_large_refund_is_one_over_the_amount(shop: Shop, new_shop: Callable[..., Shop]) -> None:
    manage_alerts.set_large_refunds(shop.business_id, {"USD": 600})
    for amount in (599, 600):
        shop.refund(shop.paid_order(), amount)
        shop.work_off()
    raise_alerts.raise_due()

    assert kinds_of(shop) == [("refund_large", True)]
    assert new_shop().business_id != shop.business_id

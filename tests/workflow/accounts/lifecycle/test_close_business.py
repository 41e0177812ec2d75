"""A business closes by two people, or by one who waits; closed it sells nothing, and what it owes goes back."""

from __future__ import annotations

import uuid
from datetime import timedelta
from types import ModuleType

import pytest
from sqlalchemy import select

from app.core import db, settings
from app.core.clock import now
from app.core.errors import Conflict, Denied, Invalid
from app.core.ids import parse, show
from app.core.money import Money
from app.domain.accounts.business.errors import Closed, OwnRequest
from app.domain.accounts.business.models import Approval, Business
from app.domain.orders.types import Buyer, OrderItem
from app.domain.payments.types import Payee
from app.read.accounts import approvals
from app.workflow.accounts.approvals import decide_alone, decide_approval
from app.workflow.accounts.approvals.set_approval_limits import set_approval_limits
from app.workflow.accounts.lifecycle import close_business
from app.workflow.checkout.open_checkout import open_checkout
from app.workflow.payments.refund_order import refund_order
from app.workflow.wallets.move_money import top_up
from app.workflow.wallets.pay_out import pay_out
from tests.factories.people import make_user
from tests.factories.shop import Shop
from tests.factories.user_mails import mails_to


@pytest.fixture
def ann(shop: Shop) -> str:
    """An owner."""
    return show("usr", make_user(shop.business_id).user_id)


@pytest.fixture
def ben(shop: Shop) -> str:
    """Another owner."""
    return show("usr", make_user(shop.business_id).user_id)


@pytest.mark.usefixtures("mail_on")
def test_another_person_approves_and_after_the_wait_it_sells_nothing(shop: Shop, ann: str) -> None:
    owner = make_user(shop.business_id)
    paid, unpaid = shop.paid_order(), shop.place()
    approval_id = _ask(shop, ann)

    with pytest.raises(OwnRequest):
        decide_approval.approve(shop.business_id, approval_id, actor=ann)
    approved = decide_approval.approve(shop.business_id, approval_id, actor=show("usr", owner.user_id))
    early = decide_approval.carry_out(shop.business_id, approval_id), shop.place(), _closed_at(shop)
    _let_wait(shop, approval_id)
    decide_approval.carry_out(shop.business_id, approval_id)

    assert (approved, early[0], early[2]) == ("approved", "approved", None)
    assert _status(shop, approval_id) == "done"
    assert _closed_at(shop) is not None
    for road in (
        shop.place,
        lambda: shop.pay(unpaid),
        lambda: open_checkout(shop.business_id, items=[OrderItem(shop.sku_id, 1)], buyer=Buyer(reference="b")),
        lambda: top_up(shop.business_id, buyer="b", money=Money(100, "USD"), actor="test"),
    ):
        with pytest.raises(Closed):
            road()
    pay_out(shop.business_id, money=Money(100, "USD"), payee=Payee(account="DE1"), actor="test")
    refund_order(shop.business_id, paid, amount_minor=300, reason="x", actor="test")
    shop.work_off()
    assert shop.order(paid).refunded_minor == 300
    assert [mail.details["level"] for mail in mails_to(owner.email)] == ["closed"]


def test_who_owns_it_alone_waits_instead_where_the_business_has_chosen_so(
    shop: Shop, ann: str, clock: ModuleType
) -> None:
    approval_id = _ask(shop, ann)
    with pytest.raises(Denied):
        decide_alone.decide_alone(shop.business_id, approval_id, actor=ann, proven_at=now())
    _choose_alone(shop)

    decide_alone.decide_alone(shop.business_id, approval_id, actor=ann, proven_at=now())
    clock.move(2 * 3600)
    decide_approval.sweep_approvals()
    early = _closed_at(shop)
    _wait(clock)
    decide_approval.sweep_approvals()

    assert early is None
    assert _closed_at(shop) is not None
    with pytest.raises(Conflict):
        close_business.request_closure(shop.business_id, reason="x", actor=ann)


@pytest.mark.parametrize("by_two", [True, False])
def test_what_was_cancelled_is_never_carried_out(shop: Shop, ann: str, clock: ModuleType, by_two: bool) -> None:
    approval_id = _ask(shop, ann)
    with pytest.raises(Conflict):
        close_business.cancel_closure(shop.business_id, approval_id, actor=ann)
    if by_two:
        other = show("usr", make_user(shop.business_id).user_id)
        decide_approval.approve(shop.business_id, approval_id, actor=other)
    else:
        _choose_alone(shop)
        decide_alone.decide_alone(shop.business_id, approval_id, actor=ann, proven_at=now())

    close_business.cancel_closure(shop.business_id, approval_id, actor=ann)
    order_id = shop.place()
    _wait(clock)
    decide_approval.sweep_approvals()

    assert (_status(shop, approval_id), _closed_at(shop)) == ("failed", None)
    assert order_id


def test_only_owners_ask_and_twice_asks_once(shop: Shop, ann: str, ben: str) -> None:
    viewer = show("usr", make_user(shop.business_id, "viewer").user_id)
    for actor in (viewer, f"operator:{ann}", "system"):
        with pytest.raises(Denied):
            close_business.request_closure(shop.business_id, reason="x", actor=actor)
    with pytest.raises(Invalid):
        close_business.request_closure(shop.business_id, reason="  ", actor=ann)

    assert _ask(shop, ann) == _ask(shop, ben)


def _ask(shop: Shop, actor: str) -> uuid.UUID:
    asked = close_business.request_closure(shop.business_id, reason="We stop.", actor=actor)
    return parse("apr", asked.details["approval_id"])


def _choose_alone(shop: Shop) -> None:
    set_approval_limits(shop.business_id, {}, decides_alone=True, alone_waits_h=1)


def _let_wait(shop: Shop, approval_id: uuid.UUID) -> None:
    """The waiting time is over."""
    with db.phase("test.waited", shop.business_id):
        db.write(db.change(Approval, approval_id, not_before=now() - timedelta(seconds=1)), expect=1)


def _wait(clock: ModuleType) -> None:
    clock.move(settings.current().second_person_waits.total_seconds() + 60)


def _status(shop: Shop, approval_id: uuid.UUID) -> str:
    return str(approvals.get_approval(shop.business_id, approval_id).status)


def _closed_at(shop: Shop) -> object:
    with db.system_reading():
        return db.scalar(select(Business.closed_at).where(Business.id == shop.business_id))

"""A closed business is erased: people and secrets go, books and the audit chain stay and still hold."""

from __future__ import annotations

import uuid
from datetime import timedelta
from types import ModuleType

import pytest
from sqlalchemy import select, text

from app.core import clock as clocks
from app.core import db
from app.core.clock import now
from app.core.errors import AppError, Conflict, Denied, Invalid
from app.core.ids import parse, show
from app.domain.accounts.business.errors import OwnRequest
from app.domain.accounts.business.models import Approval, Business, Membership
from app.domain.accounts.business.types import BUSINESS_ERASURE_WAITS
from app.domain.accounts.privacy.models import Erasure
from app.domain.orders.types import Buyer, OrderItem, PlaceOrderCommand
from app.read.accounts import approvals
from app.workflow.accounts import authenticate_key
from app.workflow.accounts.approvals import decide_alone, decide_approval
from app.workflow.accounts.approvals.set_approval_limits import set_approval_limits
from app.workflow.accounts.lifecycle import close_business, erase_business
from app.workflow.accounts.manage_keys import create_key
from app.workflow.buyers.create_buyer import BuyerCommand, create_buyer
from app.workflow.operations import seal_audit_log
from app.workflow.orders.place_order import place_order
from app.workflow.orders.write_note import write_note
from app.workflow.webhooks.manage_webhooks import EndpointCommand, create_endpoint
from tests.factories.people import make_user
from tests.factories.shop import Shop

BUYER, EMAIL, PHONE, NOTE = "buyer-gone-4711", "gone@buyer.example", "+491701234567", "Called Frau Gone at home."


@pytest.fixture
def people(shop: Shop) -> tuple[str, str]:
    """Two owners."""
    ann, ben = (show("usr", make_user(shop.business_id).user_id) for _ in range(2))
    return ann, ben


def test_it_takes_two_people_and_a_week_and_can_be_cancelled(shop: Shop, people: tuple[str, str]) -> None:
    ann, ben = people
    with pytest.raises(Conflict, match="Close the business first"):
        _ask(shop, ann)
    _close(shop, people)
    approval_id = _ask(shop, ann)

    with pytest.raises(OwnRequest):
        decide_approval.approve(shop.business_id, approval_id, actor=ann)
    decide_approval.approve(shop.business_id, approval_id, actor=ben)
    waits = approvals.get_approval(shop.business_id, approval_id).not_before
    early = decide_approval.carry_out(shop.business_id, approval_id)
    close_business.cancel_closure(shop.business_id, approval_id, actor=ann)

    assert waits is not None
    assert timedelta(0) <= now() + BUSINESS_ERASURE_WAITS - waits < timedelta(minutes=1)
    assert (early, _status(shop, approval_id), _business(shop).erased_at) == ("approved", "failed", None)
    assert _ask(shop, ann) != approval_id


def test_everybody_is_gone_and_the_books_still_hold(shop: Shop, people: tuple[str, str]) -> None:
    order_id = _history(shop)
    key = create_key(shop.business_id, name="server", kind="secret").secret
    create_endpoint(shop.business_id, EndpointCommand(url="https://hooks.example/x", topics=["*"]), actor=people[0])
    before = shop.balance("merchant_payable"), shop.order(order_id).total_minor
    _close(shop, people)
    shop.work_off()
    seal_audit_log.seal_due()

    _erase(shop, people)

    after = shop.order(order_id)
    assert (shop.balance("merchant_payable"), after.total_minor) == before
    assert after.status == "fulfilled"
    assert after.buyer_reference.startswith("erased_")
    assert _named(shop) == []
    assert _business(shop).erased_at is not None
    authenticate_key.forget_known()
    with pytest.raises(AppError):
        authenticate_key.authenticate_key(key)
    assert shop.many(select(Membership.id).where(Membership.left_at.is_(None))) == []
    [run] = shop.many(select(Erasure.__table__))
    assert (run.ciphertext, run.finished_at is not None) == ({}, True)
    shop.audit()  # I160–I162, the ledger's laws and the audit chain among them


def test_one_buyer_has_one_pseudonym_everywhere_and_another_has_another(shop: Shop, people: tuple[str, str]) -> None:
    first, again, other = shop.paid_order(buyer="same"), shop.paid_order(buyer="same"), shop.paid_order(buyer="other")
    _close(shop, people)
    shop.work_off()

    _erase(shop, people)

    names = [shop.order(each).buyer_reference for each in (first, again, other)]
    rights = {row.buyer_reference for row in shop.many(text("SELECT buyer_reference FROM entitlements"))}
    assert names[0] == names[1] != names[2]
    assert rights == set(names)


def test_whoever_is_stopped_in_between_is_followed(
    shop: Shop, people: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = _history(shop)
    _close(shop, people)
    shop.work_off()
    monkeypatch.setattr(erase_business, "SLICE_S", -1.0)  # each call begins, and does no page
    monkeypatch.setattr(erase_business, "PAGE", 2)
    approval_id = _approved(shop, people)

    statuses = {decide_approval.carry_out(shop.business_id, approval_id) for _ in range(3)}
    begun = shop.many(select(Erasure.__table__))
    monkeypatch.setattr(erase_business, "SLICE_S", 60.0)
    ended = decide_approval.carry_out(shop.business_id, approval_id)

    assert (statuses, ended) == ({"approved"}, "done")
    assert len(begun) == 1
    assert shop.order(order_id).buyer_email is None
    assert _named(shop) == []


@pytest.mark.parametrize("kind", ["order", "payment", "wallet"])
def test_what_is_open_comes_to_its_end_first(shop: Shop, people: tuple[str, str], kind: str) -> None:
    shop.keep_wallets()
    if kind == "wallet":
        shop.fund(BUYER, 500)
    else:
        order_id = shop.place()
        if kind == "payment":
            shop.pay(order_id)
    shop.work_off()
    _close(shop, people)

    with pytest.raises(Conflict) as refused:
        _ask(shop, people[0])

    assert refused.value.code == ("business_has_money" if kind == "wallet" else "business_has_open")


def test_only_owners_ask_and_with_a_reason(shop: Shop, people: tuple[str, str]) -> None:
    viewer = show("usr", make_user(shop.business_id, "viewer").user_id)
    _close(shop, people)

    for actor in (viewer, f"operator:{people[0]}", "system"):
        with pytest.raises(Denied):
            _ask(shop, actor)
    with pytest.raises(Invalid):
        erase_business.request_business_erasure(shop.business_id, reason=" ", actor=people[0])
    assert _ask(shop, people[0]) == _ask(shop, people[1])


def test_who_owns_it_alone_waits_as_long(shop: Shop, clock: ModuleType) -> None:
    ann = show("usr", make_user(shop.business_id).user_id)
    set_approval_limits(shop.business_id, {}, decides_alone=True, alone_waits_h=1)
    asked = close_business.request_closure(shop.business_id, reason="We stop.", actor=ann)
    decide_alone.decide_alone(shop.business_id, parse("apr", asked.details["approval_id"]), actor=ann, proven_at=now())
    clock.move(25 * 3600)
    decide_approval.sweep_approvals()
    approval_id = _ask(shop, ann)

    decide_alone.decide_alone(shop.business_id, approval_id, actor=ann, proven_at=now())
    clock.move(6 * 86_400)
    decide_approval.sweep_approvals()
    early = _business(shop).erased_at
    clock.move(86_400 + 60)
    decide_approval.sweep_approvals()

    assert early is None
    assert _business(shop).erased_at is not None


def _history(shop: Shop) -> uuid.UUID:
    """A buyer with a name in all sorts of tables; their order."""
    buyer = Buyer(reference=BUYER, email=EMAIL, phone=PHONE)
    command = PlaceOrderCommand(items=[OrderItem(shop.sku_id, 1)], buyer=buyer, details={"note": EMAIL})
    for reference, email in ((BUYER, EMAIL), ("another", "another@buyer.example")):
        known = BuyerCommand(reference=reference, email=email, name=f"Frau {reference}")
        create_buyer(shop.business_id, known, actor="test")
    order_id = place_order(shop.business_id, command)
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()
    write_note(shop.business_id, order_id, body=NOTE, author="usr_x")
    shop.refund(order_id, 100)
    shop.work_off()
    return order_id


def _named(shop: Shop) -> list[str]:
    """The tables in which the buyer is named still."""
    found = []
    for name, table in db.Base.metadata.tables.items():
        if "business_id" in table.columns:
            said = " OR ".join(f"CAST(t.* AS text) ILIKE '%{each}%'" for each in (BUYER, EMAIL, PHONE, NOTE))
            query = f"SELECT 1 FROM {name} t WHERE t.business_id = '{shop.business_id}' AND ({said}) LIMIT 1"
            found += [name] if shop.many(text(query)) else []
    return found


def _close(shop: Shop, people: tuple[str, str]) -> None:
    asked = close_business.request_closure(shop.business_id, reason="We stop.", actor=people[0])
    approval_id = parse("apr", asked.details["approval_id"])
    decide_approval.approve(shop.business_id, approval_id, actor=people[1])
    _let_wait(shop, approval_id)
    assert decide_approval.carry_out(shop.business_id, approval_id) == "done"


def _approved(shop: Shop, people: tuple[str, str]) -> uuid.UUID:
    approval_id = _ask(shop, people[0])
    decide_approval.approve(shop.business_id, approval_id, actor=people[1])
    _let_wait(shop, approval_id)
    return approval_id


def _erase(shop: Shop, people: tuple[str, str]) -> None:
    approval_id = _approved(shop, people)
    ended = decide_approval.carry_out(shop.business_id, approval_id)
    assert (ended, approvals.get_approval(shop.business_id, approval_id).problem) == ("done", "")


def _ask(shop: Shop, actor: str) -> uuid.UUID:
    asked = erase_business.request_business_erasure(shop.business_id, reason="All is paid.", actor=actor)
    return parse("apr", asked.details["approval_id"])


def _let_wait(shop: Shop, approval_id: uuid.UUID) -> None:
    """The waiting time is over."""
    with db.phase("test.waited", shop.business_id):
        db.write(db.change(Approval, approval_id, not_before=clocks.actual()), expect=1)


def _status(shop: Shop, approval_id: uuid.UUID) -> str:
    return str(approvals.get_approval(shop.business_id, approval_id).status)


def _business(shop: Shop) -> Business:
    with db.system_reading():
        found: Business = db.first(select(db.table(Business)).where(Business.id == shop.business_id))
    return found

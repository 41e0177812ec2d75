"""One buyer is erased: whoever looks through everything that is kept finds nobody, and the books are the same."""

from __future__ import annotations

import secrets
import uuid
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core import context, db, settings
from app.core.errors import Conflict
from app.core.ids import new_id
from app.domain.orders import types
from app.domain.orders.models import Order
from app.domain.orders.types import Buyer
from app.read.operations import audit_log
from app.workflow.accounts import erase_buyer
from app.workflow.buyers.create_buyer import BuyerCommand, create_buyer
from app.workflow.buyers.note_buyer import note_buyer
from app.workflow.buyers.record_consent import record_consent
from app.workflow.fulfilment import change_points
from app.workflow.operations import seal_audit_log
from app.workflow.orders import place_order, write_note
from tests.attacks.traces import found, marks
from tests.factories import horizon
from tests.factories.shop import Shop

SAID: dict[str, Any] = {"reason": "asked", "requested_by": "usr_a", "agreed": "alone"}


@pytest.fixture
def canary() -> Buyer:
    mark = secrets.token_hex(5)
    return Buyer(
        reference=f"canary-{mark}", email=f"canary.{mark}@buyers.example", phone=f"+49{int(mark, 16):014d}"[:15]
    )


def _leave_traces(shop: Shop, buyer: Buyer) -> uuid.UUID:
    """An order, paid and refunded in part, with everything around it that may name the buyer."""
    with context.work(actor="usr_somebody", address="192.0.2.1", request_id="req_1"):
        command = types.PlaceOrderCommand(
            items=[types.OrderItem(shop.sku_id, 2)], buyer=buyer, details={"note": f"for {buyer.email}"}
        )
        order_id = place_order.place_order(shop.business_id, command)
        known = create_buyer(
            shop.business_id,
            BuyerCommand(
                reference=buyer.reference,
                email=buyer.email,
                email_verified=True,
                phone=buyer.phone,
                name="Somebody",
                attributes={"seen_as": f"by {buyer.email}"},
                addresses=[{"line1": "Main Street 1", "country": "DE"}],
            ),
            actor="usr_a",
        )
        note_buyer(shop.business_id, known, body=f"Friendly: {buyer.email}", author="usr_a")
        said = {"kind": "mail", "granted": True, "source": "form", "evidence": {"mail": str(buyer.email)}}
        record_consent(shop.business_id, known, **said)
        attempt_id = shop.pay(order_id)
        shop.approve(attempt_id)
        shop.notice(attempt_id)
        shop.work_off()
        body = f"{buyer.reference} called from {buyer.phone}."
        write_note.write_note(shop.business_id, order_id, body=body, author="usr_a")
        change_points.change_points(
            shop.business_id,
            buyer=buyer.reference,
            change=5,
            reason=f"for {buyer.email}",
            actor="usr_a",
            entry_id=new_id(),
        )
    return order_id


def _ledger(shop: Shop) -> list[Any]:
    with db.reading(shop.business_id):
        return [
            tuple(row)
            for row in db.rows(
                text(
                    "SELECT e.id, e.account_id, e.amount_minor, e.layer, a.kind, a.currency FROM ledger_entries e"
                    " JOIN ledger_accounts a ON a.business_id = e.business_id AND a.id = e.account_id ORDER BY e.id"
                )
            )
        ]


def test_nothing_that_is_kept_names_an_erased_buyer(
    shop: Shop, canary: Buyer, owner_url: str, redis_url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    order_id = _leave_traces(shop, canary)
    horizon.let_pass()
    seal_audit_log.seal_due()
    files = Path(settings.current().files_url)
    assert {place for place, _ in found(canary, owner_url, redis_url, files)} >= {
        "orders",
        "order_notes",
        "audit_entries",
    }
    ledger = _ledger(shop)

    buyer = erase_buyer.find_buyer(shop.business_id, reference=canary.reference)
    pseudonym, changed = erase_buyer.erase_buyer(shop.business_id, buyer, **SAID)

    assert found(canary, owner_url, redis_url, files) == set()
    assert changed > 5
    order = shop.order(order_id)
    assert (order.buyer_reference, order.buyer_email, order.buyer_phone) == (pseudonym, None, None)
    assert _ledger(shop) == ledger
    shop.audit()
    assert audit_log.verify(shop.business_id)[1] == []
    logged = capfd.readouterr()
    assert not [mark for mark in marks(canary) if mark in logged.out + logged.err]


@pytest.mark.parametrize("by", ["email", "phone"])
def test_a_buyer_is_found_by_address_and_number(shop: Shop, canary: Buyer, by: str) -> None:
    _leave_traces(shop, canary)

    values = {by: getattr(canary, by)}
    buyer = erase_buyer.find_buyer(shop.business_id, **values)

    assert (buyer.references, buyer.emails, buyer.phones) == ((canary.reference,), (canary.email,), (canary.phone,))


def test_others_keep_what_they_share_with_the_buyer(shop: Shop, canary: Buyer) -> None:
    theirs = shop.paid_order(buyer="family")
    with db.phase("test.share", shop.business_id):
        db.write(db.change(Order, theirs, buyer_email=canary.email), expect=1)
    mine = _leave_traces(shop, canary)

    buyer = erase_buyer.find_buyer(shop.business_id, reference=canary.reference)
    erase_buyer.erase_buyer(shop.business_id, buyer, **SAID)

    assert shop.order(theirs).buyer_email == canary.email
    assert shop.order(theirs).buyer_reference == "family"
    assert shop.order(mine).buyer_email is None


def test_a_short_reference_is_replaced_only_where_it_stands_alone(shop: Shop) -> None:
    order_id, other = shop.paid_order(buyer="7"), shop.paid_order(buyer="77")

    buyer = erase_buyer.find_buyer(shop.business_id, reference="7")
    pseudonym, _ = erase_buyer.erase_buyer(shop.business_id, buyer, **SAID)

    assert shop.order(order_id).buyer_reference == pseudonym
    assert shop.order(other).buyer_reference == "77"


def test_who_has_an_order_under_way_or_money_is_not_erased(shop: Shop, canary: Buyer) -> None:
    shop.keep_wallets()
    shop.fund(canary.reference, 500)
    buyer = erase_buyer.find_buyer(shop.business_id, reference=canary.reference)
    with pytest.raises(Conflict, match="5.00"):
        erase_buyer.erase_buyer(shop.business_id, buyer, **SAID)

    shop.place(buyer="another")
    with pytest.raises(Conflict, match="open order"):
        erase_buyer.erase_buyer(
            shop.business_id,
            erase_buyer.find_buyer(shop.business_id, reference="another"),
            **SAID,
        )


def test_stopped_in_the_middle_it_goes_on_with_the_same_names_and_pseudonym(
    shop: Shop, canary: Buyer, monkeypatch: pytest.MonkeyPatch, owner_url: str, redis_url: str
) -> None:
    order_id = _leave_traces(shop, canary)
    buyer = erase_buyer.find_buyer(shop.business_id, reference=canary.reference)

    erase_in = erase_buyer._erase_in

    def stop_at_mails(business_id: uuid.UUID, table: str, *rest: Any) -> int:
        if table == "mails":
            raise KeyboardInterrupt
        return erase_in(business_id, table, *rest)

    with monkeypatch.context() as patched:
        patched.setattr(erase_buyer, "_erase_in", stop_at_mails)
        with pytest.raises(KeyboardInterrupt):
            erase_buyer.erase_buyer(shop.business_id, buyer, **SAID)
    first = shop.order(order_id).buyer_reference
    # Whoever asks again knows the reference alone; the orders, which told its address, have a pseudonym by now.
    again = erase_buyer.find_buyer(shop.business_id, reference=canary.reference)
    pseudonym, _ = erase_buyer.erase_buyer(shop.business_id, again, **SAID)

    assert pseudonym == first
    assert found(canary, owner_url, redis_url, Path(settings.current().files_url)) == set()


@pytest.mark.parametrize(
    "statement", ["UPDATE state_changes SET actor = 'x'", "UPDATE audit_entries SET before = '{}'"]
)
def test_append_only_tables_stay_so_for_everybody(app: Flask, statement: str) -> None:
    assert app
    with pytest.raises(DBAPIError, match="permission denied"), db.system_phase("test.change"):
        db.run(text(statement))


def test_the_app_cannot_erase(shop: Shop) -> None:
    call = "SELECT bursar_erase(:id, 'orders', ARRAY['somebody'], 'erased_aaaaaaaaaaaaaaaa', :id, 1)"
    with pytest.raises(DBAPIError, match="permission denied"), db.reading(shop.business_id):
        db.rows(text(call).bindparams(id=shop.business_id))

"""Bank transfers in the portal: two people, and only two."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.core.ids import show
from tests.factories.shop import Shop
from tests.pages import Page, Visitor


@pytest.fixture
def bank(shop: Shop) -> Shop:
    shop.take_transfers()
    return shop


def record(visitor: Visitor, path: str, amount: str = "10.00") -> Page:
    form = visitor.get(path).form("/record")
    return form.send(amount=amount, bank_reference="BANK-1", counterparty="Ada, DE11")


def test_one_records_and_another_confirms(bank: Shop, signed_in: Callable[..., Visitor]) -> None:
    order_id = bank.place()
    attempt_id = bank.pay(order_id, channel="offline")
    maker, checker = signed_in(bank, "finance"), signed_in(bank)
    path = f"/portal/bank-transfers/{show('att', attempt_id)}"
    waiting = maker.get("/portal/bank-transfers", query={"view": "incoming"})

    recorded = record(maker, path)
    token = recorded.form("/reject").values()["csrf_token"]
    [address] = [each.get("action") for each in recorded.document.all("form") if each.get("action").endswith("/reject")]
    alone = maker.post(address.replace("/reject", "/confirm"), {"csrf_token": token})
    queued = checker.get("/portal/bank-transfers")
    confirmed = checker.get(path).form("/confirm").send()

    assert bank.attempt(attempt_id).channel_ref in waiting.text
    assert path in queued.links
    assert "another person must confirm it" in alone.text
    assert "Confirmed. The payment is now recorded." in confirmed.text
    assert bank.order(order_id).status == "paid"
    story = checker.get(f"/portal/orders/{show('ord', order_id)}").text
    assert story.count("Pat Example · BANK-1") == story.count("Pat Example · the money was seen") == 1


def test_another_amount_is_offered_to_go_back(bank: Shop, signed_in: Callable[..., Visitor]) -> None:
    attempt_id = bank.pay(bank.place(), channel="offline")
    maker, checker = signed_in(bank, "finance"), signed_in(bank)
    path = f"/portal/bank-transfers/{show('att', attempt_id)}"
    record(maker, path, "9.99")

    back = checker.get(path).form("/confirm").send()
    sent = maker.get(path).form("/send-back").send(sent_reference="BANK-2")
    response = [form for form in checker.get(path).document.all("form") if "/confirm-sent-back" in form.get("action")]
    done = checker.get(path).form("/confirm-sent-back").send()

    assert "Now return the money" in back.text
    assert "A second person must confirm it." in sent.text
    assert len(response) == 2
    assert "The money has been returned" in done.text
    assert bank.attempt(attempt_id).status == "pending"


def test_a_reference_is_found_however_it_was_typed(bank: Shop, owner: Visitor) -> None:
    attempt_id = bank.pay(bank.place(), channel="offline")
    reference = str(bank.attempt(attempt_id).channel_ref)
    path = f"/portal/bank-transfers/{show('att', attempt_id)}"

    for typed in (reference, reference.lower().replace("-", " "), reference.replace("-", "").replace("0", "o")):
        assert path in owner.get("/portal/bank-transfers", query={"q": typed}).links
    assert path not in owner.get("/portal/bank-transfers", query={"q": "nothing"}).links


def test_what_cannot_be_is_shown_on_its_field(bank: Shop, owner: Visitor) -> None:
    first, second = (bank.pay(bank.place(), channel="offline") for _ in range(2))
    record(owner, f"/portal/bank-transfers/{show('att', first)}")

    used = record(owner, f"/portal/bank-transfers/{show('att', second)}")
    nothing = record(owner, f"/portal/bank-transfers/{show('att', second)}", "0")

    assert (used.status, nothing.status) == (409, 422)
    assert "already recorded" in used.text
    assert "Enter the amount shown by the bank." in nothing.text


def test_a_refund_is_marked_as_sent_or_abandoned(bank: Shop, signed_in: Callable[..., Visitor]) -> None:
    orders = [bank.place() for _ in range(2)]
    maker, checker = signed_in(bank, "finance"), signed_in(bank)
    for number, order_id in enumerate(orders):
        path = f"/portal/bank-transfers/{show('att', bank.pay(order_id, channel='offline'))}"
        maker.get(path).form("/record").send(amount="10", bank_reference=f"IN-{number}", counterparty="Ada, DE11")
        checker.get(path).form("/confirm").send()
    sent, failed = (bank.refund_attempt(bank.refund(order_id)) for order_id in orders)
    paths = [f"/portal/bank-transfers/{show('att', attempt.id)}" for attempt in (sent, failed)]

    queued = maker.get("/portal/bank-transfers", query={"view": "outgoing"})
    maker.get(paths[0]).form("/record").send(bank_reference="OUT-1")
    checker.get(paths[0]).form("/confirm").send()
    abandoned = maker.get(paths[1]).form("/abandon").send(reason="account closed")

    assert set(paths) <= set(queued.links)
    assert "Ada, DE11" in maker.get(paths[1]).text
    assert bank.attempt(sent.id).status == "succeeded"
    assert "Abandoned." in abandoned.text
    assert bank.attempt(failed.id).status == "failed"

"""Finance's Friday in the portal: terms, account, a batch that another person approves, its statement."""

from __future__ import annotations

from collections.abc import Callable

from app.core.ids import show
from app.domain.settlement.clearing.types import ShareTerms
from tests.factories.partners import sharer_of
from tests.factories.shop import Shop
from tests.pages import Visitor


def test_a_batch_is_closed_approved_and_paid(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    sharer = sharer_of(shop)
    ada = sharer.partner("Ada")
    sharer.rule(ShareTerms(party=str(ada), bps=7000))
    sharer.refund(sharer.sold(), 300)
    maker, checker = signed_in(shop, "finance"), signed_in(shop)
    path = f"/portal/partners/{show('par', ada)}"

    empty = maker.get("/portal/settlement-batches")
    wrong = maker.get(path).form("/terms").send(cycle="weekly", day="9")
    terms = wrong.form("/terms").send(day="5", hold_days="0", minimum="1.00")
    nobody = maker.get(path).form("/payee").send(payee_name="", account="DE89370400440532013000")
    payee = nobody.form("/payee").send(payee_name="Ada Example", account="DE89370400440532013000")
    checker.get(payee.path).form("/decide").send(reason="Called her", decision="approve")
    form = maker.get(path).form("/close-batch")
    batch, again = form.send(), form.send()
    requested = maker.get(batch.path).form("/request").send()
    checker.get(requested.path).form("/decide").send(reason="Fine", decision="approve")
    [row] = sharer.batches(ada)
    shop.poll(shop.refund_attempt(row.transaction_id).id)

    paid = maker.get(batch.path)
    file = paid.form("/statement").send(file="csv")

    assert "No batches yet" in empty.text
    assert ("Paid" in paid.text, "Closing balance" in paid.text) == (True, True)
    assert "closing_balance" in file.source
    assert (file.status, paid.form("/statement").send(file="exe").status) == (200, 404)
    assert (wrong.status, "Choose a weekday from 1 to 7." in wrong.text) == (422, True)
    assert "Next cut-off" in terms.text
    assert (nobody.status, "Enter the account holder" in nobody.text) == (422, True)
    assert "Ada Example, …3000" in checker.get(payee.path).text
    assert "$4.90" in batch.text
    assert "Nothing is due to this partner" in again.text
    assert sharer.batch(row.id).status == "paid"
    assert "Ada, number 1" in maker.get("/portal/settlement-batches?status=paid").text
    assert sharer.owed(ada) == 0

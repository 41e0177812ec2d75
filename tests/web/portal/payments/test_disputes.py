"""Disputes in the portal: seen, answered with evidence, accepted."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

from app.core.ids import show
from tests.factories.disputes import Disputes, paid_attempt
from tests.factories.shop import Shop
from tests.pages import Visitor


def test_the_page_says_when_there_is_none(shop: Shop, owner: Visitor) -> None:
    assert shop
    assert "No disputes" in owner.get("/portal/disputes").text
    assert "None here" in owner.get("/portal/disputes?status=won").text


def test_a_dispute_is_read_and_answered(shop: Shop, owner: Visitor) -> None:
    disputes = Disputes(shop)
    order_id, attempt_id = paid_attempt(shop)
    number = disputes.open(attempt_id, reason="product_not_received", fee=1500, due_at="2027-01-15T12:00:00+00:00")

    listed = owner.get("/portal/disputes?status=needs_response")
    path = next(link for link in listed.links if "/disputes/dsp_" in link)
    shown = owner.get(path)
    refused = shown.form("/submit").send(explanation="")
    done = shown.form("/submit").send(explanation="The key was used.")
    pack = zipfile.ZipFile(io.BytesIO(done.form("/evidence").download_bytes()))

    assert "Product not received" in listed.text
    assert "Held by the company" in shown.text
    assert "Answer by" in shown.text
    assert (refused.status, "Explain why" in refused.text) == (422, True)
    assert "Evidence submitted." in done.text
    assert "The key was used." in done.text
    assert disputes.one(number).status == "under_review"
    assert set(pack.namelist()) == {"evidence.json", "evidence.txt"}
    assert "Under review" in owner.get(f"/portal/orders/{show('ord', order_id)}").text


def test_a_dispute_is_accepted(shop: Shop, owner: Visitor) -> None:
    disputes = Disputes(shop)
    number = disputes.open(paid_attempt(shop)[1])
    path = f"/portal/disputes/{show('dsp', disputes.one(number).id)}"

    done = owner.get(path).form("/accept").send()

    assert "Dispute accepted." in done.text
    assert disputes.one(number).status == "accepted"
    assert "Submit evidence" not in done.text


def test_a_company_that_refuses_is_quoted(shop: Shop, owner: Visitor) -> None:
    disputes = Disputes(shop)
    number = disputes.open(paid_attempt(shop)[1])
    path = f"/portal/disputes/{show('dsp', disputes.one(number).id)}"
    shop.script("submit_evidence", "decline", out_trade_no=number, times=1)

    done = owner.get(path).form("/submit").send(explanation="x")

    assert "refused your answer" in done.text


def test_who_only_reads_cannot_answer(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    disputes = Disputes(shop)
    dispute_id = show("dsp", disputes.one(disputes.open(paid_attempt(shop)[1])).id)

    shown = signed_in(shop, "viewer").get(f"/portal/disputes/{dispute_id}")

    assert "Submit evidence" not in shown.text

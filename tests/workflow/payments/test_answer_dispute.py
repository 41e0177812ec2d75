"""Disputes: answered with evidence, or accepted; told until the company has heard it."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from app.core.errors import Conflict, Invalid
from app.core.ids import show
from app.workflow.payments import answer_dispute, follow_disputes
from tests.factories.disputes import Disputes, paid_attempt
from tests.factories.shop import Shop


@pytest.fixture
def disputes(shop: Shop) -> Disputes:
    return Disputes(shop)


@pytest.mark.parametrize(("words", "status"), [("winning_evidence", "won"), ("losing_evidence", "lost")])
def test_evidence_is_submitted_and_reviewed(shop: Shop, disputes: Disputes, words: str, status: str) -> None:
    _, attempt_id = paid_attempt(shop)
    number = disputes.open(attempt_id)
    dispute_id = disputes.one(number).id

    answer_dispute.submit(shop.business_id, dispute_id, explanation=f"It was used. {words}", actor="usr_x")

    found = disputes.one(number)
    assert (found.status, found.action, found.action_by) == (status, None, "usr_x")
    with pytest.raises(Conflict):
        answer_dispute.submit(shop.business_id, dispute_id, explanation="again", actor="usr_x")
    shop.audit()


def test_evidence_needs_words(shop: Shop, disputes: Disputes) -> None:
    _, attempt_id = paid_attempt(shop)
    dispute_id = disputes.one(disputes.open(attempt_id)).id

    for words in ("", "  ", "x" * 20_001):
        with pytest.raises(Invalid):
            answer_dispute.submit(shop.business_id, dispute_id, explanation=words, actor="usr_x")


def test_an_accepted_dispute_is_lost_by_choice(shop: Shop, disputes: Disputes) -> None:
    _, attempt_id = paid_attempt(shop)
    number = disputes.open(attempt_id)

    answer_dispute.accept(shop.business_id, disputes.one(number).id, actor="usr_x")

    found = disputes.one(number)
    assert (found.status, found.lost_minor) == ("accepted", 1000)
    assert shop.balance("disputed") == 0
    shop.audit()


def test_an_answer_that_was_lost_is_told_again(shop: Shop, disputes: Disputes) -> None:
    _, attempt_id = paid_attempt(shop)
    number = disputes.open(attempt_id)
    dispute_id = disputes.one(number).id
    shop.script("accept_dispute", "http_500", out_trade_no=number, times=1)

    answer_dispute.accept(shop.business_id, dispute_id, actor="usr_x")
    before = disputes.one(number)
    follow_disputes.ask(shop.business_id, dispute_id, force=True)

    assert (before.status, before.action) == ("needs_response", "accept")
    assert disputes.one(number).status == "accepted"
    shop.audit()


def test_evidence_that_is_refused_can_be_submitted_again(shop: Shop, disputes: Disputes) -> None:
    _, attempt_id = paid_attempt(shop)
    number = disputes.open(attempt_id)
    dispute_id = disputes.one(number).id
    shop.script("submit_evidence", "decline", out_trade_no=number, times=1)

    answer_dispute.submit(shop.business_id, dispute_id, explanation="used", actor="usr_x")
    refused = disputes.one(number)
    answer_dispute.submit(shop.business_id, dispute_id, explanation="used a lot", actor="usr_x")

    assert (refused.status, refused.action) == ("needs_response", None)
    assert "evidence_refused" in refused.error
    assert (disputes.one(number).status, disputes.one(number).error) == ("under_review", "")
    shop.audit()


def test_the_pack_has_what_is_known(shop: Shop, disputes: Disputes) -> None:
    order_id, attempt_id = paid_attempt(shop)
    dispute_id = disputes.one(disputes.open(attempt_id, reason="fraudulent")).id

    pack = zipfile.ZipFile(io.BytesIO(answer_dispute.evidence_pack(shop.business_id, dispute_id)))

    about = json.loads(pack.read("evidence.json"))
    assert (about["order_id"], about["reason"], about["amount_minor"]) == (show("ord", order_id), "fraudulent", 1000)
    told = [each["what"] for each in about["events"]]
    assert any("placed" in each for each in told)
    assert any("Delivered" in each for each in told)
    assert "Delivered" in pack.read("evidence.txt").decode()

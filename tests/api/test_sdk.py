"""The buyer's browser at work: snapshot, choice, confirmation, origins, the stream."""

from __future__ import annotations

import json
import uuid

import pytest
from sqlalchemy import select

from app.api.sdk import session as sdk_session
from app.core import clock, db
from app.core.ids import parse, show
from app.domain.accounts.business.models import Business
from app.domain.payments.models import PaymentAttempt
from app.workflow.checkout.manage_agreements import publish_agreement
from tests.factories.configurations import let_in
from tests.factories.promotions import active_promotion
from tests.factories.risk import make_entry, make_rule_set

SHOP_ORIGIN = "https://shop.example"


@pytest.fixture
def session(merchant):
    return merchant.new_session(2, return_url="https://shop.example/thanks")


@pytest.fixture
def buyer(session, browser_of):
    return browser_of(session["client_secret"])


def confirm(buyer, key: str = "", origin: str | None = None, **body):
    headers = {"Idempotency-Key": key or str(uuid.uuid4()), **({"Origin": origin} if origin else {})}
    return buyer.call("POST", "/confirm", body, headers)


def test_a_buyer_chooses_confirms_pays_and_has_the_goods(merchant, buyer) -> None:
    chosen = buyer.call("POST", "", {"quantity": 3, "payment_method_id": "simulator"}).json
    confirmed = confirm(buyer, payment_method_id="simulator").json
    attempt_id = merchant.shop.one(select(PaymentAttempt.id))
    merchant.shop.approve(attempt_id.id)
    merchant.shop.notice(attempt_id.id)
    merchant.shop.work_off()
    done = buyer.call("GET").json

    assert (chosen["total_minor"], chosen["status"]) == (3000, "ready")
    assert (confirmed["status"], confirmed["action"]["type"]) == ("requires_action", "redirect")
    assert (done["status"], done["delivered"], done["order_id"]) == ("succeeded", True, confirmed["order_id"])
    assert chosen["version"] < confirmed["version"] < done["version"]


def test_an_attempt_sent_twice_is_one_attempt(merchant, buyer) -> None:
    first, second = (confirm(buyer, "attempt-00001", payment_method_id="simulator") for _ in range(2))

    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.json == first.json
    assert len(merchant.shop.many(select(PaymentAttempt.id))) == 1


def test_two_sessions_may_use_the_same_key_and_each_has_its_own_answer(merchant, buyer, browser_of) -> None:
    other = browser_of(merchant.new_session(2)["client_secret"])

    answers = [confirm(each, "attempt-00002", payment_method_id="simulator") for each in (buyer, other)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json["session_id"] != answers[1].json["session_id"]


def test_another_attempt_is_refused_while_one_is_undecided(merchant, buyer) -> None:
    confirm(buyer, payment_method_id="simulator")
    before = merchant.rows()

    answer = confirm(buyer, payment_method_id="simulator")

    assert (answer.status_code, answer.json["code"]) == (409, "payment_in_progress")
    assert merchant.rows() == before


def test_after_a_decline_another_attempt_may_be_made(merchant, buyer) -> None:
    confirm(buyer, payment_method_id="simulator")
    attempt_id = merchant.shop.one(select(PaymentAttempt.id)).id
    merchant.shop.decline(attempt_id)
    merchant.shop.poll(attempt_id)

    declined = buyer.call("GET").json
    again = confirm(buyer, payment_method_id="simulator").json

    assert (declined["status"], declined["error"]["code"]) == ("failed", "insufficient_funds")
    assert (again["status"], again["error"]) == ("requires_action", None)


def test_after_a_decline_the_order_can_be_changed(merchant, buyer) -> None:
    confirm(buyer, payment_method_id="simulator")
    attempt_id = merchant.shop.one(select(PaymentAttempt.id)).id
    waiting = buyer.call("GET").json
    early = buyer.call("POST", "/change-order", {"order_id": waiting["order_id"]})
    merchant.shop.decline(attempt_id)
    merchant.shop.poll(attempt_id)
    declined = buyer.call("GET").json

    changed = buyer.call("POST", "/change-order", {"order_id": declined["order_id"]}).json
    again = buyer.call("POST", "/change-order", {"order_id": declined["order_id"]}).json
    chosen = buyer.call("POST", "", {"quantity": 1}).json
    confirmed = confirm(buyer, payment_method_id="simulator", version=chosen["version"]).json
    late = buyer.call("POST", "/change-order", {"order_id": declined["order_id"]})

    assert (early.status_code, early.json["code"]) == (409, "payment_in_progress")
    assert (waiting["order_changeable"], declined["order_changeable"], changed["order_changeable"]) == (
        False,
        True,
        False,
    )
    assert (changed["status"], changed["order_id"], changed["version"]) == ("ready", None, again["version"])
    assert declined["version"] < changed["version"] < chosen["version"] < confirmed["version"]
    assert (late.status_code, late.json["code"]) == (409, "session_changed")
    closed = merchant.get(f"/v1/orders/{declined['order_id']}").json
    assert (closed["status"], closed["close_reason"]) == ("closed", "changed_by_buyer")
    assert merchant.get(f"/v1/orders/{confirmed['order_id']}").json["total_minor"] == 1000


def test_an_agreement_has_to_be_accepted_as_it_was_shown(merchant, buyer) -> None:
    publish_agreement(merchant.shop.business_id, code="terms", locale="en", title="Terms", body="Be kind.")
    (shown,) = buyer.call("GET").json["agreements"]
    before = merchant.rows()

    for accepted in ([], [{"id": shown["id"], "hash": "another"}]):
        answer = confirm(buyer, payment_method_id="simulator", agreements=accepted)

        assert (answer.status_code, answer.json["code"]) == (422, "agreement_required")
        assert merchant.rows() == before
    agreed = confirm(buyer, payment_method_id="simulator", agreements=[{"id": shown["id"], "hash": shown["hash"]}])
    assert agreed.json["status"] == "requires_action"
    stored = merchant.get(f"/v1/orders/{agreed.json['order_id']}/agreements").json
    assert [(each["id"], each["body"], each["buyer_ip"]) for each in stored["data"]] == [
        (shown["id"], "Be kind.", "127.0.0.1")
    ]


def test_a_total_the_buyer_did_not_see_is_never_charged(merchant, buyer) -> None:
    seen = buyer.call("GET").json["total_minor"]
    before = merchant.rows()

    answer = confirm(buyer, payment_method_id="simulator", total_minor=seen - 1)

    assert (answer.status_code, answer.json["code"]) == (409, "price_changed")
    assert merchant.rows() == before
    assert confirm(buyer, payment_method_id="simulator", total_minor=seen).json["status"] == "requires_action"


def test_another_way_to_pay_is_answered_with_its_price_and_a_bound_order_stays_with_its_own(merchant, buyer) -> None:
    shop = merchant.shop
    shop.take_transfers()
    active_promotion(shop.business_id, channels=frozenset({"simulator"}))

    totals = [buyer.call("GET").json["total_minor"]]
    for name in ("offline", "simulator"):
        totals.append(buyer.call("POST", "", {"payment_method_id": name}).json["total_minor"])
    ordered = confirm(buyer, payment_method_id="simulator", total_minor=1800).json
    attempt_id = shop.one(select(PaymentAttempt.id)).id
    shop.decline(attempt_id)
    shop.poll(attempt_id)
    before = merchant.rows()
    refused = confirm(buyer, payment_method_id="offline")

    assert totals == [1800, 2000, 1800]
    assert ordered["total_minor"] == 1800
    assert {each["id"]: each["reason"] for each in ordered["payment_methods"]}["offline"] == "offer"
    assert (refused.status_code, refused.json["code"]) == (409, "payment_method_mismatch")
    assert refused.json["details"] == {"channels": ["simulator"]}
    assert merchant.rows() == before


def test_a_way_to_pay_that_does_not_exist_begins_nothing(merchant, buyer) -> None:
    before = merchant.rows()

    answer = confirm(buyer, payment_method_id="gold_bars")

    assert (answer.status_code, answer.json["code"]) == (422, "channel_unavailable")
    assert merchant.rows() == before


def test_a_buyer_steps_back_from_the_payment_then_from_the_order_and_may_say_so_twice(merchant, buyer) -> None:
    order_id = confirm(buyer, payment_method_id="simulator").json["order_id"]

    answers = [buyer.call("POST", "/cancel", {}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert [answer.json["status"] for answer in answers] == ["failed", "cancelled", "cancelled"]
    assert merchant.shop.order(parse("ord", order_id)).status == "closed"


def test_pages_of_allowed_origins_may_read_and_others_read_only_why_not(merchant, session, buyer) -> None:
    let_in(merchant.shop.business_id, SHOP_ORIGIN)
    evil = "https://evil.example"
    before = merchant.rows()

    allowed = buyer.call("GET", headers={"Origin": SHOP_ORIGIN})
    refused = [
        buyer.call("GET", headers={"Origin": evil}),
        buyer.call("POST", "", {"quantity": 3}, headers={"Origin": evil}),
        confirm(buyer, origin=evil, payment_method_id="simulator"),
        buyer.call("GET", "/events", headers={"Origin": evil}),
    ]

    assert allowed.headers["Access-Control-Allow-Origin"] == SHOP_ORIGIN
    assert "Access-Control-Allow-Credentials" not in allowed.headers
    assert "Set-Cookie" not in allowed.headers
    for each in refused:
        assert (each.status_code, each.json["code"], each.headers["Access-Control-Allow-Origin"]) == (
            403,
            "origin_denied",
            evil,
        )
        # What the page knew already, and nothing of the session.
        assert set(each.json) == {"type", "title", "status", "detail", "code", "param", "request_id"}
        assert session["id"] not in each.text
        assert "Access-Control-Allow-Credentials" not in each.headers
    assert merchant.rows() == before


LOOPBACK = (
    "http://localhost:5173",
    "https://localhost",
    "http://shop.localhost:81",
    "http://127.0.0.1:80",
    "http://[::1]:9",
)
NOT_LOOPBACK = (
    "http://localhost.evil.example",
    "http://127.0.0.1.evil.example",
    "http://evillocalhost",
    "http://127.0.0.2",
    "http://localhost:5173/x",
    "http://localhost@evil.example",
    "ftp://localhost",
    "null",
)


def test_a_developers_own_computer_needs_no_entry_in_test_mode_alone(merchant, buyer) -> None:
    tried = {origin: buyer.call("GET", headers={"Origin": origin}).status_code for origin in LOOPBACK + NOT_LOOPBACK}
    with db.system_phase("test.live"):
        db.run(
            Business.__table__.update()
            .where(Business.id == merchant.shop.business_id)
            .values(mode="live", activated_at=clock.now())
        )
    live = {buyer.call("GET", headers={"Origin": origin}).status_code for origin in LOOPBACK}

    assert tried == {**dict.fromkeys(LOOPBACK, 200), **dict.fromkeys(NOT_LOOPBACK, 403)}
    assert live == {403}


def test_the_page_that_shows_the_checkout_is_where_its_buyer_comes_back_to(merchant, browser_of, client) -> None:
    buyer = browser_of(merchant.new_session(2)["client_secret"])
    page = "http://localhost:5173/shop?product=moon#buy"
    refused = [
        confirm(buyer, origin="http://localhost:5173", payment_method_id="simulator", return_url=url)
        for url in ("https://evil.example/thanks", "http://localhost@evil.example/", "javascript:alert(1)")
    ]
    assert [each.status_code for each in refused] == [422] * 3
    assert refused[0].json["code"] == "return_url_denied"

    answer = confirm(buyer, origin="http://localhost:5173", payment_method_id="simulator", return_url=page)
    back = client.get(f"/c/{answer.json['session_id']}/return")

    assert answer.json["return_url"] == page
    assert back.location == f"http://localhost:5173/shop?product=moon&bursar_session={answer.json['session_id']}#buy"


def test_a_browser_may_ask_before_it_sends_the_secret(client) -> None:
    answer = client.options(
        "/sdk/v1/session/confirm",
        headers={
            "Origin": SHOP_ORIGIN,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
        },
    )

    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP_ORIGIN
    assert "Idempotency-Key" in answer.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_the_stream_begins_with_the_snapshot_and_sends_what_changes(buyer) -> None:
    stream = buyer.call("GET", "/events")
    lines = stream.response

    assert stream.mimetype == "text/event-stream"
    assert next_snapshot(lines)["quantity"] == 2
    buyer.call("POST", "", {"quantity": 5})
    assert next_snapshot(lines)["quantity"] == 5
    stream.close()


def test_streams_beyond_the_cap_are_sent_to_polling(buyer) -> None:
    streams = [buyer.call("GET", "/events") for _ in range(sdk_session.MAX_STREAMS)]

    refused = buyer.call("GET", "/events")
    streams[0].close()
    after = buyer.call("GET", "/events")

    assert (refused.status_code, refused.json["code"]) == (503, "too_many_streams")
    assert refused.headers["Retry-After"] == "5"
    assert after.status_code == 200
    for stream in [*streams[1:], after]:
        stream.close()


def next_snapshot(lines) -> dict:
    for chunk in lines:
        text = chunk.decode() if isinstance(chunk, bytes) else chunk
        if text.startswith("event: snapshot"):
            return json.loads(text.split("data: ", 1)[1])
    raise AssertionError("the stream ended")


def test_a_session_shows_its_order_to_the_merchant(merchant, session, buyer) -> None:
    order_id = confirm(buyer, payment_method_id="simulator").json["order_id"]

    assert merchant.get(f"/v1/checkout/sessions/{session['id']}").json["order_id"] == order_id
    assert merchant.get(f"/v1/orders/{order_id}").json["checkout_session_id"] == session["id"]
    assert show("ses", parse("ses", session["id"])) == session["id"]


@pytest.mark.parametrize(
    ("language", "sentence", "over"),
    [
        ("en", "Something went wrong.", "This checkout has expired."),
        ("de", "Etwas ist schiefgelaufen.", "Dieser Bezahlvorgang ist abgelaufen."),
    ],
)
def test_what_was_written_for_programmers_is_not_what_a_buyer_reads(buyer, client, language, sentence, over) -> None:
    speaks = {"Accept-Language": language}
    answers = [
        buyer.call("POST", "", {"sku_id": "5"}, headers=speaks),
        buyer.call("POST", "", {"quantity": "many"}, headers=speaks),
        buyer.call("POST", "/coupons", {"add": ""}, headers=speaks),
        client.post("/sdk/v1/checkouts", json={"configuration": "x"}, headers=speaks),
        client.get("/sdk/v1/session", headers={"Authorization": "Bearer ses_1", **speaks}),
        client.get("/sdk/v1/nothing", headers=speaks),
    ]

    for answer, text in zip(answers, [*[sentence] * 4, over, sentence], strict=True):
        assert answer.status_code in (401, 404, 422)
        assert answer.json["detail"].startswith(text), answer.json
    # A programmer finds the member and what is wrong with it beside.
    assert answers[0].json["errors"][0]["param"] == "sku_id"


def test_a_buyer_whom_rules_refuse_is_told_so_and_the_session_is_over(merchant, buyer) -> None:
    make_rule_set(merchant.shop, to="on")
    make_entry(merchant.shop, merchant.session_body()["buyer"]["reference"])

    answer = confirm(buyer, "attempt-00009", payment_method_id="simulator")
    again = confirm(buyer, "attempt-00009", payment_method_id="simulator")
    seen = buyer.call("GET").json

    assert (answer.status_code, answer.json["code"]) == (403, "risk_blocked")
    assert again.json["code"] == "session_closed"
    assert seen["status"] == "cancelled"
    assert merchant.shop.many(select(PaymentAttempt.id)) == []

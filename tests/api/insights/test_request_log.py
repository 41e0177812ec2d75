"""Rate limits, and the log of API requests."""

from __future__ import annotations

import dataclasses
import uuid
from datetime import timedelta

import pytest

from app.core import settings
from app.core.clock import now
from app.core.limits import quota
from app.core.limits.quota import Quota
from app.core.web import redacted_bodies
from app.domain.accounts.privacy import kinds
from app.workflow.operations.log_requests import write_noted
from app.workflow.operations.prune_personal import prune_business


@pytest.fixture(autouse=True)
def _nothing_left_over() -> None:
    write_noted()


def _logged(merchant, query: str = ""):
    write_noted()
    answer = merchant.get(f"/v1/request-logs{query}")
    assert answer.status_code == 200, answer.text
    return answer.json["data"]


def test_a_request_is_found_again_with_what_was_sent_and_answered(merchant) -> None:
    body = merchant.session_body(buyer={"reference": "buyer-1", "email": "paula@example.com"})
    made = merchant.post("/v1/checkout/sessions", body, once="order-4711-a")
    again = merchant.post("/v1/checkout/sessions", body, once="order-4711-a")
    absent = merchant.get("/v1/orders/ord_00000000000000000000000000?x=paula@example.com")

    logged = _logged(merchant)
    one = merchant.get(f"/v1/request-logs/{made.headers['X-Request-Id']}").json

    assert [(row["operation"], row["status"], row["replayed"]) for row in logged[:3]] == [
        ("get_order", 422, False),
        ("create_checkout_session", 201, True),
        ("create_checkout_session", 201, False),
    ]
    assert logged[0]["error_code"] == absent.json["code"] == "invalid_parameter"
    assert (logged[0]["route"], "paula" in logged[0]["path"]) == ("/v1/orders/{order_id}", False)
    assert logged[1]["id"] == again.headers["X-Request-Id"]
    assert one["idempotency_key"] == "order-4711-a"
    assert one["request_body"]["buyer"] == {"reference": "•••", "email": "•••"}
    assert (one["response_body"]["id"], one["response_body"]["client_secret"]) == (made.json["id"], "•••")
    assert made.json["client_secret"] not in str(one)


def test_the_log_is_narrowed(merchant) -> None:
    merchant.get("/v1/orders")
    merchant.get("/v1/refunds?limit=0")
    merchant.post("/v1/checkout/sessions", merchant.session_body(), once="only-this-one")
    other = merchant.post("/v1/keys", {"name": "Other"}).json
    dataclasses.replace(merchant, key=other["secret"]).get("/v1/products")

    def operations(query: str) -> list[str]:
        return [row["operation"] for row in _logged(merchant, query) if row["operation"] != "list_request_logs"]

    assert operations("?outcome=refused") == ["list_refunds"]
    assert operations("?error_code=invalid_parameter") == ["list_refunds"]
    assert operations("?operation=list_orders") == ["list_orders"]
    assert operations("?idempotency_key=only-this-one") == ["create_checkout_session"]
    assert operations(f"?key_id={other['id']}") == ["list_products"]
    assert operations("?outcome=failed") == []


def test_a_key_that_no_longer_counts_is_seen_too(merchant) -> None:
    made = merchant.post("/v1/keys", {"name": "Office", "addresses": ["203.0.113.9"]}).json

    dataclasses.replace(merchant, key=made["secret"]).get("/v1/orders")

    [row] = _logged(merchant, f"?key_id={made['id']}")
    assert (row["status"], row["error_code"], row["address"]) == (403, "address_denied", "127.0.0.1")


def test_the_remaining_quota_is_shown_and_then_refused(merchant, app, monkeypatch) -> None:
    few = Quota(app.config["SETTINGS"].redis_url, quota=2, window_s=3600)
    monkeypatch.setitem(app.extensions, "quota", few)

    answers = [merchant.get("/v1/orders") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    key = settings.current().api_rate_per_s
    policies = f'"key";q=2;w=3600, "api_read";q={40 * key};w=10, "api_read-burst";q={8 * key};w=1'
    assert answers[0].headers["RateLimit-Policy"] == policies
    assert answers[2].headers["RateLimit-Policy"] == '"key";q=2;w=3600'  # refused before its business was asked
    assert [answer.headers["RateLimit"].partition(";t=")[0] for answer in answers] == [
        '"key";r=1',
        '"key";r=0',
        '"key";r=0',
    ]
    assert answers[2].json["code"] == "rate_limited"
    assert 0 < int(answers[2].headers["Retry-After"]) <= 3600


def test_processes_count_together_and_alone_without_redis(app) -> None:
    subject, url = str(uuid.uuid4()), app.config["SETTINGS"].redis_url
    one, other = (Quota(url, quota=10, window_s=3600) for _ in range(2))
    lonely = Quota("redis://127.0.0.1:1", quota=2, window_s=3600)

    for _ in range(6):
        one.take(subject)
    left = [other.take(subject).left for _ in range(5)]

    assert left == [3, 2, 1, 0, -1]
    assert [lonely.take(subject).is_over for _ in range(3)] == [False, False, True]
    assert quota.QuotaState(1, 1, 0, 1).is_over is False


@pytest.mark.parametrize(
    ("content", "stored"),
    [
        (b'{"a": {"password": "x", "token": 1}}', {"a": {"password": "•••", "token": "•••"}}),
        (b'{"payee": {"account": "DE1", "name": "Paula"}}', {"payee": "•••"}),
        (b'{"buyer_reference": "paula", "code": "not_found"}', {"buyer_reference": "•••", "code": "not_found"}),
        (b'{"buyer": {"reference": "paula"}, "reference": "A1"}', {"buyer": {"reference": "•••"}, "reference": "A1"}),
        (b'{"template": {"shared_code": "SPRING"}}', {"template": {"shared_code": "•••"}}),
        (b'{"url": "https://x.test/p/secret?t=1"}', {"url": "https://x.test/…"}),
        (b'{"a": "x\\u0000y", "b": 1e999, "\\ud800": 1}', {"a": "x\ufffdy", "b": "inf", "?": 1}),
        (b"[1]", None),
        (b"{", None),
        (b'{"a": "' + b"x" * redacted_bodies.MAX_BYTES + b'"}', None),
        (b'{"a":' * 900 + b"1" + b"}" * 900, "deep"),
        (None, None),
    ],
)
def test_what_is_kept_of_a_body(content, stored) -> None:
    found = redacted_bodies.kept(content)

    assert (str(found).count("{") < 30) if stored == "deep" else (found == stored)


def test_a_body_is_shown_without_buyers_to_who_may_not_read_them() -> None:
    event = {
        "type": "order.paid",
        "data": [{"buyer": {"reference": "paula", "email": None}, "receipt_email": "a@b.test"}],
    }
    event |= {"counter_reference": "peter", "payee": {"account": "DE1"}, "amount_minor": 100}

    shown = redacted_bodies.without_buyers(event)

    assert shown["data"] == [{"buyer": {"reference": "pa•••", "email": None}, "receipt_email": "a•••@b•••"}]
    assert (shown["counter_reference"], shown["payee"], shown["amount_minor"]) == ("pe•••", {"account": "•••"}, 100)


def test_buyers_names_and_coupon_codes_stay_out_of_the_log(merchant) -> None:
    merchant.get("/v1/wallets/paula-7?currency=USD")
    merchant.get("/v1/coupons?code=WINTER-77AA&buyer_reference=paula-7")
    merchant.post("/v1/points/entries", {"buyer_reference": "paula-7", "change": 1, "reason": "gift"})
    write_noted()

    rows = merchant.get("/v1/request-logs").json["data"]
    text = "".join(merchant.get(f"/v1/request-logs/{row['id']}").text for row in rows)

    assert len(rows) == 3
    assert "paula-7" not in text
    assert "77AA" not in text
    assert "/v1/wallets/•••?currency=USD" in [row["path"] for row in rows]


def test_old_requests_are_forgotten(merchant, clock) -> None:
    merchant.get("/v1/orders")
    write_noted()
    clock.move(timedelta(days=kinds.days({}, "requests") + 1).total_seconds())
    merchant.get("/v1/products")
    write_noted()

    assert prune_business(merchant.shop.business_id) >= 1
    assert {row["operation"] for row in _logged(merchant)} <= {"list_products", "list_request_logs"}
    assert now()

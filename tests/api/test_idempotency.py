"""The law of Idempotency-Key, over HTTP."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select

from app.api.v1.payments import refunds
from app.core.db.models import IdempotencyKey
from app.core.db.transient_errors import Busy
from app.core.errors import Conflict
from app.core.ids import show
from app.core.web import idempotency
from app.workflow.payments import record_result

PATH = "/v1/checkout/sessions"


def test_a_money_moving_post_without_a_key_is_refused_and_changes_nothing(merchant) -> None:
    order_id = show("ord", merchant.shop.place())
    before = merchant.rows()

    answers = [
        merchant.post(PATH, merchant.session_body(), once=None),
        merchant.post("/v1/refunds", {"order_id": order_id, "reason": "asked"}, once=None),
        merchant.post(f"/v1/orders/{order_id}/cancel", once=None),
    ]

    assert {(answer.status_code, answer.json["code"]) for answer in answers} == {(400, "idempotency_key_missing")}
    assert merchant.rows() == before


def test_a_key_that_is_too_short_or_not_visible_ascii_is_refused(merchant) -> None:
    for key in ("short", "x" * 256, "with a space in it", "schlüssel-123"):
        answer = merchant.post(PATH, merchant.session_body(), once=key)

        assert (answer.status_code, answer.json["code"]) == (400, "idempotency_key_invalid")


def test_a_repeat_gives_the_first_answer_again_and_does_nothing(merchant) -> None:
    first = merchant.post(PATH, merchant.session_body(2), once="attempt-0001")
    before = merchant.rows()

    again = merchant.post(PATH, merchant.session_body(2), once="attempt-0001")

    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (again.status_code, again.json) == (first.status_code, first.json)
    assert merchant.rows() == before


def test_a_kept_answer_holds_no_client_secret_in_the_open(merchant) -> None:
    secret = merchant.new_session()["client_secret"]

    stored = merchant.shop.one(select(IdempotencyKey.answer))

    assert secret not in str(stored)


def test_the_same_key_with_another_body_is_refused(merchant) -> None:
    merchant.post(PATH, merchant.session_body(1), once="attempt-0002")
    before = merchant.rows()

    answer = merchant.post(PATH, merchant.session_body(2), once="attempt-0002")

    assert (answer.status_code, answer.json["code"]) == (422, "idempotency_key_reused")
    assert merchant.rows() == before


def test_the_same_key_on_another_object_is_refused(merchant) -> None:
    one, other = (show("ord", merchant.shop.place()) for _ in range(2))
    merchant.post(f"/v1/orders/{one}/cancel", once="attempt-0003")

    answer = merchant.post(f"/v1/orders/{other}/cancel", once="attempt-0003")

    assert (answer.status_code, answer.json["code"]) == (422, "idempotency_key_reused")


def test_a_key_whose_first_request_still_runs_is_answered_409(merchant) -> None:
    order_id = show("ord", merchant.shop.place())
    path = f"/v1/orders/{order_id}/cancel"
    idempotency.claim(
        merchant.shop.business_id,
        route="POST /v1/orders/{order_id}/cancel",
        key="attempt-0004",
        body={"path": path, "body": None},
    )

    answer = merchant.post(path, once="attempt-0004")

    assert (answer.status_code, answer.json["code"]) == (409, "idempotency_in_flight")
    assert answer.headers["Retry-After"] == "1"
    assert merchant.get(f"/v1/orders/{order_id}").json["status"] == "created"


def test_a_refused_request_gives_its_key_back(merchant) -> None:
    refused = merchant.post(PATH, merchant.session_body(51), once="attempt-0005")

    response = merchant.post(PATH, merchant.session_body(50), once="attempt-0005")

    assert (refused.status_code, response.status_code) == (422, 201)


def test_two_businesses_may_use_the_same_key(merchant, new_shop, merchant_of) -> None:
    other = merchant_of(new_shop())

    answers = [each.post(PATH, each.session_body(), once="attempt-0006") for each in (merchant, other)]

    assert [answer.status_code for answer in answers] == [201, 201]


def test_a_refund_repeated_after_an_accident_is_the_same_refund(merchant, monkeypatch) -> None:
    """The process dies after the refund was made and before its answer was recorded."""
    order_id = show("ord", merchant.shop.paid_order())
    body = {"order_id": order_id, "amount_minor": 300, "reason": "asked"}

    def die(*_args: object, **_named: object) -> None:
        raise RuntimeError("the power is gone")

    with monkeypatch.context() as patched:
        patched.setattr(idempotency, "answer", die)
        assert merchant.post("/v1/refunds", body, once="attempt-0007").status_code == 500
    answer = merchant.post("/v1/refunds", body, once="attempt-0007")

    assert answer.status_code == 201
    assert len(merchant.get(f"/v1/refunds?order_id={order_id}").json["data"]) == 1
    assert merchant.get(f"/v1/orders/{order_id}").json["refunded_minor"] == 300


def test_a_refund_repeated_after_the_database_was_busy_goes_on_at_once(merchant, monkeypatch) -> None:
    order_id = show("ord", merchant.shop.paid_order())
    body = {"order_id": order_id, "amount_minor": 300, "reason": "asked"}

    with monkeypatch.context() as patched:
        patched.setattr(record_result, "record", _busy)
        first = merchant.post("/v1/refunds", body, once="attempt-0008")
    answer = merchant.post("/v1/refunds", body, once="attempt-0008")

    assert (first.status_code, first.headers["Retry-After"]) == (503, "1")
    assert (answer.status_code, answer.json["status"]) == (201, "succeeded")
    assert len(merchant.get(f"/v1/refunds?order_id={order_id}").json["data"]) == 1


def test_a_key_under_which_something_may_have_begun_is_not_released_by_a_refusal(merchant, monkeypatch) -> None:
    """The first request began and broke off; what its repeat is refused for is no reason to begin a second time."""
    order_id = show("ord", merchant.shop.paid_order())
    body = {"order_id": order_id, "amount_minor": 300, "reason": "asked"}
    with monkeypatch.context() as patched:
        patched.setattr(record_result, "record", _busy)
        assert merchant.post("/v1/refunds", body, once="attempt-0009").status_code == 503
    with monkeypatch.context() as patched:
        patched.setattr(refunds, "refund_order", _refused)
        assert merchant.post("/v1/refunds", body, once="attempt-0009").status_code == 409

    other = merchant.post("/v1/refunds", {**body, "amount_minor": 200}, once="attempt-0009")
    answer = merchant.post("/v1/refunds", body, once="attempt-0009")

    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")
    assert answer.status_code == 201
    assert merchant.get(f"/v1/orders/{order_id}").json["refunded_minor"] == 300


def _busy(*_args: object, **_named: object) -> None:
    raise Busy


def _refused(*_args: object, **_named: object) -> None:
    raise Conflict("version_conflict", "Not now.")


def test_an_order_repeated_when_it_would_be_refused_now_is_answered_as_it_was(merchant_of, new_shop) -> None:
    merchant = merchant_of(new_shop(stock=1))
    body = {**merchant.session_body(), "channel": "simulator"}

    first = merchant.post("/v1/orders", body, once="attempt-0010")
    other = merchant.post("/v1/orders", body, once="attempt-0011")
    again = merchant.post("/v1/orders", body, once="attempt-0010")
    changed = merchant.post("/v1/orders", {**body, "scene": "mobile"}, once="attempt-0010")

    assert (first.status_code, other.status_code) == (201, 409)
    assert (again.status_code, again.json) == (201, first.json)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (changed.status_code, changed.json["code"]) == (422, "idempotency_key_reused")
    assert len(merchant.get("/v1/orders").json["data"]) == 1


def test_orders_sent_twice_at_once_are_one_order(merchant, merchant_of) -> None:
    body = {**merchant.session_body(), "channel": "simulator"}
    servers = [merchant_of(merchant.shop) for _ in range(4)]

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda each: each.post("/v1/orders", body, once="attempt-0012"), servers))
    last = merchant.post("/v1/orders", body, once="attempt-0012")

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert {answer.json["code"] for answer in answers if answer.status_code == 409} <= {"idempotency_in_flight"}
    assert last.status_code == 201
    assert {answer.json["id"] for answer in answers if answer.status_code == 201} == {last.json["id"]}
    assert len(merchant.get("/v1/orders").json["data"]) == 1

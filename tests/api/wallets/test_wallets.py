"""Wallets and movements over HTTP: top-ups, transfers, balances, statements."""

from __future__ import annotations

import pytest

from app.core.ids import new_id, parse, show

TOP_UP = {"buyer_reference": "ann", "amount_minor": 700, "currency": "USD"}
TRANSFER = {"buyer_reference": "ann", "counter_reference": "bob", "amount_minor": 300, "currency": "USD"}


@pytest.fixture
def keeper(merchant):
    """A merchant's server whose buyers may have wallets."""
    merchant.shop.keep_wallets()
    return merchant


def _wallet(keeper, buyer: str) -> tuple[int, int, int]:
    found = keeper.get(f"/v1/wallets/{buyer}?currency=USD").json
    return found["total_minor"], found["available_minor"], found["held_minor"]


def test_a_top_up_counts_once_the_company_has_confirmed_it(keeper) -> None:
    made = keeper.post("/v1/top_ups", TOP_UP, once="top-up-0001")
    again = keeper.post("/v1/top_ups", TOP_UP, once="top-up-0001")
    before = _wallet(keeper, "ann")

    attempt_id = parse("att", made.json["attempt"]["id"])
    keeper.shop.approve(attempt_id)
    keeper.shop.notice(attempt_id)

    assert (made.status_code, made.json["status"], made.json["kind"]) == (201, "pending", "top_up")
    assert made.json["attempt"]["action"]["type"] == "redirect"
    assert again.json == made.json
    assert before == (0, 0, 0)
    assert _wallet(keeper, "ann") == (700, 700, 0)
    assert keeper.get(f"/v1/movements/{made.json['id']}").json["status"] == "succeeded"


def test_a_transfer_happens_once_under_its_key(keeper) -> None:
    keeper.shop.fund("ann", 700)

    answers = [keeper.post("/v1/transfers", TRANSFER, once="transfer-0001") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json == answers[1].json
    assert answers[0].json["status"] == "succeeded"
    assert (_wallet(keeper, "ann"), _wallet(keeper, "bob")) == ((400, 400, 0), (300, 300, 0))


def test_more_than_is_there_is_not_transferred(keeper) -> None:
    keeper.shop.fund("ann", 299)
    before = keeper.rows()

    answer = keeper.post("/v1/transfers", TRANSFER)

    assert (answer.status_code, answer.json["code"]) == (402, "insufficient_funds")
    assert answer.json["details"] == {"available_minor": 299}
    assert keeper.rows() == before


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"counter_reference": "ann"}, "same_wallet"),
        ({"currency": "XQX"}, "unknown_currency"),
        ({"amount_minor": 0}, "invalid_parameter"),
        ({"amount_minor": 1.0}, "invalid_parameter"),
        ({"counter_reference": "a\u0000b"}, "invalid_parameter"),
    ],
)
def test_a_senseless_transfer_is_refused(keeper, more, code: str) -> None:
    before = keeper.rows()

    answer = keeper.post("/v1/transfers", {**TRANSFER, **more})

    assert (answer.status_code, answer.json["code"]) == (422, code)
    assert keeper.rows() == before


def test_a_business_without_wallets_transfers_nothing(merchant) -> None:
    answer = merchant.post("/v1/transfers", TRANSFER)

    assert (answer.status_code, answer.json["code"]) == (422, "channel_unavailable")


def test_a_statement_adds_up_page_by_page(keeper) -> None:
    keeper.shop.fund("ann", 1700)
    keeper.post("/v1/transfers", TRANSFER)
    order_id = keeper.shop.place(buyer="ann")
    keeper.shop.pay(order_id, channel="wallet")
    seen, path = [], "/v1/wallets/ann/entries?currency=USD&limit=2"

    while path:
        page = keeper.get(path).json
        seen += page["data"]
        cursor = page["next_cursor"]
        path = page["has_more"] and f"/v1/wallets/ann/entries?currency=USD&limit=2&cursor={cursor}"

    assert [(line["kind"], line["amount_minor"], line["balance_minor"]) for line in seen] == [
        ("charge", -1000, 400),
        ("transfer", -300, 1400),
        ("top_up", 1700, 1700),
    ]
    assert seen[0]["order_id"] == show("ord", order_id)
    assert keeper.get(f"/v1/movements/{seen[1]['movement_id']}").json["counter_reference"] == "bob"


def test_movements_are_narrowed_by_what_they_are(keeper) -> None:
    keeper.shop.fund("ann", 700)
    keeper.post("/v1/transfers", TRANSFER)
    order_id = show("ord", keeper.shop.paid_order(buyer="cy"))

    def kinds(query: str) -> list[str]:
        return [each["kind"] for each in keeper.get(f"/v1/movements?{query}").json["data"]]

    assert kinds("") == ["charge", "transfer", "top_up"]
    assert kinds("kind=top_up") == ["top_up"]
    assert kinds("channel=wallet") == ["transfer"]
    assert kinds(f"order_id={order_id}") == ["charge"]
    assert kinds("buyer_reference=ann&status=succeeded") == ["transfer", "top_up"]
    assert kinds("status=pending") == []


def test_a_wallet_of_another_business_is_empty_here(keeper, new_shop, merchant_of) -> None:
    theirs = merchant_of(new_shop())
    theirs.shop.keep_wallets()
    theirs.shop.fund("ann", 700)

    assert _wallet(keeper, "ann") == (0, 0, 0)
    assert keeper.get("/v1/wallets/ann/entries?currency=USD").json["data"] == []
    assert keeper.get(f"/v1/movements/{show('txn', new_id())}").status_code == 404
    assert _wallet(theirs, "ann") == (700, 700, 0)


def test_what_is_no_buyers_name_has_no_wallet(keeper) -> None:
    for path in ("a%00b", "x" * 121):
        assert keeper.get(f"/v1/wallets/{path}?currency=USD").status_code == 404
    assert keeper.get("/v1/wallets/ann?currency=XQX").json["code"] == "unknown_currency"
    assert keeper.get("/v1/wallets/ann").status_code == 422


def test_a_company_is_polled_again_on_request(keeper) -> None:
    made = keeper.post("/v1/top_ups", TOP_UP).json
    keeper.shop.approve(parse("att", made["attempt"]["id"]))

    response = keeper.post(f"/v1/movements/{made['id']}/poll")
    again = keeper.post(f"/v1/movements/{made['id']}/poll")

    assert (response.status_code, response.json["status"]) == (200, "succeeded")
    assert again.json == response.json
    assert keeper.post(f"/v1/movements/{show('txn', new_id())}/poll").status_code == 404

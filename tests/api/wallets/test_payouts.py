"""Withdrawals, payouts, gifts and holds over HTTP."""

from __future__ import annotations

import pytest

from app.core.ids import parse

PAYEE = {"account": "DE02120300000000202051", "name": "Ann"}
WITHDRAWAL = {"buyer_reference": "ann", "amount_minor": 300, "currency": "USD", "payee": PAYEE}
PAYOUT = {"amount_minor": 300, "currency": "USD", "payee": PAYEE}
HOLD = {"buyer_reference": "ann", "amount_minor": 500, "currency": "USD", "reason": "chargeback feared"}
GIFT = {"buyer_reference": "ann", "amount_minor": 700, "currency": "USD", "source": "merchant", "reason": "sorry"}


@pytest.fixture
def keeper(merchant):
    """A merchant's server with a sale behind it, whose buyer ann was given 7.00 of it."""
    merchant.shop.keep_wallets()
    merchant.shop.paid_order()
    merchant.post("/v1/top_ups", GIFT)
    return merchant


def _wallet(keeper, more: str = "") -> tuple[int, int, int]:
    found = keeper.get(f"/v1/wallets/ann?currency=USD{more}").json
    return found["total_minor"], found["available_minor"], found["held_minor"]


def test_a_gift_is_in_the_wallet_at_once_and_comes_from_the_merchant(keeper) -> None:
    [line] = keeper.get("/v1/wallets/ann/entries?currency=USD").json["data"]

    assert (line["kind"], line["amount_minor"]) == ("top_up", 700)
    assert keeper.shop.balance("merchant_payable") == -300
    for wrong in ({"reason": None}, {"channel": "simulator"}):
        assert keeper.post("/v1/top_ups", {**GIFT, **wrong}).status_code == 422


def test_a_withdrawal_happens_once_under_its_key(keeper) -> None:
    answers = [keeper.post("/v1/withdrawals", WITHDRAWAL, once="withdrawal-0001") for _ in range(2)]

    made = answers[0].json
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[1].json == made
    assert (made["kind"], made["status"], made["payee"]) == ("withdrawal", "succeeded", PAYEE)
    assert _wallet(keeper) == (400, 400, 0)
    assert keeper.get(f"/v1/withdrawals/{made['id']}").json == made
    assert keeper.get("/v1/withdrawals?buyer_reference=ann&status=succeeded").json["data"] == [made]
    assert keeper.get(f"/v1/payouts/{made['id']}").status_code == 404


def test_a_payout_takes_what_the_merchant_is_owed_and_no_more(keeper) -> None:
    too_much = keeper.post("/v1/payouts", {**PAYOUT, "amount_minor": 301})
    made = keeper.post("/v1/payouts", PAYOUT)

    assert (too_much.status_code, too_much.json["code"]) == (402, "insufficient_funds")
    assert too_much.json["details"] == {"available_minor": 300}
    assert (made.status_code, made.json["status"], made.json["buyer_reference"]) == (201, "succeeded", None)
    assert keeper.get("/v1/payouts").json["data"] == [made.json]
    assert keeper.shop.balance("merchant_payable") == 0


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"amount_minor": 701}, 402, "insufficient_funds"),
        ({"currency": "EUR"}, 402, "insufficient_funds"),
        ({"channel": "wallet"}, 422, "channel_unavailable"),
        ({"payee": {"account": ""}}, 422, "invalid_parameter"),
        ({"currency": "XQX"}, 422, "unknown_currency"),
    ],
)
def test_a_withdrawal_that_cannot_be_changes_nothing(keeper, more, status: int, code: str) -> None:
    before = keeper.rows()

    answer = keeper.post("/v1/withdrawals", {**WITHDRAWAL, **more})

    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert keeper.rows() == before


def test_a_hold_is_released_in_parts(keeper) -> None:
    made = keeper.post("/v1/holds", HOLD).json
    held = _wallet(keeper)
    path = f"/v1/holds/{made['id']}/release"

    part = [keeper.post(path, {"amount_minor": 200, "reason": "fine"}, once="release-0001") for _ in range(2)]
    too_much = keeper.post(path, {"amount_minor": 301, "reason": "fine"})
    rest = keeper.post(path, {"reason": "fine"}).json

    assert (held, _wallet(keeper)) == ((700, 200, 500), (700, 700, 0))
    assert part[0].json == part[1].json
    assert (too_much.status_code, too_much.json["details"]) == (409, {"left_minor": 300})
    assert (rest["status"], [each["amount_minor"] for each in rest["releases"]]) == ("released", [200, 300])
    assert keeper.get("/v1/holds?buyer_reference=ann&status=released").json["data"] == [rest]
    assert keeper.get(f"/v1/holds/{made['id']}").json == rest


def test_a_balance_is_shown_as_of_a_moment(keeper, clock) -> None:
    clock.move(100)
    hold = keeper.post("/v1/holds", HOLD).json
    clock.move(100)
    keeper.post(f"/v1/holds/{hold['id']}/release", {"reason": "fine"})
    clock.move(100)
    made = keeper.post("/v1/withdrawals", WITHDRAWAL).json

    def at(moment: str) -> tuple[int, int, int]:
        return _wallet(keeper, f"&at={moment}")

    assert at("2020-01-01T00:00:00Z") == (0, 0, 0)
    assert at(_next(hold["created_at"])) == (700, 200, 500)
    assert at(made["created_at"]) == (700, 700, 0)
    assert at("2199-01-01T00:00:00+08:00") == _wallet(keeper) == (400, 400, 0)
    assert keeper.get("/v1/wallets/ann?currency=USD&at=yesterday").json["code"] == "invalid_parameter"


def _next(moment: str) -> str:
    """A second later, since what is shown is cut to milliseconds."""
    second = int(moment[17:19]) + 1
    return f"{moment[:17]}{second:02d}Z" if second < 60 else f"{moment[:16]}:59.999Z"


def test_another_business_has_none_of_it(keeper, new_shop, merchant_of) -> None:
    made = keeper.post("/v1/holds", HOLD).json
    theirs = merchant_of(new_shop())

    assert parse("hld", made["id"])
    assert theirs.post(f"/v1/holds/{made['id']}/release", {"reason": "x"}).status_code == 404
    assert theirs.post("/v1/withdrawals", WITHDRAWAL).json["code"] == "insufficient_funds"
    assert _wallet(keeper) == (700, 200, 500)

"""Trying a channel account: the company is asked for real, and what it says is put into words."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import func, select

from app.core.errors import Invalid, NotFound, TooMany
from app.core.ids import new_id
from app.core.limits import bulkhead
from app.domain.payments.channels.types import Exchange, Outcome
from app.domain.payments.models import ChannelAccount, ChannelExchange, PaymentAttempt
from app.workflow.payments.manage_channels import add_channel_account
from app.workflow.payments.try_connection import Verdict, diagnose, try_connection
from tests.factories.shop import Shop


def test_settings_that_work_are_good_and_nothing_is_written(shop: Shop) -> None:
    verdict = try_connection(shop.business_id, shop.account_id)

    assert (verdict.found, verdict.is_good, verdict.company_message) == ("good", True, "")
    assert verdict.exchanges
    assert shop.api_key not in str(verdict.exchanges)
    for model in (ChannelExchange, PaymentAttempt):
        assert shop.one(select(func.count()).select_from(model))[0] == 0


@pytest.mark.parametrize(
    ("changed", "found"),
    [({"api_key": "k" * 48}, "signature"), ({"base_url": "http://127.0.0.1:9"}, "network")],
)
def test_settings_that_do_not_work_are_told_apart(shop: Shop, changed: dict[str, str], found: str) -> None:
    verdict = _tried(shop, **changed)

    assert (verdict.found, verdict.is_good) == (found, False)
    assert ("127.0.0.1:9" in verdict.text) is (found == "network")


def test_who_is_no_account_of_the_business_or_has_nobody_behind_it_is_not_tried(shop: Shop, new_shop: Any) -> None:
    shop.keep_wallets()
    shop.take_transfers()
    internal = shop.many(select(ChannelAccount.id).where(ChannelAccount.channel.in_(("wallet", "offline"))))

    for account_id in (new_id(), new_shop().account_id):
        with pytest.raises(NotFound):
            try_connection(shop.business_id, account_id)
    assert len(internal) == 2
    for row in internal:
        with pytest.raises(Invalid) as refused:
            try_connection(shop.business_id, row.id)
        assert refused.value.code == "not_a_payment_company"


def test_an_account_is_tried_once_at_a_time(shop: Shop) -> None:
    with bulkhead.current().slot("try", shop.business_id, shop.account_id) as has_slot, pytest.raises(TooMany):
        try_connection(shop.business_id, shop.account_id)

    assert has_slot
    assert try_connection(shop.business_id, shop.account_id).is_good


@pytest.mark.parametrize(
    ("status", "response", "found"),
    [
        (503, "", "trouble"),
        (400, "request timestamp is stale", "clock"),
        (404, "unknown_merchant", "merchant"),
        (401, "serial number of the certificate", "signature"),
        (200, "<html>Welcome</html>", "unclear"),
        (None, "timed out", "no_answer"),
    ],
)
def test_what_a_companys_answer_says_of_the_settings(status: int | None, response: str, found: str) -> None:
    said = Exchange(
        operation="query", method="GET", url="https://pay.example", request="", http_status=status,
        response=response, duration_ms=1,
    )  # fmt: skip

    assert diagnose(Outcome(status="unknown", exchanges=[said]), is_unsent=False) == found


def test_what_was_never_sent_is_a_matter_of_settings_or_of_the_network() -> None:
    assert diagnose(Outcome(status="unsent"), is_unsent=False) == "settings"
    assert diagnose(Outcome(status="unknown"), is_unsent=True) == "network"
    assert diagnose(Outcome(status="failed"), is_unsent=False) == "good"


def _tried(shop: Shop, **changed: str) -> Verdict:
    """What comes of another account with these settings in place of the shop's."""
    own = {"base_url": shop.simulator, "merchant_id": shop.merchant_id, "api_key": shop.api_key, "timeout_s": "3"}
    account_id: uuid.UUID = add_channel_account(
        shop.business_id, channel="simulator", name="Other", values=own | changed
    )
    return try_connection(shop.business_id, account_id)

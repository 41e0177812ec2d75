"""Links to the page where a plan is signed: whose they are, for how long, and where they lead back to."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from app.core import clock
from app.core.errors import Invalid, NotFound
from app.core.ids import new_id, show
from app.domain.signing.errors import PlanUnavailable
from app.workflow.accounts.change_settings import change_settings
from app.workflow.subscriptions import link_signer
from app.workflow.subscriptions.link_signer import Signer
from tests.factories.contracts import plan_of
from tests.factories.shop import Shop


def test_a_link_says_who_signs_what(shop: Shop) -> None:
    plan_id = plan_of(shop)
    signer = Signer(
        business_id=shop.business_id, plan_id=plan_id, reference="ann", email="ann@people.example", currency="USD"
    )

    link = link_signer.make_link(signer, lasts=timedelta(minutes=5))
    parts = urlsplit(link.url)
    [key] = parse_qs(parts.query)["key"]

    assert parts.path == f"/s/{show('plan', plan_id)}"
    assert link_signer.read_key(key, plan_id) == signer
    assert timedelta(minutes=4) < link.expires_at - clock.actual() <= timedelta(minutes=5)


def test_what_cannot_be_signed_has_no_link(shop: Shop) -> None:
    plan_id = plan_of(shop)

    for said, error in (
        ({"currency": "EUR"}, PlanUnavailable),
        ({"currency": "USD", "quantity": 2}, PlanUnavailable),
        ({"plan_id": new_id()}, NotFound),
    ):
        signer = Signer(**{"business_id": shop.business_id, "plan_id": plan_id, "reference": "ann", **said})
        with pytest.raises(error):
            link_signer.make_link(signer)


def test_a_buyer_is_led_back_to_chosen_origins_only(shop: Shop) -> None:
    plan_id = plan_of(shop)
    change_settings(shop.business_id, {"return_origins": ["https://shop.example"]}, actor="test")

    link_signer.make_link(_back_to(shop, plan_id, "https://shop.example/thanks"))
    with pytest.raises(Invalid):
        link_signer.make_link(_back_to(shop, plan_id, "https://evil.example/thanks"))


def test_only_our_own_keys_open_and_only_their_plan(shop: Shop) -> None:
    plan_id = plan_of(shop)
    key = link_signer.make_key(_back_to(shop, plan_id, None), clock.actual() + timedelta(hours=1))

    for wrong, asked in (("nonsense", plan_id), (key + "x", plan_id), (key, new_id())):
        with pytest.raises(NotFound):
            link_signer.read_key(wrong, asked)
    assert link_signer.business_of(plan_id) == shop.business_id
    with pytest.raises(NotFound):
        link_signer.business_of(new_id())


def _back_to(shop: Shop, plan_id: object, return_url: str | None) -> Signer:
    return Signer(business_id=shop.business_id, plan_id=plan_id, reference="ann", return_url=return_url)  # type: ignore[arg-type]

"""A plain link sells: it opens a checkout, once for each buyer, and leads to its page."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from app.core.ids import new_id, show
from app.domain.orders.models import CheckoutSession
from app.workflow.checkout.manage_configurations import archive_configuration
from app.workflow.orders import end_session
from tests.factories.configurations import make_configuration


@pytest.fixture
def link(shop) -> str:
    return f"/b/{show('cfg', make_configuration(shop))}"


@pytest.fixture
def client(app):
    return app.test_client()


def opened(shop) -> int:
    return shop.one(select(func.count()).select_from(CheckoutSession)).count


def test_a_link_leads_to_a_checkout_of_ones_own_which_stays(app, shop, link) -> None:
    buyer, other = app.test_client(), app.test_client()

    first, again, others = (each.get(link, follow_redirects=True) for each in (buyer, buyer, other))

    assert first.request.path.startswith("/c/ses_")
    assert (first.status_code, again.request.path) == (200, first.request.path)
    assert others.request.path != first.request.path
    assert opened(shop) == 2


def test_who_gave_up_may_begin_again(client, shop, link) -> None:
    first = client.get(link).headers["Location"]
    session = shop.one(select(CheckoutSession.id))
    end_session.end_session(shop.business_id, session.id, "cancelled")

    again = client.get(link)

    assert (again.status_code, again.headers["Location"] == first) == (303, False)


def test_a_glance_at_a_link_opens_nothing(client, shop, link) -> None:
    looked = client.head(link)
    guessed = client.get(link, headers={"Sec-Purpose": "prefetch;prerender"})

    assert (looked.status_code, guessed.status_code) == (200, 503)
    assert {each.headers["Cache-Control"] for each in (looked, guessed)} == {"no-store"}
    assert opened(shop) == 0


def test_a_link_to_nothing_or_to_what_was_put_away_says_so(client, shop) -> None:
    archived = make_configuration(shop)
    archive_configuration(shop.business_id, archived)

    assert client.get(f"/b/{show('cfg', new_id())}").status_code == 404
    assert client.get("/b/cfg_nonsense").status_code == 404
    answer = client.get(f"/b/{show('cfg', archived)}")
    assert (answer.status_code, "currently not available" in answer.text) == (409, True)

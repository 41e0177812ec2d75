"""The playground: code for what is chosen, and a test checkout only on request."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import func, select, update

from app.core import clock, db
from app.core.ids import show
from app.domain.accounts.business.models import Business
from app.domain.orders.models import CheckoutSession
from tests.factories.configurations import make_configuration
from tests.factories.shop import Shop
from tests.pages import Visitor


def opened(shop: Shop) -> int:
    return int(shop.one(select(func.count()).select_from(CheckoutSession)).count)


def test_looking_makes_nothing_and_the_code_says_what_was_chosen(shop: Shop, owner: Visitor) -> None:
    own = show("cfg", make_configuration(shop))

    plain = owner.get("/portal/playground")
    query = {"sells": own, "mode": "modal", "theme": "night", "locale": "ja", "channel": "simulator"}
    chosen = owner.get("/portal/playground", query=query)
    nonsense = owner.get("/portal/playground", query={"mode": "sideways", "theme": '"><script>'})

    assert opened(shop) == 0
    assert f'configuration: "{own}"' in plain.text
    assert f'<button data-bursar-configuration="{own}"' in chosen.text
    for text in ('mode: "modal"', '{ theme: "night" }', 'locale: "ja"', 'selectPaymentMethod("simulator")'):
        assert text in chosen.text
    assert 'mount("#checkout")' in nonsense.text


def test_a_test_checkout_is_opened_on_request(shop: Shop, owner: Visitor) -> None:
    page = owner.get("/portal/playground", query={"sells": show("sku", shop.sku_id)})
    form = page.form("/playground")
    start = next(
        each
        for each in page.document.all("form")
        if each.get("method") == "post" and "playground" in each.get("action")
    )
    values = {each.get("name"): each.get("value") for each in start.all("input")}

    answer = owner.client.post("/portal/playground", data=values, headers={"Accept": "application/json"})
    plain = owner.client.post("/portal/playground", data=values)

    assert form.element.get("method") == "get"
    assert answer.json["client_secret"].startswith("ses_")
    assert answer.headers["Cache-Control"] == "no-store"
    assert plain.headers["Location"].startswith("/c/ses_")
    assert opened(shop) == 2


def test_a_live_business_opens_nothing_from_the_playground(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    owner = signed_in(shop)
    with db.system_phase("test.live"):
        db.run(update(Business).where(Business.id == shop.business_id).values(mode="live", activated_at=clock.now()))

    page = owner.get("/portal/playground")
    token = page.form("/logout").values()["csrf_token"]
    answer = owner.client.post("/portal/playground", data={"csrf_token": token})

    assert "Test mode only" in page.text
    assert answer.status_code == 403
    assert opened(shop) == 0

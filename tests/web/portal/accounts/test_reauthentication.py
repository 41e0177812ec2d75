"""What moves money, makes secrets or lets people in requires reauthentication first, and loses nothing typed."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import ModuleType

import pytest
from flask import Flask

from app.core.ids import show
from app.domain.accounts.people.rules import REAUTHENTICATION_LASTS
from app.web.auth.throttle import PER_PERSON
from app.web.marks import marks_of
from tests.factories.people import Login, code_now, make_user, set_up_app
from tests.factories.shop import Shop
from tests.pages import Page, Visitor

SENSITIVE = {"keys.write", "team.write", "webhooks.write", "channels.write", "payouts.write"} | {"settings.write"}
# What these permissions allow without fresh proof: it takes away, tries, or changes nothing that is worth stealing.
WITHOUT = {
    "portal.alerts.test_chat": "to an address that was proven",
    "portal.alerts.switch_chat": "to an address that was proven",
    "portal.alerts.remove_chat": "takes away",
    "portal.approvals.call_off": "keeps limits as narrow as they are",
    "portal.approvals.cancel_closure": "keeps the business open",
    "portal.payment_orders.review_report": "shows what a file says, and changes nothing",
    "portal.alerts.set_large": "says what people are told of",
    "portal.splitting.choose": "how orders fall into parts",
    "portal.inbound.replay": "takes up once more what a proven sender said",
    "portal.keys.revoke": "whoever finds a key in wrong hands should not have to look for a telephone first",
    "portal.channels.test": "asks the company whether the settings are right, and changes nothing",
    "portal.channels.terms": "fees and hours",
    "portal.routing.create": "chooses among channels that are there",
    "portal.routing.save": "chooses among channels that are there",
    "portal.routing.remove": "chooses among channels that are there",
    "portal.team.revoke": "revokes an invitation",
    "portal.webhooks.pause": "sends nothing for a while",
    "portal.webhooks.enable": "to an address that was proven",
    "portal.webhooks.test": "to an address that was proven",
    "portal.webhooks.replay": "to an address that was proven",
    "portal.webhooks.again": "to an address that was proven",
    "portal.webhooks.remove": "takes away",
}


@pytest.fixture
def login(shop: Shop) -> Login:
    return make_user(shop.business_id)


@pytest.fixture
def later(app: Flask, login: Login, clock: ModuleType) -> Callable[[], Page]:
    """A function that signs the owner in, goes to the keys and lets time pass."""

    def visit() -> Page:
        visitor = Visitor(app)
        visitor.log_in(login.email, login.password)
        page = visitor.get("/portal/webhooks/new")
        clock.move(REAUTHENTICATION_LASTS.total_seconds() + 1)
        return page

    return visit


WISH = {"url": "https://hooks.example/a?b=<c>&d", "description": 'Ours & "theirs"'}


def test_what_was_typed_goes_on_with_the_proof(later: Callable[[], Page], login: Login) -> None:
    response = later().form("/webhooks").send(**WISH)

    assert (response.status, response.heading) == (403, "Confirm it’s you")
    wrong = response.form("/webhooks").send(credential="not the password")
    assert wrong.status == 422
    assert "Incorrect or already used" in wrong.text
    done = wrong.form("/webhooks").send(credential=login.password)
    assert "hooks.example" in done.text
    assert done.heading != "Confirm it’s you"
    again = done.visitor.get("/portal/webhooks/new").form("/webhooks").send(url="https://hooks.example/2")
    assert again.heading != "Confirm it’s you"


def test_a_second_factor_is_required_where_there_is_one(
    later: Callable[[], Page], login: Login, clock: ModuleType
) -> None:
    response = later().form("/webhooks").send(**WISH)
    secret = set_up_app(login)

    assert response.form("/webhooks").send(credential=login.password).status == 422
    code = code_now(secret)
    assert "hooks.example" in response.form("/webhooks").send(credential=code).text
    clock.move(REAUTHENTICATION_LASTS.total_seconds() + 1)
    assert response.form("/webhooks").send(credential=code).status == 422


def test_guessing_is_stopped_and_loses_nothing_either(later: Callable[[], Page], login: Login) -> None:
    response = later().form("/webhooks").send(**WISH)
    for _ in range(PER_PERSON.times):
        response.form("/webhooks").send(credential="guess")

    stopped = response.form("/webhooks").send(credential=login.password)

    assert stopped.status == 429
    assert stopped.form("/webhooks").values()["url"] == WISH["url"]


def test_a_refund_requires_recent_reauthentication(app: Flask, shop: Shop, login: Login, clock: ModuleType) -> None:
    order = f"/portal/orders/{show('ord', shop.paid_order())}"
    visitor = Visitor(app)
    visitor.log_in(login.email, login.password)

    def refund_after(hours: int) -> Page:
        for _ in range(2 * hours):
            clock.move(1800)
            page = visitor.get(order)
        return page.form("/refund").send(extent="part", amount="1.00", reason="goodwill").form("/refund").send()

    soon, late = refund_after(3), refund_after(2)
    done = late.form("/refund").send(credential=login.password)

    assert "is being refunded" in soon.text
    assert (late.status, late.heading) == (403, "Confirm it’s you")
    assert "is being refunded" in done.text
    shop.work_off()


def test_looking_and_signing_out_elsewhere_ask_for_nothing(later: Callable[[], Page], login: Login, app: Flask) -> None:
    visitor = later().visitor
    Visitor(app).log_in(login.email, login.password)

    assert visitor.get("/portal/keys").heading == "API keys"
    assert "Other sessions signed out" in visitor.get("/portal/account/security").form("/sessions/end").send().text


def test_whoever_may_do_much_proves_who_they_are(app: Flask) -> None:
    found, reauthenticated = set(), set()
    for rule in app.url_map.iter_rules():
        view = inspect.unwrap(app.view_functions[rule.endpoint])
        if "POST" not in (rule.methods or ()) or marks_of(view).permission not in SENSITIVE:
            continue
        (reauthenticated if marks_of(view).reauthentication else found).add(rule.endpoint)

    # Put @proven on the view, or say above why that is not necessary.
    assert found == set(WITHOUT)
    assert len(reauthenticated) >= 15

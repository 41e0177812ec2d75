"""A page without a server: a publishable key and a configuration open a checkout, and nothing else does."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select

from app.core.ids import new_id, parse, show
from app.domain.orders import session_links
from app.domain.orders.models import CheckoutSession, Order
from app.domain.orders.types import SessionTerms
from app.domain.payments.models import PaymentAttempt
from app.workflow.accounts.manage_keys import create_key, revoke_key
from app.workflow.checkout import open_configured
from app.workflow.checkout.manage_configurations import archive_configuration, change_configuration
from tests.factories.configurations import PAGE, let_in, make_configuration
from tests.factories.promotions import active_promotion


@pytest.fixture
def page(client, document, shop):
    """A function that opens a checkout for a configuration, as the page does."""
    let_in(shop.business_id, PAGE)
    key = create_key(shop.business_id, name="page", kind="publishable").secret

    def ask(configuration_id: uuid.UUID, once: str = "", headers: dict[str, str | None] | None = None, **body):
        sent = {"Authorization": f"Bearer {key}", "Origin": PAGE, "Idempotency-Key": once or str(uuid.uuid4())}
        sent |= headers or {}
        answer = client.post(
            "/sdk/v1/checkouts",
            json={"configuration": show("cfg", configuration_id)} | body,
            headers={name: value for name, value in sent.items() if value is not None},
        )
        document.check("sdk_pages.open_configured_checkout", answer)
        return answer

    return ask


def test_a_page_opens_a_checkout_and_its_buyer_pays(page, shop, browser_of) -> None:
    configuration_id = make_configuration(shop, quantity=2, return_url="https://shop.example/thanks")

    opened = page(configuration_id)
    buyer = browser_of(opened.json["client_secret"])
    buyer.call("POST", "/confirm", {"payment_method_id": "simulator"}, {"Idempotency-Key": str(uuid.uuid4())})
    attempt_id = shop.one(select(PaymentAttempt.id)).id
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()

    assert opened.status_code == 201
    assert opened.headers["Access-Control-Allow-Origin"] == PAGE
    assert (opened.json["status"], opened.json["total_minor"]) == ("ready", 2000)
    assert opened.json["return_url"] == "https://shop.example/thanks"
    done = buyer.call("GET").json
    assert (done["status"], done["delivered"]) == ("succeeded", True)
    session = shop.one(select(CheckoutSession.configuration_id, CheckoutSession.buyer_reference))
    assert session == (configuration_id, f"guest_{opened.json['session_id']}")


def test_a_buyer_returns_to_the_site_of_the_page_by_default(client, page, shop) -> None:
    session_id = page(make_configuration(shop)).json["session_id"]
    path = f"/c/{session_id}"

    back = client.get(f"{path}/return")
    client.set_cookie("bursar_checkout", session_links.grant(parse("ses", session_id)), path=path)
    hosted = client.get(f"{path}/return")

    assert back.headers["Location"] == f"{PAGE}/?bursar_session={session_id}"
    assert hosted.headers["Location"] == path


def test_the_same_request_again_is_the_same_session_for_the_same_page_alone(page, shop) -> None:
    configuration_id = make_configuration(shop)
    let_in(shop.business_id, PAGE, "https://other.example")

    first, again = page(configuration_id, "page-key-1"), page(configuration_id, "page-key-1")
    elsewhere = page(configuration_id, "page-key-1", {"Origin": "https://other.example"})

    assert again.json == first.json
    assert again.headers["Idempotent-Replayed"] == "true"
    assert elsewhere.json["session_id"] != first.json["session_id"]
    assert page(configuration_id, headers={"Idempotency-Key": None}).json["code"] == "idempotency_key_missing"


def test_only_a_publishable_key_on_an_allowed_origin_opens_a_checkout(page, shop) -> None:
    configuration_id = make_configuration(shop)
    revoked = create_key(shop.business_id, name="old", kind="publishable")
    revoke_key(shop.business_id, revoked.id)
    secret = create_key(shop.business_id, name="server", kind="secret").secret

    keys = [page(configuration_id, headers={"Authorization": f"Bearer {key}"}) for key in (secret, revoked.secret, "")]
    origins = [
        page(configuration_id, headers={"Origin": origin})
        for origin in (f"{PAGE}.evil.example", "http://shop.example", f"{PAGE}:444", "null")
    ]

    assert [(each.status_code, each.json["code"]) for each in keys] == [(401, "api_key_invalid")] * 3
    assert [(each.status_code, each.json["code"]) for each in origins] == [(403, "origin_denied")] * 4
    # A page may read why it was refused, and nothing is in it but that.
    assert all(each.headers["Access-Control-Allow-Origin"] for each in origins)
    assert not [each for each in origins if "Access-Control-Allow-Credentials" in each.headers]
    assert not [each for each in origins if "client_secret" in each.json]
    assert not shop.many(select(CheckoutSession.id))


def test_another_business_configuration_looks_absent(page, new_shop) -> None:
    theirs = make_configuration(new_shop())

    foreign, absent = page(theirs), page(new_id())

    assert (
        (foreign.status_code, foreign.json["code"]) == (absent.status_code, absent.json["code"]) == (404, "not_found")
    )
    assert foreign.json["detail"] == absent.json["detail"]


def test_a_configuration_that_is_off_or_archived_opens_nothing(page, shop) -> None:
    off, archived = make_configuration(shop), make_configuration(shop)
    change_configuration(shop.business_id, off, {"active": False})
    archive_configuration(shop.business_id, archived)

    for configuration_id in (off, archived):
        answer = page(configuration_id)

        assert (answer.status_code, answer.json["code"]) == (409, "configuration_inactive")


def test_what_the_merchant_fixed_stays_and_the_page_cannot_say_otherwise(page, shop, browser_of) -> None:
    shop.take_transfers()
    active_promotion(shop.business_id)
    terms = SessionTerms(quantity_changeable=False, coupons_allowed=False, channels=("offline",))
    opened = page(make_configuration(shop, quantity=2, terms=terms)).json
    buyer = browser_of(opened["client_secret"])

    (line,) = opened["lines"]
    more = buyer.call("POST", "", {"quantity": 3})
    codes = [buyer.call("POST", "/coupons", {"add": "SUMMER"}), buyer.call("GET", "/coupons")]
    other = buyer.call("POST", "/confirm", {"payment_method_id": "simulator"}, {"Idempotency-Key": str(uuid.uuid4())})
    chosen = buyer.call("POST", "/confirm", {"payment_method_id": "offline"}, {"Idempotency-Key": str(uuid.uuid4())})

    assert (line["quantity_min"], line["quantity_max"], line["removable"]) == (2, 2, False)
    assert [each["id"] for each in opened["payment_methods"]] == ["offline"]
    assert not opened["coupons_open"]
    assert (more.status_code, more.json["code"]) == (422, "quantity_not_allowed")
    assert [(code.status_code, code.json["code"]) for code in codes] == [(409, "coupons_closed")] * 2
    assert (other.status_code, other.json["code"]) == (422, "channel_unavailable")
    assert chosen.json["status"] == "requires_action"
    assert shop.one(select(Order.channels)).channels == ["offline"]
    assert page(make_configuration(shop), items=[]).status_code == 422


@pytest.mark.parametrize(
    ("own", "body", "expected"),
    [(None, {}, "de"), ("fr", {}, "fr"), ("fr", {"locale": "ja"}, "ja")],
)
def test_the_page_chooses_the_language_then_the_configuration_then_the_browser(page, shop, own, body, expected) -> None:
    answer = page(make_configuration(shop, locale=own), headers={"Accept-Language": "de, en;q=0.5"}, **body)

    assert answer.json["locale"] == expected


def test_a_configuration_may_look_another_way(page, shop) -> None:
    answer = page(make_configuration(shop, appearance={"theme": "night"}))

    assert answer.json["appearance"] == {"theme": "night"}


def test_one_address_opens_only_so_many(page, shop, monkeypatch) -> None:
    limit = open_configured.OF_ADDRESS
    monkeypatch.setattr(open_configured, "OF_ADDRESS", type(limit)(limit.scope, times=2, window_s=600))
    configuration_id = make_configuration(shop)

    answers = [page(configuration_id) for _ in range(3)]

    assert [each.status_code for each in answers] == [201, 201, 429]
    assert int(answers[2].headers["Retry-After"]) > 0


def test_a_browser_may_ask_before_it_sends_the_key(client) -> None:
    headers = {"Origin": PAGE, "Access-Control-Request-Method": "POST"}

    answer = client.open("/sdk/v1/checkouts", method="OPTIONS", headers=headers)

    assert answer.status_code == 204
    assert "Idempotency-Key" in answer.headers["Access-Control-Allow-Headers"]

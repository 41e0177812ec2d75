"""What a checkout asks for, on the hosted page without scripts."""

from __future__ import annotations

from sqlalchemy import update

from app.core import db
from app.domain.orders.models import CheckoutSession
from app.domain.orders.types import CustomField, SessionTerms, write_terms
from tests.web.checkout.test_checkout import Visit, new_visit, visit

__all__ = ["new_visit", "visit"]
SIZE = CustomField(key="size", kind="choice", label="Size", labels={"de": "Größe"}, required=True, choices=("S", "M"))


def test_nothing_is_asked_unless_the_shop_wants_it(visit: Visit) -> None:
    assert "Email address" not in visit.html


def test_what_is_missing_is_said_and_what_is_typed_stays(visit: Visit) -> None:
    _ask(visit, SessionTerms(collect_email="required", custom_fields=(SIZE,)))

    missing = visit.send("pay", contact_email="ada@example.com")

    assert missing.status_code == 422
    assert "Fill in everything that is required." in visit.html
    assert 'value="ada@example.com"' in visit.html


def test_what_is_said_is_paid_with(visit: Visit) -> None:
    _ask(visit, SessionTerms(collect_email="required", custom_fields=(SIZE,)))

    visit.send("pay", contact_email="Ada@example.com", contact_size="M")

    assert visit.status == "requires_action"
    order = visit.shop.one(db.table(CheckoutSession).select())
    assert order.buyer_email == "ada@example.com"


def test_what_is_no_address_is_refused(visit: Visit) -> None:
    _ask(visit, SessionTerms(collect_email="optional"))

    wrong = visit.send("pay", contact_email="nobody")

    assert (wrong.status_code, "Enter a valid email address." in visit.html) == (422, True)


def _ask(visit: Visit, terms: SessionTerms) -> None:
    with db.phase("test.terms", visit.shop.business_id):
        db.run(update(CheckoutSession).values(terms=write_terms(terms)))
    visit.look()

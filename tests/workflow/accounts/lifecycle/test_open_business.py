"""A business is opened once, by somebody whose mailbox is proved, and can be paid in test mode at once."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.core import db
from app.core.errors import AppError, Conflict, Invalid
from app.core.ids import new_id
from app.domain.accounts.business import opening
from app.domain.accounts.business.models import Business, Membership
from app.domain.payments.models import ChannelAccount
from app.workflow.accounts.lifecycle import open_business
from app.workflow.accounts.lifecycle.link_sign_up import SignUp
from app.workflow.accounts.people.log_in import log_in
from app.workflow.payments.try_connection import try_connection
from ops.testing import ports
from tests.factories.openings import NEW, changed_settings, new_mailbox
from tests.factories.people import make_user
from tests.factories.shop import Shop

PASSWORD = "correct battery staple"


def test_a_new_person_opens_a_business_and_owns_it(app: Flask) -> None:
    assert app
    named, user_id = SignUp(new_mailbox(), new_id(), is_invited=False), new_id()

    business_id = open_business.open_as_new(named, NEW, user_id=user_id, name=" Lena Lantern ", password=PASSWORD)

    row = _business(business_id)
    assert business_id == named.business_id
    assert (row.name, row.mode, row.country, row.time_zone) == ("Lantern Books", "test", "DE", "Europe/Berlin")
    assert (row.currencies, row.contact_email, row.twin_id) == (["EUR", "USD"], named.email, None)
    assert _owners(business_id) == [user_id]
    assert log_in(named.email, PASSWORD) == user_id


def test_a_new_business_is_paid_at_the_simulator_at_once(shop: Shop, simulator: str) -> None:
    owner = make_user(shop.business_id)

    with changed_settings(simulator_url=simulator):
        business_id = open_business.open_business(NEW, owner_id=owner.user_id)
        account = _accounts(business_id)[0]
        verdict = try_connection(business_id, account.id)

    assert (account.channel, account.enabled, account.name) == ("simulator", True, "Simulator")
    assert verdict.is_good


def test_a_business_opens_while_the_simulator_is_away(shop: Shop) -> None:
    owner = make_user(shop.business_id)

    with changed_settings(simulator_url=f"http://127.0.0.1:{ports.free()}"):
        business_id = open_business.open_business(NEW, owner_id=owner.user_id)

    assert _accounts(business_id) == []


def test_the_same_link_opens_one_business(shop: Shop) -> None:
    owner, other, business_id = make_user(shop.business_id), make_user(shop.business_id), new_id()

    first = open_business.open_business(NEW, owner_id=owner.user_id, business_id=business_id)
    again = open_business.open_business(replace(NEW, name="Another"), owner_id=owner.user_id, business_id=business_id)

    assert first == again == business_id
    assert _business(business_id).name == "Lantern Books"
    with pytest.raises(Conflict) as refused:
        open_business.open_business(NEW, owner_id=other.user_id, business_id=business_id)
    assert refused.value.code == "link_used"


def test_two_who_use_a_link_at_once_open_one(app: Flask) -> None:
    assert app
    named = SignUp(new_mailbox(), new_id(), is_invited=False)

    def open_it(_number: int) -> str:
        try:
            open_business.open_as_new(named, NEW, user_id=new_id(), name="Lena", password=PASSWORD)
        except AppError as error:
            return str(error.code)
        return "opened"

    with ThreadPoolExecutor(2) as pool:
        ended = sorted(pool.map(open_it, range(2)))

    assert ended == ["account_exists", "opened"]
    assert len(_owners(named.business_id)) == 1


def test_whoever_has_an_account_uses_its_password(shop: Shop) -> None:
    known = make_user(shop.business_id)

    with pytest.raises(Conflict) as refused:
        open_business.open_as_new(
            SignUp(known.email, new_id(), is_invited=False), NEW, user_id=new_id(), name="X", password=PASSWORD
        )

    assert refused.value.code == "account_exists"


def test_a_person_opens_so_many_and_no_more(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = make_user(shop.business_id)
    monkeypatch.setattr(open_business, "MAX_OWNED", 2)

    open_business.open_business(NEW, owner_id=owner.user_id)

    with pytest.raises(Conflict) as refused:
        open_business.open_business(NEW, owner_id=owner.user_id)
    assert refused.value.code == "too_many_businesses"


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * (opening.MAX_NAME + 1)}, "name"),
        ({"country": "XX"}, "country"),
        ({"country": "EU"}, "country"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"currencies": ()}, "currencies"),
        ({"currencies": ("EUR", "XXX9")}, "currencies"),
    ],
)
def test_what_a_business_says_of_itself_is_checked(shop: Shop, wrong: dict[str, object], param: str) -> None:
    owner = make_user(shop.business_id)

    with pytest.raises(Invalid) as refused:
        open_business.open_business(replace(NEW, **wrong), owner_id=owner.user_id)

    assert refused.value.details == {"param": param}


def test_an_operator_opens_one_for_a_new_person_and_for_a_known_one(shop: Shop) -> None:
    email, known = new_mailbox(), make_user(shop.business_id)

    first, is_new = open_business.open_for(email, NEW)
    second, is_new_again = open_business.open_for(f" {email.upper()}", NEW)
    theirs, is_known_new = open_business.open_for(known.email, NEW)

    assert (is_new, is_new_again, is_known_new) == (True, False, False)
    assert _owners(first) == _owners(second) != _owners(theirs) == [known.user_id]
    assert open_business.has_account(email)


def test_what_somebody_owns_no_more_is_not_counted(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, other = make_user(shop.business_id, "viewer"), make_user(shop.business_id)
    monkeypatch.setattr(open_business, "MAX_OWNED", 1)
    first = open_business.open_business(NEW, owner_id=owner.user_id)

    with db.system_phase("test.leave"):
        db.run(update(Membership).where(Membership.business_id == first).values(role="viewer"))
        db.write(db.new_row(Membership, business_id=first, user_id=other.user_id, role="owner"))

    assert open_business.open_business(NEW, owner_id=owner.user_id) != first


def _business(business_id: uuid.UUID) -> Business:
    with db.system_reading():
        row = db.first(select(db.table(Business)).where(Business.id == business_id))
    assert row is not None
    return row


def _owners(business_id: uuid.UUID) -> list[uuid.UUID]:
    with db.system_reading():
        found = db.rows(select(Membership.user_id).where(Membership.business_id == business_id))
        return [row.user_id for row in found]


def _accounts(business_id: uuid.UUID) -> list[ChannelAccount]:
    with db.reading(business_id):
        return list(db.rows(select(db.table(ChannelAccount))))

"""People are told of what happened to their account, and strangers' browsers stand out."""

from __future__ import annotations

from types import ModuleType

import pytest

from app.core import context, db
from app.workflow.accounts.people.notify_user import mark_of, notify_of_sign_in, notify_user
from tests.factories.people import Login, make_user
from tests.factories.shop import Shop
from tests.factories.user_mails import mails_to, told

QUITE_NEW_S = 600


@pytest.fixture
def login(shop: Shop) -> Login:
    return make_user(shop.business_id)


@pytest.mark.usefixtures("mail_on")
def test_the_mail_says_what_happened_and_from_where(login: Login) -> None:
    with context.work(address="192.0.2.1"), db.system_phase("test.notify"):
        notify_user(login.user_id, "app_added")
        notify_user(login.user_id, "app_removed", address="192.0.2.2")

    mails = mails_to(login.email)
    assert [(mail.details["what"], mail.details["address"]) for mail in mails] == [
        ("app_added", "192.0.2.1"),
        ("app_removed", "192.0.2.2"),
    ]
    assert {mail.kind for mail in mails} == {"security"}
    assert all(mail.next_attempt_at is not None for mail in mails)


def test_nothing_waits_where_no_mail_is_sent(login: Login) -> None:
    with db.system_phase("test.notify"):
        notify_user(login.user_id, "app_added")

    assert told(login.email) == []


@pytest.mark.usefixtures("mail_on")
def test_a_mail_is_forgotten_with_the_phase_that_fails(login: Login) -> None:
    with pytest.raises(ZeroDivisionError):
        _notify_and_fail(login)

    assert told(login.email) == []


@pytest.mark.usefixtures("mail_on")
def test_a_browser_that_the_person_has_not_used_is_told_of(login: Login, clock: ModuleType) -> None:
    clock.move(QUITE_NEW_S + 60)

    mark = notify_of_sign_in(login.user_id, address="192.0.2.1", known=[])
    again = notify_of_sign_in(login.user_id, address="192.0.2.1", known=["other", mark])
    notify_of_sign_in(login.user_id, address="192.0.2.2", known=[mark_of("other@people.example")])

    assert mark == again == mark_of(f" {login.email.upper()}")
    assert told(login.email) == ["new_device", "new_device"]
    assert [mail.details["address"] for mail in mails_to(login.email)] == ["192.0.2.1", "192.0.2.2"]


@pytest.mark.usefixtures("mail_on")
def test_who_is_quite_new_is_not_told_of_their_first_browser(login: Login, clock: ModuleType) -> None:
    clock.move(QUITE_NEW_S - 60)

    mark = notify_of_sign_in(login.user_id, address="192.0.2.1", known=[])

    assert mark == mark_of(login.email)
    assert told(login.email) == []


def _notify_and_fail(login: Login) -> None:
    with db.system_phase("test.notify"):
        notify_user(login.user_id, "app_added")
        raise ZeroDivisionError

"""Links that open a business: they prove a mailbox, end, and are worth nothing where sign-up is closed."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import db
from app.core.errors import Denied, Invalid, NotFound
from app.domain.notifications.mails.models import UserMail
from app.workflow.accounts.lifecycle import link_sign_up
from tests.factories.openings import changed_settings, new_mailbox

pytestmark = pytest.mark.usefixtures("mail_on")


def test_a_link_names_the_mailbox_and_one_business() -> None:
    email = new_mailbox()

    link = link_sign_up.invite_owner(f" {email.upper()} ")
    found = link_sign_up.read_token(link.rpartition("/")[2])

    [mail] = _mails(email)
    assert (found.email, found.is_invited) == (email, True)
    assert (mail.kind, mail.details["business_id"]) == ("sign_up", str(found.business_id))


def test_a_link_that_is_changed_or_late_is_refused(app: Flask, clock: ModuleType) -> None:
    assert app
    token = link_sign_up.invite_owner(new_mailbox()).rpartition("/")[2]

    clock.move(7 * 86_400 - 5)
    in_time = link_sign_up.read_token(token)
    clock.move(10)

    assert in_time.is_invited
    for each in (token, f"x{token}", "x"):
        with pytest.raises(NotFound):
            link_sign_up.read_token(each)


@pytest.mark.parametrize(
    ("sign_up", "by_oneself", "invited"), [("open", True, True), ("invited", False, True), ("off", False, False)]
)
def test_the_setting_says_who_may_open_one(sign_up: str, *, by_oneself: bool, invited: bool) -> None:
    with changed_settings(sign_up="open"):
        token = link_sign_up.invite_owner(new_mailbox()).rpartition("/")[2]

    with changed_settings(sign_up=sign_up):
        assert _refusals(link_sign_up.request_sign_up, new_mailbox()) == ([] if by_oneself else ["sign_up_closed"])
        assert _refusals(link_sign_up.invite_owner, new_mailbox()) == ([] if invited else ["sign_up_closed"])
        assert _refusals(link_sign_up.read_token, token) == ([] if invited else ["sign_up_closed"])


def test_what_is_no_address_is_not_written_to() -> None:
    with pytest.raises(Invalid):
        link_sign_up.invite_owner("nobody")


def _refusals(do: Callable[[str], object], argument: str) -> list[str]:
    try:
        do(argument)
    except Denied as error:
        return [error.code]
    return []


def _mails(email: str):
    with db.system_reading():
        return db.rows(select(db.table(UserMail)).where(UserMail.recipient == email))

"""Opening a business by pages: the mailbox is proved first, and nobody learns who has an account."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import db, settings
from app.domain.notifications.mails.models import UserMail
from app.web.auth.throttle import SIGN_UPS_PER_ACCOUNT
from app.workflow.accounts.lifecycle.link_sign_up import invite_owner
from app.workflow.notifications import send_user_mail
from tests.factories.openings import changed_settings, new_mailbox
from tests.factories.people import make_user
from tests.factories.shop import Shop
from tests.pages import Page, Visitor

DETAILS = {"business": "Lantern Books", "country": "DE", "time_zone": "Europe/Berlin", "currency": "EUR"}
PERSON = {"person": "Lena Lantern", "password": "correct battery staple"}


@pytest.fixture
def is_open(box: Path) -> Iterator[Path]:
    """This installation lets anybody open a business; where its mail goes."""
    with changed_settings(sign_up="open"):
        yield box


def test_a_stranger_opens_a_business_by_a_link_to_their_mailbox(app: Flask, is_open: Path) -> None:
    email, visitor = new_mailbox(), Visitor(app)

    sent = visitor.get("/portal/login").follow("Open a business").form("/sign-up").send(email=email)
    form = visitor.get(_link(is_open, email)).form(_link(is_open, email).rpartition("/")[2])
    common = form.send(**DETAILS, **PERSON | {"password": "password123"})
    nowhere = form.send(**DETAILS | {"country": ""}, **PERSON)
    home = form.send(**DETAILS, **PERSON)

    assert f"We have sent a link to {email}" in sent.text
    assert (common.status, "easy to guess" in common.text) == (422, True)
    assert (nowhere.status, "Choose a country" in nowhere.text) == (422, True)
    assert (home.heading, "Lantern Books" in home.text, "Test mode" in home.text) == ("Home", True, True)
    assert "Connect a channel" in home.text
    assert Visitor(app).log_in(email, PERSON["password"]).heading == "Home"


def test_nobody_learns_whether_there_is_an_account(app: Flask, shop: Shop, is_open: Path) -> None:
    login, nobody = make_user(shop.business_id), new_mailbox()

    known, unknown = _ask(app, login.email), _ask(app, nobody)
    tries = [_ask(app, nobody).status for _ in range(SIGN_UPS_PER_ACCOUNT.times)]

    assert is_open
    assert known.status == unknown.status == 200
    assert known.text.replace(login.email, "") == unknown.text.replace(nobody, "")
    assert (tries[-2], tries[-1]) == (200, 429)
    assert [row.kind for row in _rows(login.email)] == ["sign_up"]


def test_whoever_has_an_account_signs_in_and_opens_another(app: Flask, shop: Shop, is_open: Path) -> None:
    login, visitor = make_user(shop.business_id), Visitor(app)
    _ask(app, login.email)
    link = _link(is_open, login.email)

    stranger = visitor.get(link)
    visitor.log_in(login.email, login.password)
    home = visitor.get(link).form(link.rpartition("/")[2]).send(**DETAILS)
    again = visitor.get(link).form(link.rpartition("/")[2]).send(**DETAILS | {"business": "Twice"})
    third = visitor.get("/portal/sign-up").form("/sign-up/business").send(**DETAILS | {"business": "Lamp Oil"})

    assert "Sign in to open another business" in stranger.text
    assert "Lantern Books" in home.text
    assert "Twice" not in again.text
    assert "Lamp Oil" in third.text


def test_a_link_is_of_use_to_its_mailbox_alone(app: Flask, shop: Shop, is_open: Path) -> None:
    login, other, visitor = make_user(shop.business_id), make_user(shop.business_id), Visitor(app)
    _ask(app, login.email)
    link = _link(is_open, login.email)
    visitor.log_in(other.email, other.password)

    page = visitor.get(link)
    forced = visitor.post(link, DETAILS | {"csrf_token": page.form("/logout").values()["csrf_token"]})

    assert f"You are signed in as {other.email}" in page.text
    assert f"You are signed in as {other.email}" in forced.text


def test_by_invitation_only(app: Flask, box: Path) -> None:
    email, visitor = new_mailbox(), Visitor(app)
    link = invite_owner(email).removeprefix(settings.current().public_url)

    page = visitor.get("/portal/sign-up")
    home = visitor.get(link).form(link.rpartition("/")[2]).send(**DETAILS, **PERSON)

    assert box
    assert "opened by invitation" in page.text
    assert "Open a business" not in visitor.get("/portal/login").text
    assert home.heading == "Home"


def test_without_mail_it_says_whom_to_ask(app: Flask) -> None:
    with changed_settings(sign_up="open"):
        page = Visitor(app).get("/portal/sign-up")

    assert "does not send mail" in page.text
    assert not page.has_form("/sign-up")


def _ask(app: Flask, email: str) -> Page:
    with changed_settings(sign_up="open"):
        return Visitor(app).get("/portal/sign-up").form("/sign-up").send(email=email)


def _link(box: Path, email: str) -> str:
    for row in _rows(email):
        send_user_mail.send(row.id)
    mails = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in sorted(box.iterdir())]
    texts = [str(mail.get_body(("plain",)).get_content()) for mail in mails if mail["To"] == email]
    [address] = [word for word in texts[0].split() if "/portal/sign-up/" in word]
    return address.removeprefix(settings.current().public_url)


def _rows(email: str):
    with db.system_reading():
        return db.rows(select(db.table(UserMail)).where(UserMail.recipient == email))

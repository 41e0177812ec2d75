"""Passwords: changed by who knows the old one, reset by a link that works once; nobody learns who has an account."""

from __future__ import annotations

import re
import secrets
from email import message_from_bytes, policy
from pathlib import Path
from types import ModuleType
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.core import db
from app.core.security import passwords
from app.domain.notifications.mails.models import UserMail
from app.web.auth.throttle import MAILS_PER_ACCOUNT
from app.workflow.notifications import send_user_mail
from tests.factories.people import Login, make_user
from tests.factories.shop import Shop
from tests.pages import Page, Visitor

PASSWORD = "another battery staple"


def test_a_forgotten_password_is_replaced_by_a_link_that_works_once(app: Flask, shop: Shop, box: Path) -> None:
    login = make_user(shop.business_id)
    elsewhere = Visitor(app)
    elsewhere.log_in(login.email, login.password)

    request = _request_link(app, login.email.upper())
    link = _link(box, login)
    form = Visitor(app).get(link).form(link.rpartition("/")[2])
    short = form.send(password="short")
    common = form.send(password="password123")
    done = form.send(password=PASSWORD)

    assert "If an account uses" in request.text
    assert "At least 10" in short.text
    assert (common.status, "easy to guess" in common.text) == (422, True)
    assert done.heading == "Sign in"
    assert Visitor(app).get(link).status == 404
    assert form.send(password="yet another one").status == 404
    assert elsewhere.get("/portal").heading == "Sign in"
    assert Visitor(app).log_in(login.email, login.password).status == 422
    assert Visitor(app).log_in(login.email, PASSWORD).heading == "Home"
    assert "Your password was changed" in _texts(box, login)


def test_a_link_ends_after_an_hour(app: Flask, shop: Shop, box: Path, clock: ModuleType) -> None:
    login = make_user(shop.business_id)
    _request_link(app, login.email)
    link = _link(box, login)

    clock.move(3601)

    assert Visitor(app).get(link).status == 404
    assert Visitor(app).get(link[:-2] + "xx").status == 404


def test_nobody_learns_whether_there_is_an_account(app: Flask, shop: Shop, box: Path) -> None:
    login, nobody = make_user(shop.business_id), f"{secrets.token_hex(6)}@people.example"

    known, unknown = _request_link(app, login.email), _request_link(app, nobody)
    written = [_rows(address) for address in (login.email, nobody)]
    tried = [send_user_mail.send(row.id) for rows in written for row in rows]

    assert known.status == unknown.status == 200
    assert known.text.replace(login.email, "") == unknown.text.replace(nobody, "")
    for address in (login.email, nobody):
        tries = [_request_link(app, address).status for _ in range(MAILS_PER_ACCOUNT.times)]
        assert (tries[-2], tries[-1]) == (200, 429)
    alike = [[(row.kind, row.attempt_count, sorted(row.details)) for row in rows] for rows in written]
    assert alike[0] == alike[1] == [("password_reset", 0, ["until"])], "the same is written"
    assert tried == [True, False]
    assert [mail["To"] for mail in _mails(box)] == [login.email]
    assert len(_rows(nobody)) == MAILS_PER_ACCOUNT.times - 1, "what nobody gets is not kept"


def test_who_has_no_account_costs_the_same_work() -> None:
    cost = re.compile(r"m=\d+,t=\d+,p=\d+")
    stand_in, real = passwords._any_hash(), passwords.hash_password(PASSWORD)

    assert cost.search(stand_in)[0] == cost.search(real)[0]  # type: ignore[index]
    assert not passwords.is_outdated(stand_in), "verified as a real one is, from the first try on"
    assert not passwords.matches(PASSWORD, None)


def test_without_mail_it_says_whom_to_contact(app: Flask) -> None:
    page = Visitor(app).get("/portal/login").follow("Forgot your password?")

    assert "does not send mail" in page.text


def test_who_knows_the_password_changes_it_and_is_signed_out_elsewhere(app: Flask, shop: Shop) -> None:
    login = make_user(shop.business_id)
    here, elsewhere = Visitor(app), Visitor(app)
    for visitor in (here, elsewhere):
        visitor.log_in(login.email, login.password)
    form = here.get("/portal/account/security").follow("Change your password").form("/account/password")

    wrong = form.send(old="not the password", password=PASSWORD)
    done = form.send(old=login.password, password=PASSWORD)

    assert (wrong.status, "Incorrect password" in wrong.text) == (422, True)
    assert "Your other sessions are signed out" in done.text
    assert elsewhere.get("/portal").heading == "Sign in"
    assert here.get("/portal").heading == "Home"
    assert Visitor(app).log_in(login.email, PASSWORD).heading == "Home"


def _request_link(app: Flask, email: str) -> Page:
    return Visitor(app).get("/portal/password").form("/portal/password").send(email=email)


def _link(box: Path, login: Login) -> str:
    [address] = [word for word in _texts(box, login).split() if "/portal/password/" in word]
    return address.partition("//")[2].partition("/")[1] + address.partition("//")[2].partition("/")[2]


def _texts(box: Path, login: Login) -> str:
    """All that was written to somebody."""
    for row in _rows(login.email):
        send_user_mail.send(row.id)
    return "\n".join(
        str(message.get_body(("plain",)).get_content()) for message in _mails(box) if message["To"] == login.email
    )


def _mails(box: Path) -> list[Any]:
    return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in box.iterdir()]


def _rows(email: str) -> Any:
    with db.system_reading():
        return db.rows(select(UserMail.__table__).where(UserMail.recipient == email))

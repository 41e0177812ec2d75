"""Mails to people of the portal as they go over the wire: both forms, files, and links that work."""

from __future__ import annotations

import uuid
from email.message import EmailMessage
from typing import Any

import pytest

from app.core import clock, settings
from app.core.errors import NotFound
from app.core.ids import new_id, show
from app.domain.notifications.mails.models import UserMail
from app.workflow.accounts.people import change_password
from app.workflow.notifications import render_user_mail as mails
from app.workflow.notifications.render_user_mail import MailText, render_user_mail
from tests.factories.people import make_user
from tests.factories.shop import Shop

pytestmark = pytest.mark.usefixtures("box")


def test_a_mail_says_the_same_as_text_and_as_html_and_a_repeat_is_known(shop: Shop) -> None:
    assert shop
    row = _row("security", what="app_added", at="2026-01-01 12:00", address="192.0.2.9")

    message, again = _rendered(row), _rendered(row)

    plain, html = _body(message, "plain"), _body(message, "html")
    assert (message["To"], message["Content-Language"], message["Auto-Submitted"]) == (
        row.recipient, "en", "auto-generated",
    )  # fmt: skip
    assert message["From"] == "Bursar <portal@bursar.test>"
    assert message["Message-ID"] == again["Message-ID"]
    assert show("mail", row.id) in message["Message-ID"]
    for said in ("An authenticator app was added", "2026-01-01 12:00 UTC, from 192.0.2.9."):
        assert said in plain
        assert said in html


@pytest.mark.parametrize("what", sorted(mails._SECURITY))
def test_whatever_happened_to_an_account_has_its_words(what: str) -> None:
    message = _rendered(_row("security", what=what, at="2026-01-01 12:00", address=""))

    assert message["Subject"] == mails._SECURITY[what][0]
    assert "from an unknown address" in _body(message, "plain")
    assert f"{settings.current().public_url}/portal/account/security" in _body(message, "plain")


def test_a_link_to_a_new_password_works_for_who_has_the_address_until_it_is_over(shop: Shop) -> None:
    login = make_user(shop.business_id)
    until = int(clock.now().timestamp()) + 60
    named = change_password.read_token(_token(_rendered(_row("password_reset", login.email, until=until))))
    late = _token(_rendered(_row("password_reset", login.email, until=until - 120)))

    assert named.user_id == login.user_id
    with pytest.raises(NotFound):
        change_password.read_token(late)


def test_nobody_is_written_to_at_an_address_without_an_account() -> None:
    assert render_user_mail(_row("password_reset", "nobody@people.example", until=1)) is None


@pytest.mark.parametrize(("inviter", "who"), [("Ada", "Ada invited"), ("", "The team invited")])
def test_an_invitation_is_on_one_line_and_of_nothing_that_its_names_could_write(inviter: str, who: str) -> None:
    message = _rendered(_row(
        "invitation", business="Moon\r\nBcc: x@y.example <b>", inviter=inviter, role="viewer", mode="test",
        business_id=str(new_id()), invitation_id=str(new_id()), round=1,
    ))  # fmt: skip

    assert message["Subject"] == "Join Moon Bcc: x@y.example <b> on Bursar"
    assert message["Bcc"] is None
    assert who in _body(message, "plain")
    assert "(test mode)" in _body(message, "plain")
    assert "<b>" not in _body(message, "html").partition("Join Moon")[2][:60]


@pytest.mark.parametrize(("length", "is_attached"), [(mails.MAX_BYTES, True), (mails.MAX_BYTES + 1, False)])
def test_a_file_goes_along_unless_it_is_too_large(
    length: int, is_attached: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(mails.KINDS, "test", lambda details: MailText(details["title"], (details["title"],)))
    monkeypatch.setitem(mails.FILES, "test", lambda details: (f"{details['title']}.csv", b"x" * length))

    message = _rendered(_row("test", title="Sales"))

    attached = list(message.iter_attachments())
    assert ("Attached: Sales.csv" in _body(message, "plain")) is is_attached
    assert [(each.get_filename(), each.get_content_type()) for each in attached] == [("Sales.csv", "text/csv")] * len(
        attached
    )
    assert bool(attached) is is_attached


def _row(kind: str, to: str = "pat@people.example", **details: Any) -> Any:
    return UserMail(id=uuid.uuid4(), kind=kind, recipient=to, details=details)


def _rendered(row: Any) -> EmailMessage:
    message = render_user_mail(row)
    assert message is not None
    return message


def _body(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def _token(message: EmailMessage) -> str:
    [line] = [each for each in _body(message, "plain").splitlines() if "/portal/password/" in each]
    return line.rpartition("/")[2]

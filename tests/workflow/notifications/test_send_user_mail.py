"""Mails to people of the portal: sent once, retried when refused, abandoned in the end, pruned later."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.core import clock, db, mail, settings
from app.domain.notifications.mails.models import UserMail
from app.workflow.notifications import send_user_mail
from app.workflow.notifications.render_user_mail import KINDS, MailText
from app.workflow.notifications.send_mail import RETRY_PAUSES
from app.workflow.steps.notifications.queue_user_mail import queue

pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture
def box(tmp_path: Path, app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder that mails are written to; there is a kind of mail called `test`."""
    assert app
    before = settings.current()
    settings.use(replace(before, mail_url=(tmp_path / "mail").as_uri(), mail_from="portal@bursar.test"))
    monkeypatch.setitem(KINDS, "test", _mail_text)
    yield tmp_path / "mail"
    settings.use(before)


def test_a_mail_is_sent_once_as_text_and_html(box: Path) -> None:
    row = _queued(name="Ada <Byron>")

    first, again = send_user_mail.send(row.id), send_user_mail.send(row.id)

    [file] = box.iterdir()
    message: Any = message_from_bytes(file.read_bytes(), policy=policy.default)
    plain, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert (first, again) == (True, False)
    assert (message["To"], message["Subject"]) == (row.recipient, "Hello Ada <Byron>")
    assert "Open it:\nhttps://bursar.test/x" in plain
    assert "Ada &lt;Byron&gt;" in html


def test_what_nobody_accepts_is_abandoned_and_pruned(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_message: object) -> None:
        raise ConnectionResetError(104, "Connection reset by peer")

    monkeypatch.setattr(mail, "send", refuse)
    row = _queued(name="Ada")

    for _ in RETRY_PAUSES:
        _change(row.id, next_attempt_at=clock.now())
        assert not send_user_mail.send(row.id)

    abandoned = _read(row.recipient)
    assert (abandoned.attempt_count, abandoned.next_attempt_at, abandoned.sent_at) == (len(RETRY_PAUSES), None, None)
    assert abandoned.error == "The server closed the connection before it answered."
    assert not box.exists()
    _change(row.id, created_at=clock.now() - send_user_mail.RETENTION - timedelta(minutes=1))
    assert send_user_mail.prune() >= 1
    assert _read(row.recipient) is None


def _mail_text(details: dict[str, Any]) -> MailText:
    name = details["name"]
    return MailText(f"Hello\n{name}", ("Hello", f"This is for {name}."), ("Open it", "https://bursar.test/x"))


def _queued(**details: Any) -> Any:
    recipient = f"{secrets.token_hex(6)}@people.example"
    with db.system_phase("test.queue"):
        queue("test", recipient, details)
    return _read(recipient)


def _read(recipient: str) -> Any:
    with db.system_reading():
        return db.first(select(UserMail.__table__).where(UserMail.recipient == recipient))


def _change(mail_id: Any, **values: Any) -> None:
    with db.system_phase("test.change"):
        db.run(update(UserMail).where(UserMail.id == mail_id).values(**values))

"""The mail to a partner whose money was sent: once for each payout, in the partner's language, with the statement."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.core import settings
from app.core.i18n.language import LOCALES
from app.domain.notifications.mails.models import Mail
from app.domain.settlement.clearing.types import ShareTerms
from app.read.settlement import statements
from app.worker import jobs
from app.workflow.notifications import send_mail
from app.workflow.settlement import pay_batch
from tests.factories.partners import Sharer, sharer_of
from tests.factories.shop import Shop

pytestmark = pytest.mark.usefixtures("own_database")
assert jobs.BY_NAME  # which hands the files in


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Path]:
    """The folder that mails are written to."""
    before = settings.current()
    settings.use(replace(before, mail_url=(tmp_path / "mail").as_uri(), mail_from="money@bursar.test"))
    yield tmp_path / "mail"
    settings.use(before)


@pytest.fixture
def sharer(shop: Shop) -> Sharer:
    return sharer_of(shop)


def _closed(sharer: Sharer, **more: Any) -> uuid.UUID:
    ada = sharer.partner(**more)
    sharer.rule(ShareTerms(party=str(ada), bps=7000))
    sharer.pay_to(ada)
    sharer.sold()
    return sharer.close(ada)


def _sent(sharer: Sharer, box: Path) -> list[EmailMessage]:
    rows = sharer.shop.many(select(Mail.id).where(Mail.kind == "statement").order_by(Mail.id))
    for row in rows:
        send_mail.send(sharer.shop.business_id, row.id)
    found = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in sorted(box.glob("*"))]
    return [each for each in found if isinstance(each, EmailMessage) and each["To"] == "ada@example.com"]


@pytest.mark.parametrize("locale", LOCALES)
def test_a_partner_is_told_in_its_language_and_gets_the_statement(sharer: Sharer, box: Path, locale: str) -> None:
    batch_id = _closed(sharer, email="ada@example.com", locale=locale)

    sharer.paid(batch_id)
    [message] = _sent(sharer, box)

    [file] = message.iter_attachments()
    assert message["Content-Language"] == locale
    assert (file.get_content_type(), file.get_content()[:5]) == ("application/pdf", b"%PDF-")
    assert file.get_content() == statements.attached(sharer.shop.business_id, batch_id)[1]
    if locale == "en":
        assert "has sent $7.00 to your account." in message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    else:
        assert not message["Subject"].startswith("Your settlement")


def test_one_without_an_address_is_not_written_to(sharer: Sharer, box: Path) -> None:
    sharer.paid(_closed(sharer))

    assert _sent(sharer, box) == []


def test_what_is_paid_again_after_it_came_back_is_told_again(sharer: Sharer, box: Path) -> None:
    batch_id = _closed(sharer, email="ada@example.com")
    sharer.paid(batch_id)
    sharer.send_back(batch_id)

    pay_batch.pay(sharer.shop.business_id, batch_id, actor=sharer.maker)
    sharer.shop.poll(sharer.shop.refund_attempt(sharer.batch(batch_id).transaction_id).id)

    assert len(_sent(sharer, box)) == 2


def test_a_long_statement_goes_as_a_summary(sharer: Sharer, box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "MAX_MAILED", 0)

    sharer.paid(_closed(sharer, email="ada@example.com"))
    [message] = _sent(sharer, box)

    assert "Ask" in message.get_body(("plain",)).get_content()  # type: ignore[union-attr]

"""What alerts come from, and where they arrive."""

from __future__ import annotations

from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from app.core import clock as clocks
from app.core import db
from app.domain.accounts.business.models import Business
from app.domain.catalog.models import Sku
from app.domain.notifications.alerts.models import Alert
from app.workflow.notifications import send_alerts, send_user_mail
from tests.factories import horizon
from tests.factories.people import Login
from tests.factories.shop import Shop


def send_alerts_now(shop: Shop) -> None:
    """Alerts and the mails about them go out."""
    assert shop
    horizon.let_pass()
    send_alerts.send_due()
    send_user_mail.send_due()


def mails_to(box: Path, login: Login) -> list[Any]:
    """The mails that arrived there, oldest first."""
    found = sorted(box.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns) if box.exists() else []
    mails = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in found]
    return [mail for mail in mails if mail["To"] == login.email]


def kinds_of(shop: Shop) -> list[tuple[str, bool]]:
    """The shop's alerts, oldest first: their kind, and whether they are open."""
    return [(row.kind, row.ended_at is None) for row in shop.many(select(Alert.__table__).order_by(Alert.id))]


def few_left(shop: Shop, stock: int = 2) -> None:
    """The shop has so many units, and is alerted when there are up to three."""
    with db.phase("test.stock", shop.business_id):
        db.run(update(Sku).where(Sku.id == shop.sku_id).values(stock=stock, low_stock=3))


def set_hour(shop: Shop, hour: int = 20) -> None:
    """The business is in a time zone in which it is this hour; no summary of cases is made at 20."""
    offset = (hour - clocks.now().hour + 12) % 24 - 12
    with db.system_phase("test.zone"):
        db.write(update(Business).where(Business.id == shop.business_id).values(time_zone=f"Etc/GMT{-offset:+d}"))

"""The process is stopped dead while alerts go out by chat and by mail: none is lost, and one too many at most."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from flask import Flask

from app.core import settings
from app.workflow.notifications import manage_alerts, raise_alerts
from app.workflow.notifications.manage_alerts import AlertChatCommand
from ops import environment
from ops.testing.run import Cluster
from tests.factories import horizon
from tests.factories.alerts import few_left, mails_to, send_alerts_now
from tests.factories.chats import open_chat
from tests.factories.people import make_user
from tests.factories.shop import Shop
from tests.faults.conftest import points_of

pytestmark = pytest.mark.usefixtures("own_database")
# Where it dies, and how often the chat gets the alert in all.
CHAT = {
    "send_alerts.claim.before_commit": 1,
    "send_alerts.claim.after": 1,
    "send_alerts.post.after": 2,
    "send_alerts.record.before_commit": 2,
    "send_alerts.record.after": 1,
}
# Where it dies, and how many attempts the mail has in all; sent twice it is the same mail, with the same Message-ID.
MAIL = {
    "send_alerts.mail.before_commit": 1,
    "send_alerts.mail.after": 1,
    "send_user_mail.claim.before_commit": 1,
    "send_user_mail.claim.after": 2,
    "send_user_mail.send.after": 2,
    "send_user_mail.record.before_commit": 2,
    "send_user_mail.record.after": 1,
}


@pytest.fixture(autouse=True)
def box(
    app: Flask, app_env: dict[str, str], cluster: Cluster, module_database_url: str, tmp_path: Path
) -> Iterator[Path]:
    """The folder that mails are written to, here and in the process that dies; both have the file's own database."""
    assert app
    before, folder = settings.current(), tmp_path / "mail"
    settings.use(replace(before, mail_url=folder.as_uri(), mail_from="portal@bursar.test"))
    known = dict(app_env)
    app_env |= environment.running(cluster.addresses(module_database_url))
    app_env |= {"MAIL_URL": folder.as_uri(), "MAIL_FROM": "portal@bursar.test"}
    yield folder
    app_env.clear()
    app_env |= known
    settings.use(before)


@pytest.mark.parametrize("point", CHAT)
def test_a_chat_gets_each_alert_whatever_happens(
    shop: Shop, dies: Callable[..., None], clock: ModuleType, point: str
) -> None:
    with open_chat() as (url, received, _):
        manage_alerts.add_chat(shop.business_id, AlertChatCommand("Ops", "plain", url, ["stock_low"]))
        few_left(shop)
        raise_alerts.raise_due()
        horizon.let_pass()

        dies(shop, "alerts", shop.business_id, at=point)
        for _ in range(3):
            clock.move(61)
            send_alerts_now(shop)

        assert [each["alerts"][0]["title"] for each in received] == ["Low stock: ONE"] * CHAT[point]


@pytest.mark.parametrize("point", MAIL)
def test_a_person_gets_each_alert_whatever_happens(
    shop: Shop, dies: Callable[..., None], clock: ModuleType, box: Path, point: str
) -> None:
    owner = make_user(shop.business_id)
    few_left(shop)
    raise_alerts.raise_due()
    horizon.let_pass()

    dies(shop, "alerts", shop.business_id, at=point)
    for _ in range(3):
        clock.move(61)
        send_alerts_now(shop)

    [mail] = mails_to(box, owner)
    assert "Low stock: ONE" in mail["Subject"]


def test_these_points_exist() -> None:
    assert {*CHAT, *MAIL} >= points_of("send_alerts")

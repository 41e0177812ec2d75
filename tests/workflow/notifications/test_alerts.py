"""Alerts: raised once, ended by themselves, sent to subscribers, and never many at once."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.core import clock as clocks
from app.core import db, settings
from app.core.ids import show
from app.core.security import crypto
from app.domain.catalog.models import Sku
from app.domain.notifications.alerts import chats
from app.domain.notifications.alerts.models import Alert, AlertChat
from app.domain.notifications.alerts.texts import AlertText
from app.domain.webhooks.models import WebhookDelivery, WebhookEndpoint
from app.read.notifications.alerts import unread
from app.workflow.notifications import manage_alerts, raise_alerts, send_alerts, send_user_mail
from app.workflow.notifications.manage_alerts import AlertChatCommand
from tests.factories import horizon
from tests.factories.approvals import waiting_approval
from tests.factories.chats import open_chat
from tests.factories.people import Login, make_user
from tests.factories.receiver import listen, receiver, send
from tests.factories.shop import Shop

LINE = (AlertText("It <b>fails</b>", "@everyone [x](y)", "/portal"), "https://bursar.test/portal")


@pytest.fixture
def box(tmp_path: Path, app: Flask) -> Iterator[Path]:
    """The folder that mails are written to."""
    assert app
    before = settings.current()
    settings.use(replace(before, mail_url=(tmp_path / "mail").as_uri(), mail_from="portal@bursar.test"))
    yield tmp_path / "mail"
    settings.use(before)


@pytest.fixture
def chat() -> Iterator[tuple[str, list[dict[str, Any]], list[int]]]:
    """A chat's URL, the messages it received, and the statuses that it answers with before 200."""
    with open_chat() as opened:
        yield opened


def test_an_endpoint_that_fails_is_alerted_once_by_name_and_answer(shop: Shop, box: Path) -> None:
    developer = make_user(shop.business_id, "developer")
    viewer = make_user(shop.business_id, "viewer")
    with receiver() as hook:
        endpoint_id = listen(shop, hook)
        hook.answers = [(503, {}, b"down")] * 20
        for _ in range(4):
            shop.place()
            _hurry(shop)
            send(shop, endpoint_id)

        for _ in range(2):
            raise_alerts.raise_due()
            _send(shop)

        assert _kinds(shop) == [("webhook_failing", True)]
        [mail] = _mails(box, developer)
        assert "failing" in mail["Subject"]
        text = mail.get_body(("plain",)).get_content()
        assert "answered 503" in text
        assert "127.0.0.1" in text
        assert "token=abc" not in text
        assert "test mode" in text
        assert _mails(box, viewer) == []

    _change_endpoint(shop, failures=0, failing_since=None)
    raise_alerts.raise_due()
    assert _kinds(shop) == [("webhook_failing", False)]


def test_a_storm_is_one_mail_and_the_next_waits(shop: Shop, box: Path, clock: Any) -> None:
    owner = make_user(shop.business_id)
    approvals = [waiting_approval(shop) for _ in range(3)]
    _few_left(shop)

    raise_alerts.raise_due()
    _send(shop)
    more = waiting_approval(shop)
    raise_alerts.raise_due()
    _send(shop)
    [first] = _mails(box, owner)
    clock.move(601)
    _send(shop)

    assert first["Subject"].startswith("4 alerts")
    mails = _mails(box, owner)
    assert len(mails) == 2
    assert sum(show("apr", more) in _plain(mail) for mail in mails) == 1
    assert all(show("apr", each) in _plain(first) for each in approvals)


def test_people_choose_and_read(shop: Shop, box: Path) -> None:
    owner, viewer = make_user(shop.business_id), make_user(shop.business_id, "viewer")
    for user in (owner, viewer):
        manage_alerts.choose_mailed(shop.business_id, user.user_id, ["approval_waiting"])
    waiting_approval(shop)
    _few_left(shop)
    raise_alerts.raise_due()
    _send(shop)

    # A viewer may not see approvals, whatever was chosen.
    assert [len(_mails(box, user)) for user in (owner, viewer)] == [1, 0]
    kinds = ("approval_waiting", "stock_low")
    assert unread(shop.business_id, owner.user_id, kinds) == 2
    last = shop.many(select(Alert.__table__).order_by(Alert.id))[-1]
    manage_alerts.read_through(shop.business_id, owner.user_id, last.id)
    assert unread(shop.business_id, owner.user_id, kinds) == 0
    assert unread(shop.business_id, viewer.user_id, kinds) == 2


def test_a_chat_gets_an_alert_once_and_again_after_a_failure(shop: Shop, chat: Any, clock: Any) -> None:
    url, received, answers = chat
    answers.append(500)
    chat_id = manage_alerts.add_chat(shop.business_id, AlertChatCommand("Ops", "plain", url, ["stock_low"]))
    _few_left(shop)
    raise_alerts.raise_due()

    _send(shop)
    failed = _chat(shop)
    _send(shop)
    clock.move(61)
    _send(shop)
    _send(shop)

    assert (failed.failures, failed.error) == (1, "The endpoint answered 500.")
    assert [each["alerts"][0]["title"] for each in received] == ["Low stock: ONE"] * 2
    assert (_chat(shop).failures, _chat(shop).error) == (0, None)
    assert "secret-token" not in str(_chat(shop))
    assert crypto.decrypt(_chat(shop).secrets["url"], context=send_alerts.encryption_context(chat_id, "url")) == url


def test_what_comes_back_soon_is_the_same_alert(shop: Shop, clock: Any) -> None:
    for left in (1, 100, 1):
        _few_left(shop, stock=left)
        raise_alerts.raise_due()
    soon = _kinds(shop)
    _few_left(shop, stock=100)
    raise_alerts.raise_due()
    clock.move(3601)
    _few_left(shop)
    raise_alerts.raise_due()

    assert soon == [("stock_low", True)]
    assert _kinds(shop) == [("stock_low", False), ("stock_low", True)]


def test_a_large_refund_is_one_over_the_amount(shop: Shop, new_shop: Callable[..., Shop]) -> None:
    manage_alerts.set_large_refunds(shop.business_id, {"USD": 600})
    for amount in (599, 600):
        shop.refund(shop.paid_order(), amount)
        shop.work_off()
    raise_alerts.raise_due()

    assert _kinds(shop) == [("refund_large", True)]
    assert new_shop().business_id != shop.business_id


@pytest.mark.parametrize("chat_format", ["slack", "discord", "feishu", "dingtalk", "teams", "plain"])
def test_each_chat_gets_plain_words(chat_format: str) -> None:
    url = "https://chat.example/send?access_token=x"

    made = chats.message(chat_format, url, "", head="Shop (live)", lines=[LINE], at_s=1)

    body = json.dumps(json.loads(made.content))
    assert made.url == url
    assert "fails" in body
    assert "https://bursar.test/portal" in body
    forbidden = {"slack": "<b>", "feishu": "<b>", "teams": "[x]("}.get(chat_format)
    assert forbidden is None or forbidden not in body
    assert chat_format != "discord" or json.loads(made.content)["allowed_mentions"] == {"parse": []}


def test_chats_that_check_a_signature_get_one() -> None:
    feishu = json.loads(chats.message("feishu", "https://x", "demo", head="h", lines=[], at_s=1599360473).content)
    dingtalk = chats.message("dingtalk", "https://x?access_token=y", "demo", head="h", lines=[], at_s=1599360473)

    # Feishu signs nothing with the stamp and the secret as the key; DingTalk signs them with the secret.
    assert (feishu["timestamp"], feishu["sign"]) == ("1599360473", _signed("1599360473\ndemo", ""))
    query = dict(parse_qsl(urlsplit(dingtalk.url).query))
    assert query == {
        "access_token": "y", "timestamp": "1599360473000", "sign": _signed("demo", "1599360473000\ndemo")
    }  # fmt: skip
    assert chats.refusal("dingtalk", '{"errcode": 310000, "errmsg": "sign not match"}') is not None
    assert chats.refusal("feishu", '{"code": 0}') is None


def _signed(key: str, text: str) -> str:
    return base64.b64encode(hmac.digest(key.encode(), text.encode(), "sha256")).decode()


def _send(shop: Shop) -> None:
    assert shop
    horizon.let_pass()
    send_alerts.send_due()
    send_user_mail.send_due()


def _mails(box: Path, login: Login) -> list[Any]:
    found = sorted(box.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns) if box.exists() else []
    mails = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in found]
    return [mail for mail in mails if mail["To"] == login.email]


def _plain(mail: Any) -> str:
    return str(mail.get_body(("plain",)).get_content())


def _kinds(shop: Shop) -> list[tuple[str, bool]]:
    return [(row.kind, row.ended_at is None) for row in shop.many(select(Alert.__table__).order_by(Alert.id))]


def _chat(shop: Shop) -> Any:
    return shop.one(select(AlertChat.__table__))


def _few_left(shop: Shop, stock: int = 2) -> None:
    with db.phase("test.stock", shop.business_id):
        db.run(update(Sku).where(Sku.id == shop.sku_id).values(stock=stock, low_stock=3))


def _hurry(shop: Shop) -> None:
    """What waits for the endpoint is due now."""
    _change_endpoint(shop, due_at=clocks.now(), deferred_until=None)
    with db.phase("test.hurry", shop.business_id):
        waiting = update(WebhookDelivery).where(WebhookDelivery.status == "pending")
        db.run(waiting.values(next_attempt_at=clocks.now()))


def _change_endpoint(shop: Shop, **values: Any) -> None:
    with db.phase("test.endpoint", shop.business_id):
        db.run(update(WebhookEndpoint).values(**values))

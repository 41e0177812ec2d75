"""Alerts go to mailboxes and chats: few at a time, and again after a failure."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import select

from app.core.ids import show
from app.core.security import crypto
from app.domain.notifications.alerts import chats
from app.domain.notifications.alerts.models import AlertChat
from app.domain.notifications.alerts.texts import AlertText
from app.workflow.notifications import manage_alerts, raise_alerts, send_alerts, send_user_mail
from app.workflow.notifications.manage_alerts import AlertChatCommand
from tests.factories.alerts import few_left, mails_to, send_alerts_now, set_hour
from tests.factories.approvals import waiting_approval
from tests.factories.cases import open_case
from tests.factories.chats import open_chat
from tests.factories.people import make_user
from tests.factories.shop import Shop

pytestmark = pytest.mark.usefixtures("own_database")

LINE = (AlertText("It <b>fails</b>", "@everyone [x](y)", "/portal"), "https://bursar.test/portal")


@pytest.fixture
def chat() -> Iterator[tuple[str, list[dict[str, Any]], list[int]]]:
    """A chat's URL, the messages it received, and the statuses that it answers with before 200."""
    with open_chat() as opened:
        yield opened


def test_a_storm_is_one_mail_and_the_next_waits(shop: Shop, box: Path, clock: Any) -> None:
    owner = make_user(shop.business_id)
    approvals = [waiting_approval(shop) for _ in range(3)]
    few_left(shop)

    raise_alerts.raise_due()
    send_alerts_now(shop)
    more = waiting_approval(shop)
    raise_alerts.raise_due()
    send_alerts_now(shop)
    [first] = mails_to(box, owner)
    clock.move(601)
    send_alerts_now(shop)

    assert first["Subject"].startswith("4 alerts")
    mails = mails_to(box, owner)
    assert len(mails) == 2
    assert sum(show("apr", more) in _plain(mail) for mail in mails) == 1
    assert all(show("apr", each) in _plain(first) for each in approvals)


def test_a_chat_gets_an_alert_once_and_again_after_a_failure(shop: Shop, chat: Any, clock: Any) -> None:
    url, received, answers = chat
    answers.append(500)
    chat_id = manage_alerts.add_chat(shop.business_id, AlertChatCommand("Ops", "plain", url, ["stock_low"]))
    few_left(shop)
    raise_alerts.raise_due()

    send_alerts_now(shop)
    failed = _chat(shop)
    send_alerts_now(shop)
    clock.move(61)
    send_alerts_now(shop)
    send_alerts_now(shop)

    assert (failed.failures, failed.error) == (1, "The endpoint answered 500.")
    assert [each["alerts"][0]["title"] for each in received] == ["Low stock: ONE"] * 2
    assert (_chat(shop).failures, _chat(shop).error) == (0, None)
    assert "secret-token" not in str(_chat(shop))
    assert crypto.decrypt(_chat(shop).secrets["url"], context=send_alerts.encryption_context(chat_id, "url")) == url


def test_who_dies_while_a_message_goes_out_sends_it_once_more(
    shop: Shop, chat: Any, box: Path, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, received, _ = chat
    owner = make_user(shop.business_id)
    manage_alerts.add_chat(shop.business_id, AlertChatCommand("Ops", "plain", url, ["case_urgent"]))
    set_hour(shop)
    open_case(shop, "refund_failed")
    raise_alerts.raise_due()

    with monkeypatch.context() as dying:  # before it writes down how it ended
        for module in (send_alerts, send_user_mail):
            dying.setattr(module, "_record", lambda *_: None)
        send_alerts_now(shop)
    clock.move(3601)
    send_alerts_now(shop)
    clock.move(601)
    open_case(shop, "refund_not_made")
    raise_alerts.raise_due()
    send_alerts_now(shop)

    told = ["Refund failed, $5.00", "Refund was not started, $5.00"]
    assert [each["alerts"][0]["title"] for each in received] == [told[0], *told]
    # The same mail again has the same Message-ID, which mailboxes show once.
    assert [mail["Subject"].partition(" – ")[0] for mail in mails_to(box, owner)] == told


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


def _plain(mail: Any) -> str:
    return str(mail.get_body(("plain",)).get_content())


def _chat(shop: Shop) -> Any:
    return shop.one(select(AlertChat.__table__))

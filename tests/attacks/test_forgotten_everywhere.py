"""A buyer goes through the whole shop, is given all that is kept, and is erased on the command line: afterwards they
are in no row, no key of Redis and no file. Mails and chat messages that were sent stay with their recipients."""

from __future__ import annotations

import io
import json
import re
import secrets
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import context, db, settings
from app.core.errors import AppError
from app.core.ids import show
from app.core.money import Money
from app.domain.insights.lists.models import Export, SavedView
from app.domain.orders.types import Buyer, OrderItem
from app.domain.payments.models import PaymentAttempt
from app.domain.payments.types import Payee
from app.read.operations import audit_log
from app.read.orders.orders_list import ORDERS
from app.workflow.accounts import manage_keys
from app.workflow.accounts.approvals import set_approval_limits
from app.workflow.accounts.manage_keys import KeyCommand
from app.workflow.checkout.confirm_checkout import confirm_checkout
from app.workflow.checkout.link_buyer import make_link
from app.workflow.checkout.open_checkout import open_checkout
from app.workflow.fulfilment import manage_files
from app.workflow.insights import make_export
from app.workflow.insights.make_export import ExportCommand, start_export
from app.workflow.marketing import issue_coupons
from app.workflow.notifications import manage_alerts, raise_alerts, send_alerts, send_mail
from app.workflow.notifications.manage_alerts import AlertChatCommand
from app.workflow.operations import seal_audit_log
from app.workflow.operations.log_requests import write_noted
from app.workflow.wallets import pay_out
from tests.attacks.traces import found
from tests.factories import horizon
from tests.factories.chats import open_chat
from tests.factories.coupons import active_template
from tests.factories.merchant import sell
from tests.factories.people import make_user
from tests.factories.receiver import Receiver, listen, receiver, send
from tests.factories.shop import Shop

# Where such a buyer stands, before.
EVERYWHERE = {
    *("orders", "checkout_sessions", "order_notes", "audit_entries", "mails", "webhook_attempts", "coupons"),
    *("download_rights", "payment_transactions", "ledger_accounts", "request_logs", "exports", "saved_views"),
    *("approvals", "alerts", "channel_exchanges"),
}


@dataclass
class World:
    """A shop with everything around it that receives data of buyers."""

    app: Flask
    shop: Shop
    mailbox: Path
    system: Receiver
    chat: list[dict[str, Any]]
    chat_url: str


@pytest.fixture
def world(app: Flask, shop: Shop, tmp_path: Path) -> Iterator[World]:
    before = settings.current()
    settings.use(replace(before, mail_url=(tmp_path / "mail").as_uri(), mail_from="receipts@bursar.test"))
    with ExitStack() as stack:
        system = stack.enter_context(receiver())
        url, chat, _ = stack.enter_context(open_chat())
        yield World(app, shop, tmp_path / "mail", system, chat, url)
    settings.use(before)


@pytest.fixture
def canary() -> Buyer:
    mark = secrets.token_hex(5)
    return Buyer(
        reference=f"canary-{mark}", email=f"canary.{mark}@buyers.example", phone=f"+49{int(mark, 16):014d}"[:15]
    )


def test_whoever_is_erased_is_nowhere(world: World, canary: Buyer, owner_url: str, redis_url: str) -> None:
    shop, files = world.shop, Path(settings.current().files_url)
    with context.work(actor=show("usr", make_user(shop.business_id).user_id), address="192.0.2.1"):
        order_id = _live(world, canary)
    horizon.let_pass()
    seal_audit_log.seal_due()
    before = found(canary, owner_url, redis_url, files)
    places = {place for place, _ in before}
    assert places >= EVERYWHERE
    assert [place for place in places if place.startswith(str(files))], "the export's file names the buyer"

    exported = _cli(world.app, "export", show("biz", shop.business_id), "--email", str(canary.email))
    erased = _cli(
        world.app, "erase", show("biz", shop.business_id), "--reference", canary.reference, "--reason", "x", "--yes"
    )

    payload = json.loads(exported)
    assert payload["buyer"] == {"references": [canary.reference], "emails": [canary.email], "phones": [canary.phone]}
    with_rows = {name for name, rows in payload.items() if rows and name not in ("made_at", "buyer")}
    assert with_rows >= {"orders", "checkout_sessions", "payments", "mails", "downloads", "coupons", "wallets"}
    assert "the buyer is now erased_" in erased
    assert found(canary, owner_url, redis_url, files) == set()
    assert shop.order(order_id).buyer_reference.startswith("erased_")
    shop.audit()
    assert audit_log.verify(shop.business_id)[1] == []
    # What was sent is with those who got it.
    assert canary.email in "".join(file.read_text() for file in world.mailbox.iterdir())
    assert canary.reference in json.dumps(world.chat)


def _live(world: World, buyer: Buyer) -> uuid.UUID:
    """Everything that a buyer does in a shop, and what its people do about them; the id of their order."""
    shop, endpoint_id = world.shop, listen(world.shop, world.system, "*")
    sell(shop, "download", before_sale=lambda product_id: _add_file(shop, product_id))
    shop.keep_wallets()
    manage_alerts.add_chat(shop.business_id, AlertChatCommand("Ops", "slack", world.chat_url, ["approval_waiting"]))
    coupon = active_template(shop.business_id)
    issue_coupons.issue_coupon(shop.business_id, coupon, buyer=buyer, actor="test")
    order_id = _buy(shop, buyer)
    _download(world.app, shop, buyer)
    shop.fund(buyer.reference, 1000)
    payee = Payee(account="DE00 1234", name=buyer.reference)
    money = Money(1000, "USD")
    pay_out.withdraw(shop.business_id, buyer=buyer.reference, money=money, payee=payee, actor="test")
    _by_the_api(world, buyer, order_id)
    _by_people(shop, buyer)
    raise_alerts.raise_due()
    horizon.let_pass()
    send_alerts.send_due()
    assert send_mail.send_due() >= 1
    world.system.answers = [(200, {}, f"noted {buyer.email}".encode())] * 50
    send(shop, endpoint_id)
    return order_id


def _buy(shop: Shop, buyer: Buyer) -> uuid.UUID:
    """A session left open, and one that is paid."""
    cart = {"items": [OrderItem(shop.sku_id, 1)], "buyer": buyer}
    open_checkout(shop.business_id, **cart)
    details = {"note": f"for {buyer.email}"}
    opened = open_checkout(shop.business_id, details=details, return_url=f"https://s.example/{buyer.reference}", **cart)
    order_id = confirm_checkout(shop.business_id, opened.session_id, channel="simulator", agreements=[])
    attempt_id = shop.one(select(PaymentAttempt.id).order_by(PaymentAttempt.id.desc())).id
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()
    return order_id


def _add_file(shop: Shop, product_id: uuid.UUID) -> None:
    manage_files.add_file(shop.business_id, product_id, io.BytesIO(b"goods" * 100), name="Goods.pdf", actor="test")


def _download(app: Flask, shop: Shop, buyer: Buyer) -> None:
    token, client = make_link(shop.business_id, buyer.reference).url.rpartition("/")[2], app.test_client()
    [action, *_] = re.findall(r'action="(/my/[^"]+/files/[^"]+)"', client.get(f"/my/{token}").text)
    assert client.get(client.post(action).location).status_code == 200


def _by_the_api(world: World, buyer: Buyer, order_id: uuid.UUID) -> None:
    who = context.current()["actor"]
    key = manage_keys.make_key(world.shop.business_id, KeyCommand("Server"), kind="secret", actor=who)
    headers = {"Authorization": f"Bearer {key.secret}", "Idempotency-Key": str(uuid.uuid4())}
    values = {"body": f"{buyer.reference} called from {buyer.phone}, write to {buyer.email}"}
    client = world.app.test_client()
    assert client.post(f"/v1/orders/{show('ord', order_id)}/notes", json=values, headers=headers).status_code == 201
    assert client.get(f"/v1/wallets/{buyer.reference}?currency=USD", headers=headers).status_code == 200
    write_noted()


def _by_people(shop: Shop, buyer: Buyer) -> None:
    """A list as a file, a saved view, and something that waits for approval."""
    who = show("usr", make_user(shop.business_id).user_id)
    command = ExportCommand(filters={"q": str(buyer.email)}, columns=("order", "buyer", "phone"))
    export_id = start_export(shop.business_id, ORDERS, command, holder=who)
    while make_export.work(shop.business_id, export_id):
        pass
    assert shop.one(select(Export.key).where(Export.id == export_id)).key
    with db.phase("test.view", shop.business_id):
        filters = {"q": buyer.email}
        db.add(SavedView, listing="orders", name=f"About {buyer.reference}", shared=True, filters=filters)
    set_approval_limits.set_approval_limits(shop.business_id, {"payout": {"USD": 0}})
    about = {"payee": Payee(account="1"), "actor": who, "reason": f"for {buyer.email} {buyer.reference}"}
    with pytest.raises(AppError, match="approval"):
        pay_out.pay_out(shop.business_id, money=Money(100, "USD"), **about)


def _cli(app: Flask, *words: str) -> str:
    result = app.test_cli_runner().invoke(args=["privacy", *words])
    assert result.exit_code == 0, result.output
    return str(result.output)

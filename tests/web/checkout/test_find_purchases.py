"""Somebody who bought before proves the mailbox on any device, and finds goods and receipt; without scripts."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import db, mail
from app.core.ids import show
from app.domain.notifications.mails.models import Mail
from app.domain.orders.models import Order
from app.workflow.notifications.render_mail import render_mail
from tests.factories.shop import Shop


@pytest.fixture(autouse=True)
def mailing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "is_on", lambda: True)


def test_a_guest_finds_what_they_bought(app: Flask, shop: Shop) -> None:
    order_id = shop.paid_order(buyer="guest_x")
    email = f"ada-{shop.business_id.hex[:12]}@example.com"
    with db.phase("test.email", shop.business_id):
        db.write(db.change(Order, order_id, buyer_email=email), expect=1)
    client, url = app.test_client(), f"/my/find/{show('biz', shop.business_id)}"

    asked = client.post(url, data={"email": email, **_csrf(client.get(url).text)})
    code_id = _value(asked.text, "code_id")
    wrong = client.post(f"{url}/code", data={"code_id": code_id, "code": "1", "email": email, **_csrf(asked.text)})
    said = {"code_id": code_id, "code": _code(shop), "email": email}
    proven = client.post(f"{url}/code", data={**said, **_csrf(wrong.text)})
    found = client.get(urlsplit(proven.headers["Location"]).path)

    assert (wrong.status_code, "This code is wrong or has expired." in wrong.text) == (422, True)
    assert found.status_code == 200
    assert shop.order(order_id).number in found.text


def test_who_bought_nothing_is_answered_alike(app: Flask, shop: Shop) -> None:
    client, url = app.test_client(), f"/my/find/{show('biz', shop.business_id)}"
    texts = []

    for name in ("nobody", "somebody"):
        email = f"{name}-{shop.business_id.hex[:12]}@example.com"
        page = client.post(url, data={"email": email, **_csrf(client.get(url).text)})
        texts.append(re.sub(r'value="[^"]*"', "", page.text.replace(email, "")))

    assert texts[0].split("nonce")[0] == texts[1].split("nonce")[0]


def test_another_shop_is_none(app: Flask, shop: Shop) -> None:
    assert app.test_client().get(f"/my/find/{show('biz', shop.sku_id)}").status_code == 404


def _csrf(page: str) -> dict[str, str]:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    return {"csrf_token": found[1]} if found else {}


def _value(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found is not None, page
    return found[1]


def _code(shop: Shop) -> str:
    row = shop.one(select(Mail.__table__).where(Mail.kind == "code").order_by(Mail.id.desc()))
    found = re.search(r"\b[0-9]{6}\b", str(render_mail(shop.business_id, row)["Subject"]))
    assert found is not None
    return found[0]

"""Making us call for them: whatever a merchant, a company's answer or a name server says, nothing private is called."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.core import db, http, settings
from app.core.errors import Invalid
from app.core.http import merchant_call, outbound
from app.core.http.pinned_transport import Refused
from app.domain.payments.channels import hosts, registry
from app.domain.payments.channels.alipay import gateway
from app.domain.payments.channels.wechatpay import wire as wechat_wire
from app.domain.payments.models import ChannelAccount, ChannelExchange
from app.lib.destinations import Destinations
from app.workflow import guarded_channel
from app.workflow.catalog import manage_participant
from app.workflow.fulfilment import manage_delivery
from app.workflow.notifications import manage_alerts
from app.workflow.payments import manage_channels, try_connection
from app.workflow.webhooks import manage_webhooks
from tests.attacks.trap import Trap, resolves, trapped, urls
from tests.factories.shop import Shop

# Every setting of every channel that names an address.
SETTINGS = [
    (name, field.name)
    for name, channel in sorted(registry.CHANNELS.items())
    for field in channel.settings_schema
    if field.kind == "url"
]
SECRET = merchant_call.new_secret()


@pytest.fixture
def trap(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trap]:
    """An installation where merchants are strangers, beside something private."""
    assert app
    strict = replace(settings.current(), private_addresses=False, channel_hosts=(), simulator_url="")
    monkeypatch.setattr(settings, "_current", strict)
    with trapped(monkeypatch) as made:
        yield made


def filled(channel: str, **changed: str) -> dict[str, str]:
    """Settings of the channel in which nothing is empty."""
    values = {field.name: "1234567890" for field in registry.channel(channel).settings_schema}
    return values | {"base_url": "", "bill_url": "", "timeout_s": "1", "secret_key": "sk_test_1"} | changed


@pytest.mark.parametrize("mode", ["test", "live"])
@pytest.mark.parametrize(("channel", "setting"), SETTINGS)
def test_no_address_of_a_channel_is_saved_but_the_companys(trap: Trap, channel: str, setting: str, mode: str) -> None:
    real = next(iter(registry.capabilities(channel).hosts.get(mode, ())), "https://api.stripe.com")

    for url in urls(trap.port, real=real.removeprefix("https://")):
        with pytest.raises(Invalid) as refused:
            manage_channels.checked(channel, filled(channel, **{setting: url}), uuid.uuid4(), known={}, mode=mode)
        assert setting in refused.value.details, url

    assert trap.is_untouched


@pytest.mark.parametrize(("channel", "setting"), SETTINGS)
def test_an_address_that_was_saved_before_is_never_called(shop: Shop, trap: Trap, channel: str, setting: str) -> None:
    about = {"business_id": shop.business_id, "account_id": shop.account_id}
    known = registry.channel(channel)
    behind = guarded_channel.guarded(known, **about)

    for url in urls(trap.port):
        outcome = behind.query_payment(filled(channel, **{setting: url}), f"att_{uuid.uuid4().hex}")
        with http.allowed(hosts.destinations(known, "test")):  # as if nobody had looked at the settings before
            known.query_payment(filled(channel, **{setting: url}), f"att_{uuid.uuid4().hex}")

        assert (outcome.status, outcome.decline_code) == ("unsent", "channel_misconfigured"), url

    assert trap.is_untouched


def test_a_payment_at_such_an_address_fails_and_says_why(shop: Shop, trap: Trap) -> None:
    bad = f"http://127.0.0.1:{trap.port}/admin?x="
    with db.phase("test.save", shop.business_id):
        values = update(ChannelAccount).where(ChannelAccount.id == shop.account_id)
        db.run(values.values(settings=shop.one(select(ChannelAccount.settings))[0] | {"base_url": bad}))

    attempt_id = shop.pay(shop.place())

    attempt = shop.attempt(attempt_id)
    assert (attempt.status, attempt.decline_code) == ("failed", "channel_misconfigured")
    [stored] = shop.many(select(ChannelExchange.__table__))
    assert (stored.http_status, "Not sent." in stored.response) == (None, True)
    assert try_connection.try_connection(shop.business_id, shop.account_id).found == "settings"
    assert trap.is_untouched


@pytest.mark.parametrize("named", [
    "https://127.0.0.1:{port}/x", "https:@127.0.0.1:{port}/x", "x:@127.0.0.1:{port}/x", "x:.evil.example/x",
    "//127.0.0.1", "x::{port}/x", "x:\\@127.0.0.1:{port}/x",
])  # fmt: skip
def test_a_companys_answer_leads_nowhere_else(trap: Trap, named: str) -> None:
    named = named.format(port=trap.port)
    alipay = filled("alipay", base_url="https://openapi.alipay.com/gateway.do")
    wechat = filled("wechatpay", base_url="https://api.mch.weixin.qq.com")

    with http.allowed(hosts.destinations(registry.channel("alipay"), "live")), pytest.raises(gateway.NoFile):
        gateway.fetch(alipay, named)
    with http.allowed(hosts.destinations(registry.channel("wechatpay"), "live")), pytest.raises(wechat_wire.NoFile):
        wechat_wire.fetch(wechat, named.removeprefix("x:"))

    assert trap.is_untouched


def test_no_system_of_a_merchants_is_saved_at_a_private_address(shop: Shop, trap: Trap) -> None:
    business_id, command = shop.business_id, manage_webhooks.EndpointCommand
    places: dict[str, Any] = {
        "webhook": lambda url: manage_webhooks.create_endpoint(business_id, command(url, ("*",)), actor="t"),
        "deliveries": lambda url: manage_delivery.set_callback(business_id, shop.product_id, url),
        "stock": lambda url: manage_participant.set_participant(business_id, shop.sku_id, url),
        "chat": lambda url: manage_alerts.add_chat(
            business_id, manage_alerts.AlertChatCommand(name="c", format="slack", url=url, key="", kinds=())
        ),
    }

    for place, give in places.items():
        for url in urls(trap.port):
            with pytest.raises(Invalid) as refused:
                give(url)
            assert refused.value.code == "invalid_url", (place, url)

    assert trap.is_untouched


def test_no_system_of_a_merchants_is_called_at_a_private_address(trap: Trap) -> None:
    ports = settings.current().webhook_ports | {trap.port}
    settings.use(replace(settings.current(), webhook_ports=ports))  # the fixture puts the old ones back

    for url in urls(trap.port):
        response = merchant_call.post(url, b"{}", {}, keep_bytes=100)
        answer = merchant_call.call(url, SECRET, business_id=uuid.uuid4(), message_id="m", body={}, force=True)

        assert (response.is_taken, response.text, answer.verdict) == (False, "", "unknown"), url

    assert trap.is_untouched


@pytest.mark.parametrize("port", [22, 25, 80, 5432, 6379, 8080, 65535])
def test_systems_of_merchants_are_called_at_a_few_ports_only(trap: Trap, port: int) -> None:
    url = f"https://shop.example:{port}/hook"

    with pytest.raises(Invalid, match="port"):
        merchant_call.check_url(url)
    assert "port" in (merchant_call.post(url, b"{}", {}, keep_bytes=100).error or "")
    merchant_call.check_url("https://shop.example:8443/hook")

    assert trap.is_untouched


def test_a_name_that_changes_its_mind_gains_nothing(trap: Trap, monkeypatch: pytest.MonkeyPatch) -> None:
    request = resolves(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])

    first = merchant_call.post("https://rebinds.example/", b"{}", {}, keep_bytes=100)
    connected = list(trap.connected)
    second = merchant_call.post("https://rebinds.example/", b"{}", {}, keep_bytes=100)

    assert (len(request), connected) == (2, ["93.184.216.34"])  # looked up once for a connection, and held to that
    assert "not a public address" in (second.error or "")
    assert not first.is_taken
    assert trap.connected == connected
    assert trap.visits == 0


def test_one_private_address_among_public_ones_is_enough(trap: Trap, monkeypatch: pytest.MonkeyPatch) -> None:
    resolves(monkeypatch, ["93.184.216.34", "127.0.0.1"])

    assert not merchant_call.post("https://mixed.example/", b"{}", {}, keep_bytes=100).is_taken
    assert trap.is_untouched


def test_a_companys_own_name_never_leads_to_a_private_address(trap: Trap) -> None:
    for name, mode in ((name, mode) for name in registry.CHANNELS for mode in ("test", "live")):
        to = hosts.destinations(registry.channel(name), mode)
        for origin in to.origins or ():
            with pytest.raises(Refused, match="not a public address"):
                outbound("GET", f"{origin}/", timeout_s=2, to=to)

    assert trap.is_untouched


def test_redirects_are_not_followed(trap: Trap) -> None:
    lures = Trap(f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{trap.port}/\r\nContent-Length: 0\r\n\r\n".encode())

    answer = outbound("GET", f"http://127.0.0.1:{lures.port}/", timeout_s=5, to=Destinations("own", None, is_near=True))

    lures.close()
    assert (answer.status_code, answer.content, trap.visits) == (302, b"", 0)


def test_the_environments_proxies_are_not_used(trap: Trap, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{trap.port}")
    monkeypatch.setattr(http, "_wires", {})
    resolves(monkeypatch, ["93.184.216.34"])

    merchant_call.post("https://shop.example/", b"{}", {}, keep_bytes=100)

    assert (trap.connected, trap.visits) == (["93.184.216.34"], 0)


def test_a_call_that_nobody_spoke_for_goes_nowhere(trap: Trap) -> None:
    with pytest.raises(Refused, match="nobody said"):
        outbound("GET", f"http://127.0.0.1:{trap.port}/", timeout_s=2)

    assert trap.is_untouched

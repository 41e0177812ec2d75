"""A business whose calls hang, against the real server over HTTP: nobody else's payment fails, and none takes long."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.core.ids import show
from app.workflow.accounts.manage_keys import create_key
from app.workflow.payments import manage_channels
from ops.testing.stack import Stack
from tests.attacks.hanging import hanging
from tests.attacks.tenants import ATTACKERS, Tenant, attacking
from tests.factories.shop import Shop

PAYMENTS = 60
SLOWEST_S = 5.0  # without the bulkhead it is as long as the calls hang, which is for ever


def tenant(stack: Stack, shop: Shop, *accounts: str) -> Tenant:
    key = create_key(shop.business_id, name="t", kind="secret").secret
    return Tenant(stack.url, key, show("sku", shop.sku_id), accounts)


def seconds(of: Tenant) -> list[float]:
    """How long each of the payments took, the shortest first; none may fail."""
    took_s = []
    with of.client() as client:
        for _ in range(PAYMENTS):
            began_s = time.monotonic()
            answer = of.pay(client)
            took_s.append(time.monotonic() - began_s)
            assert (answer.status_code, answer.json()["status"]) == (201, "paying"), answer.text
    return sorted(took_s)


@pytest.fixture(scope="module")
def web(app: Flask, database_url: str, redis_url: str, run_folder: Path) -> Iterator[Stack]:
    """A web server as it is set up where nothing is said, over this worker's database."""
    assert app
    stack = Stack(
        run_folder / "hanging", database_url=database_url, redis_url=redis_url, extra={"CHANNEL_CONCURRENCY": "8"}
    )
    try:
        stack.start("web")
        yield stack
    finally:
        stack.kill()


@pytest.mark.long
@pytest.mark.parametrize("name", ATTACKERS)
def test_others_pay_beside_it(web: Stack, new_shop: Callable[..., Shop], name: str) -> None:
    attacker, other = new_shop(), new_shop()
    with hanging() as hangs:
        values = {"base_url": hangs.url, "merchant_id": "m", "api_key": "k" * 20, "timeout_s": "60"}
        accounts = [
            manage_channels.add_channel_account(
                attacker.business_id, channel="simulator", name=f"Hangs {number}", values=values, priority=1
            )
            for number in range(10)
        ]
        theirs = tenant(web, other)
        alone = seconds(theirs)

        with attacking(name, tenant(web, attacker, *(show("cha", each) for each in accounts)), hangs) as attack:
            beside = seconds(theirs)
            held = hangs.held

    print(f"{name}: p50 {alone[PAYMENTS // 2]:.3f} s alone, {beside[PAYMENTS // 2]:.3f} s beside;", end=" ")  # noqa: T201
    print(f"slowest {alone[-1]:.3f} s alone, {beside[-1]:.3f} s beside; {held} hung, {attack.statuses}")  # noqa: T201
    assert beside[-1] < SLOWEST_S

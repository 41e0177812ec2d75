"""Our way to Stripe against a server that others wrote. It knows payments, refunds and signed events, but no hosted
page and no idempotency keys, so it judges what goes over the wire and how it is read, not the whole channel."""

from __future__ import annotations

import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.domain.payments.channels.stripe import errors, library, reading
from app.domain.payments.channels.stripe.channel import StripeChannel
from app.domain.payments.channels.types import NoticeRefused
from ops import child
from ops.paths import ROOT
from tests.contracts.operations import new_ref
from tests.simulator.company import Receiver

pytestmark = pytest.mark.long

PACKAGE = "localstripe==1.15.0"
# It listens everywhere and keeps a file under /tmp; here it does neither.
SERVE = """
import socket, sys
from localstripe import resources, server

class Here(socket.socket):
    def bind(self, address):
        super().bind(("::1", *address[1:]))

resources.Store.dump_to_disk = lambda self: None
socket.socket = Here
sys.argv = ["localstripe", "--port", sys.argv[1], "--from-scratch"]
server.start()
"""
GOOD, DECLINED = "4242424242424242", "4000000000000341"


@pytest.fixture(scope="module")
def python() -> Path:
    """The interpreter of an environment of its own with the server in it."""
    home = ROOT / ".cache" / PACKAGE.replace("==", "-")
    found, ready = home / "bin" / "python", home / "ready"
    if not ready.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True, timeout=100)
        install = [str(found), "-m", "pip", "install", "-q", "--disable-pip-version-check", PACKAGE]
        done = subprocess.run(install, capture_output=True, text=True, check=False, timeout=200)
        assert not done.returncode, f"{PACKAGE} cannot be installed: {done.stderr[-200:]}"
        ready.touch()
    return found


@pytest.fixture(scope="module")
def server(python: Path) -> Iterator[str]:
    with socket.socket(socket.AF_INET6) as free:
        free.bind(("::1", 0))
        port = free.getsockname()[1]
    process = child.start([python, "-c", SERVE, str(port)], output=subprocess.DEVNULL)
    url = f"http://[::1]:{port}"

    def answers() -> bool:
        assert process.poll() is None
        try:
            return httpx.get(url, trust_env=False).status_code == 401
        except httpx.TransportError:
            return False

    assert child.wait_until(answers, limit_s=60)
    yield url
    child.stop(process, ask=signal.SIGTERM, patience_s=5)


@pytest.fixture
def settings(server: str) -> dict[str, str]:
    secret = f"whsec_{secrets.token_hex(8)}"
    return {"base_url": server, "secret_key": f"sk_test_{secrets.token_hex(8)}", "webhook_secret": secret}


def pay(settings: dict[str, str], number: str, ref: str) -> dict[str, Any]:
    """A payment with this card."""
    client = library.StripeHttpClient(settings)
    card = {"number": number, "exp_month": 12, "exp_year": 2040, "cvc": "123"}
    method = client.call("create", lambda v1: v1.payment_methods.create({"type": "card", "card": card}))
    params = {
        "amount": 1980,
        "currency": "usd",
        "payment_method": method["id"],
        "confirm": True,
        "metadata": {reading.ATTEMPT: ref},
    }
    made = client.call("create", lambda v1: v1.payment_intents.create(params))
    return client.call("query", lambda v1: v1.payment_intents.retrieve(made["id"]))


def test_a_payment_is_made_and_its_refund_read(settings: dict[str, str]) -> None:
    ref = new_ref()
    intent = pay(settings, GOOD, ref)
    client = library.StripeHttpClient(settings)
    charge = intent["latest_charge"]["id"]  # they write it out, as Stripe did once
    params = {"charge": charge, "amount": 300, "metadata": {reading.ATTEMPT: ref}}

    made = client.call("refund", lambda v1: v1.refunds.create(params))
    listed = reading.rows(client.call("query", lambda v1: v1.refunds.list({"charge": charge})))

    assert (intent["status"], reading.reference(intent)) == ("succeeded", ref)
    [found] = listed
    outcome = reading.refund(found, ref)
    assert outcome == reading.refund(made, ref)
    assert (outcome.status, outcome.amount and outcome.amount.minor, outcome.channel_ref) == (
        "succeeded",
        300,
        made["id"],
    )
    assert [exchange.http_status for exchange in client.exchanges] == [200, 200]
    assert settings["secret_key"] not in repr(client.exchanges)


def test_a_decline_and_refusals_are_read(settings: dict[str, str]) -> None:
    intent = pay(settings, DECLINED, new_ref())
    client = library.StripeHttpClient(settings)

    assert intent["status"] == "requires_payment_method"
    assert reading.last_error(intent)[0] == "declined"
    for ask, status in (
        (lambda v1: v1.refunds.retrieve("re_nobody"), 404),
        (lambda v1: v1.payment_intents.create({"amount": 0, "currency": "usd"}), 400),
    ):
        with pytest.raises(errors.Refused, match=str(status)) as refused:
            client.call("query", ask)
        assert refused.value.kind == "invalid_request_error"
    stranger = library.StripeHttpClient(settings | {"secret_key": "rk_test_stranger"})
    with pytest.raises(errors.Refused) as refused:
        stranger.call("query", lambda v1: v1.refunds.list())
    assert refused.value.code == "http_401"


def test_their_signature_is_ours(settings: dict[str, str]) -> None:
    receiver = Receiver()
    hook = {"url": receiver.url, "secret": settings["webhook_secret"]}
    httpx.post(f"{settings['base_url']}/_config/webhooks/{secrets.token_hex(4)}", json=hook, trust_env=False)
    library.StripeHttpClient(settings).call("create", lambda v1: v1.customers.create({"email": "buyer@example.com"}))

    [message] = receiver.wait(1)
    receiver.close()

    def verdict(of: dict[str, str], body: bytes) -> str:
        with pytest.raises(NoticeRefused) as refused:
            StripeChannel().read_notice(of, message.headers, body)
        return refused.value.code

    assert verdict(settings, message.body) == "not_ours"
    assert verdict(settings, message.body.replace(b"buyer", b"Buyer")) == "bad_signature"
    assert verdict(settings | {"webhook_secret": "whsec_other"}, message.body) == "bad_signature"

"""Events reach a laptop without an endpoint."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from flask import Flask

from app import listen
from app.listen import Listener, ListenFailed
from app.workflow.accounts.manage_keys import create_key
from tests.factories.receiver import receiver
from tests.factories.shop import Shop

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HERE = "http://bursar.example"


@pytest.fixture
def served(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bursar answers in this process; everything else goes over the wire."""
    wire = listen.outbound

    def outbound(method: str, url: str, **options: Any) -> httpx.Response:
        if not url.startswith(HERE):
            return wire(method, url, **options)
        answer = app.test_client().open(url.removeprefix(HERE), method=method, headers=options["headers"])
        return httpx.Response(answer.status_code, content=answer.data)

    monkeypatch.setattr(listen, "outbound", outbound)


def test_what_happens_is_passed_on_signed(shop: Shop, served: None) -> None:
    assert served is None
    key = create_key(shop.business_id, name="Laptop", kind="secret").secret
    began = listen.now()
    shop.paid_order()
    with receiver() as laptop:
        laptop.secret = SECRET
        following = Listener(HERE, key, laptop.url, SECRET, ("order.*",)).follow(began, sleep=lambda _: None)

        received = [next(following) for _ in range(3)]

    assert received == [("order.created", "200"), ("order.paid", "200"), ("order.fulfilled", "200")]


def test_an_invalid_key_is_reported(served: None, app: Flask) -> None:
    assert served is None
    with pytest.raises(ListenFailed, match="unknown"):
        next(Listener(HERE, "sk_test_no", "http://127.0.0.1:9/", SECRET).follow(listen.now()))
    arguments = ["webhooks", "listen", "--forward", "http://127.0.0.1:9/", "--key", ""]
    result = app.test_cli_runner().invoke(args=arguments)
    assert "Pass a secret key" in result.output

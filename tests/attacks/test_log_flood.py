"""Nobody fills the disk by asking again and again: lines about strangers are few, and the log has an end."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.api.kit import problems
from app.core import log_limit
from app.core.errors import Unavailable
from app.core.log_limit import LogLimit
from app.workflow.accounts.manage_keys import create_key
from ops.testing.run import is_long
from tests.factories.shop import Shop

TIMES = 5_000 if is_long() else 300
EACH, ALL = 20, 50
ADDRESSES = (
    "/v1/orders",
    "/nowhere",
    "/portal",
    "/portal/login",
    "/c/ses_1",
    "/sdk/v1/session",
    "/callbacks/stripe/cha_1",
)


@pytest.fixture
def limit(monkeypatch: pytest.MonkeyPatch) -> LogLimit:
    """As in the application, with smaller figures and a window that the test ends."""
    smaller = LogLimit(of_a_shape=EACH, of_all=ALL)
    monkeypatch.setattr(log_limit, "strangers", smaller)
    return smaller


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Callable[[str], list[dict[str, Any]]]:
    """The lines of the log about one event since the last question."""

    def read(event: str) -> list[dict[str, Any]]:
        found = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
        return [line for line in found if line["event"] == event]

    return read


@pytest.mark.usefixtures("limit")
def test_strangers_get_some_lines_and_the_rest_is_counted(
    app: Flask, limit: LogLimit, lines: Callable[[str], list[dict[str, Any]]]
) -> None:
    client = app.test_client()

    for number in range(TIMES):
        client.get(ADDRESSES[number % len(ADDRESSES)], headers={"Authorization": f"Bearer sk_test_{number}"})
    written = lines("request")
    limit._began_s = float("-inf")
    client.get("/healthz")
    [result] = lines("requests_left_out")

    assert len(written) == ALL
    assert max(Counter(line["endpoint"] for line in written).values()) <= EACH
    assert len(written) + result["count"] == TIMES
    assert sum(result["most"].values()) == result["count"]


@pytest.mark.usefixtures("limit")
def test_lines_about_a_key_are_never_left_out(
    app: Flask, shop: Shop, lines: Callable[[str], list[dict[str, Any]]]
) -> None:
    client, key = app.test_client(), create_key(shop.business_id, name="log", kind="secret").secret
    for _ in range(ALL + 10):
        client.get("/nowhere")
    lines("request")

    for _ in range(EACH + 5):
        client.get("/v1/orders/ord_1", headers={"Authorization": f"Bearer {key}"})

    assert len(lines("request")) == EACH + 5


@pytest.mark.usefixtures("limit")
def test_errors_of_strangers_are_not_logged_without_end(
    app: Flask, lines: Callable[[str], list[dict[str, Any]]]
) -> None:
    with app.test_request_context("/v1/" + "x" * 20_000):
        for _ in range(100):
            problems.problem_for(Unavailable("unavailable", "The database is away."))

    written = lines("request.unavailable")
    assert len(written) == EACH
    assert all(len(line["path"]) <= problems.MAX_PATH for line in written)

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from app.core import context, log

CLIENT_SECRET = "ses_" + "0" * 26 + "_secret_AbC-123_xyz"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("key sk_test_abcDEF123 used", "key sk_test_*** used"),
        ("sk_live_abcDEF123", "sk_live_***"),
        (f"opened {CLIENT_SECRET}", "opened ses_" + "0" * 26 + "_secret_***"),
        ("Authorization: Bearer eyJhbGciOi.J9.x-y_z", "Authorization: Bearer ***"),
        ("card 4242 4242 4242 4242 exp", "card [card] exp"),
        ("card 4242-4242-4242-4242", "card [card]"),
        ("378282246310005", "[card]"),
        ("jane.doe+x@mail.example.org wrote", "j***@mail.example.org wrote"),
    ],
)
def test_secrets_cards_and_addresses_are_masked_in_any_text(text: str, shown: str) -> None:
    assert log.mask(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "01912345-6789-7012-8345-678901234567",  # an id that happens to have no letter
        "ord_01h2xcejqtf2nbrexx3vqjhp41",
        "2026-01-01T00:00:00+00:00",
        "amount_minor 99999999999",
    ],
)
def test_ids_times_and_amounts_stay_readable(text: str) -> None:
    assert log.mask(text) == text


@pytest.mark.timeout(60)  # by the square of its length it would take minutes
def test_a_long_word_is_looked_through_once() -> None:
    text = "a" * 200_000

    assert log.mask(text) == text


@pytest.fixture
def line(capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    """A function that logs and answers the line as an object; afterwards lines go where they went before."""
    stored = structlog.get_config()

    def write(event: str, **members: Any) -> dict[str, Any]:
        log.set_up("info")
        log.get_logger().info(event, **members)
        found: dict[str, Any] = json.loads(capsys.readouterr().err.splitlines()[-1])
        return found

    with context.work():  # whatever an earlier test was about
        yield write
    structlog.configure(**stored)


def test_members_with_telling_names_are_dropped_whole(line: Any) -> None:
    shown = line("x", api_key="abc", Password="p", client_secret="s", set_cookie="c", access_token=7, X_Signature="s")

    assert {shown[name] for name in shown if name not in ("event", "level", "timestamp")} == {"***"}


def test_secrets_are_masked_however_deep_they_lie(line: Any) -> None:
    shown = line(
        "x",
        details={"headers": {"Authorization": "Bearer abc"}, "notes": ["sk_test_abc", ("jane@mail.example", 3)]},
        raised=ValueError("no card 4242424242424242"),
        raw=b"sk_live_abc",
    )

    text = json.dumps(shown)
    assert "Bearer abc" not in text
    assert "sk_test_abc" not in text
    assert "jane@" not in text
    assert "4242" not in text
    assert "sk_live_abc" not in text
    assert shown["details"]["notes"][1][1] == 3


def test_a_line_says_what_the_work_was_about(line: Any) -> None:
    with context.work(request_id="req_1", business_id="biz_1"):
        context.bind(order_id="ord_1")
        shown = line("order_placed", amount_minor=5)

    assert (shown["event"], shown["order_id"], shown["request_id"]) == ("order_placed", "ord_1", "req_1")
    assert (shown["level"], shown["amount_minor"]) == ("info", 5)
    assert "order_id" not in line("later")


def test_a_traceback_is_masked_too(line: Any) -> None:
    try:
        raise ValueError("refused sk_live_abcdef")
    except ValueError:
        shown = line("failed", exc_info=True)

    assert "ValueError" in shown["exception"]
    assert "abcdef" not in shown["exception"]


def test_line_that_cannot_be_written_is_counted_and_stops_nothing() -> None:
    script = (
        "import os; from app.core import log; log.set_up('info'); log.get_logger().info('into_a_full_disk');"
        "log.announce('ready'); os._exit(log.lost_lines())"
    )
    with open("/dev/full", "wb") as full:
        done = subprocess.run([sys.executable, "-c", script], stdout=full, stderr=full, check=False)

    assert done.returncode == 2

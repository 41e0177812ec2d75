"""What a command cannot do it says in a sentence."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask

from app.core import clock
from app.core.ids import new_id, show
from app.workflow.operations import advance_test_clock
from tests.factories.shop import Shop


def test_clock_of_a_test_business_is_advanced_and_shown(app: Flask, shop: Shop) -> None:
    business_id = show("biz", shop.business_id)

    begun = app.test_cli_runner().invoke(args=["test-clock", "advance", business_id, "30d", "--wait", "0"])
    while advance_test_clock.carry_on(shop.business_id):
        pass
    shown = app.test_cli_runner().invoke(args=["test-clock", "show", business_id])

    assert (begun.exit_code, "Is a worker running?" in begun.output) == (1, True)
    assert (shown.exit_code, shown.output.split()[1]) == (0, "ready")
    assert datetime.fromisoformat(shown.output.split()[0]) - clock.actual() > timedelta(days=29)


@pytest.mark.parametrize(
    ("to", "code", "says"),
    [
        ("soon", 2, "Give a span such as 30d"),
        ("2020-01-01T00:00:00Z", 1, "never goes back"),
        ("999999d", 1, "at most 366 days"),
    ],
)
def test_no_time_is_taken_that_a_clock_cannot_reach(app: Flask, shop: Shop, to: str, code: int, says: str) -> None:
    refused = app.test_cli_runner().invoke(args=["test-clock", "advance", show("biz", shop.business_id), to])

    assert (refused.exit_code, says in " ".join(refused.output.split())) == (code, True)


def test_a_business_that_does_not_exist_has_no_clock(app: Flask) -> None:
    nobody = show("biz", new_id())

    shown = app.test_cli_runner().invoke(args=["test-clock", "show", nobody])
    advanced = app.test_cli_runner().invoke(args=["test-clock", "advance", nobody, "1d"])

    assert (shown.exit_code, advanced.exit_code) == (1, 1)
    assert shown.output.startswith("Error: ")
    assert advanced.output.startswith("Error: ")


def test_unknown_id_is_reported_in_a_sentence(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["metrics", "recount", "biz_nonsense"])

    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert result.exception is None or isinstance(result.exception, SystemExit)

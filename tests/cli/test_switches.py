"""Switches by command."""

from __future__ import annotations

from flask import Flask

from app.core.ids import show
from app.workflow.accounts.lifecycle.switch_off import states
from tests.factories.shop import Shop


def test_a_part_is_switched_off_and_on(app: Flask, shop: Shop) -> None:
    run, here = app.test_cli_runner().invoke, ["--business", show("biz", shop.business_id)]

    off = run(args=["switch", "off", "exports_off", "--minutes", "5", "--reason", "Too slow", *here])
    listed = run(args=["switch", "list", *here])
    on = run(args=["switch", "on", "exports_off", *here])

    assert (off.exit_code, listed.exit_code, on.exit_code) == (0, 0, 0)
    assert "exports, archives and CSV files of lists are refused" in off.output
    assert "exports_off" in listed.output
    assert "Too slow" in listed.output
    assert states(shop.business_id) == []


def test_everywhere_by_default(app: Flask, shop: Shop) -> None:
    run = app.test_cli_runner().invoke

    run(args=["switch", "off", "webhooks_deferred", "--minutes", "5", "--reason", "Moving"])
    before = states(shop.business_id)
    run(args=["switch", "on", "webhooks_deferred"])

    assert [(each.kind, each.is_everywhere, each.set_by) for each in before] == [
        ("webhooks_deferred", True, "operator")
    ]
    assert states(None) == []


def test_for_ever_is_refused(app: Flask) -> None:
    refused = app.test_cli_runner().invoke(
        args=["switch", "off", "exports_off", "--minutes", "10081", "--reason", "Why"]
    )

    assert refused.exit_code != 0
    assert states(None) == []

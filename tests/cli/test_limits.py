"""Limits by command."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from app.core import db
from app.core.ids import show
from app.domain.accounts.business.models import Business
from app.read.accounts.resource_limits import resource_limits
from tests.factories.shop import Shop


def test_a_limit_is_set_and_taken_back(app: Flask, shop: Shop) -> None:
    command = ["business", "limit", show("biz", shop.business_id), "export"]

    made = app.test_cli_runner().invoke(args=[*command, "--per-s", "3"])
    limits = _limits(shop)
    reset = app.test_cli_runner().invoke(args=[*command, "--default"])

    assert (made.exit_code, reset.exit_code) == (0, 0)
    assert limits == {"export": {"per_s": 3, "burst": 6}}
    assert _limits(shop) == {}


def test_a_limit_without_a_number_is_refused(app: Flask, shop: Shop) -> None:
    refused = app.test_cli_runner().invoke(args=["business", "limit", show("biz", shop.business_id), "export"])

    assert refused.exit_code != 0
    assert "--per-s or --default" in refused.output
    assert _limits(shop) == {}


def test_what_a_business_owns_is_listed_limited_and_unlimited(app: Flask, shop: Shop) -> None:
    business_id, run = show("biz", shop.business_id), app.test_cli_runner().invoke
    reason = ["--reason", "Starter contract"]

    made = run(args=["business", "limit-resource", business_id, "plans", "--most", "3", *reason])
    listed = run(args=["business", "limits", business_id])
    both = run(args=["business", "limit-resource", business_id, "plans", "--most", "3", "--default", *reason])
    reset = run(args=["business", "limit-resource", business_id, "plans", "--default", *reason])

    assert (made.exit_code, listed.exit_code, reset.exit_code) == (0, 0, 0)
    [line] = [line.split() for line in listed.output.splitlines() if line.startswith("plans")]
    assert line == ["plans", "0", "3", "Starter", "contract"]
    assert "--most or --default" in both.output
    assert all(each.is_default for each in resource_limits(shop.business_id))


def _limits(shop: Shop) -> object:
    with db.system_reading():
        return db.scalar(select(Business.tier_limits).where(Business.id == shop.business_id))

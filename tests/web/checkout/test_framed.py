"""The frame's page: which origins may show it, and what it leaves behind."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Flask
from sqlalchemy import update
from werkzeug.test import TestResponse

from app.core import clock, db
from app.core.ids import new_id, show
from app.domain.accounts.business.models import Business
from app.domain.orders.types import Buyer, OrderItem
from app.workflow.checkout.open_checkout import open_checkout
from tests.factories.shop import Shop

ONE, TWO = "https://shop.example", "http://127.0.0.1:8001"
LOOPBACK = ("http://*.localhost:*", "http://127.0.0.1:*", "http://localhost:*")


def look(app: Flask, shop: Shop, origins: Sequence[str], query: str = "") -> TestResponse:
    """The frame's page of a fresh session, of a business with these allowed origins."""
    with db.system_phase("test.origins"):
        db.write(update(Business).where(Business.id == shop.business_id).values(allowed_origins=list(origins)))
    session = open_checkout(shop.business_id, items=[OrderItem(shop.sku_id, 1)], buyer=Buyer(reference="framed"))
    return app.test_client().get(f"/f/{show('ses', session.session_id)}{query}")


def framers(answer: TestResponse) -> list[str]:
    """Who may frame it, as the policy says, beside a developer's own computer in test mode."""
    [found] = [part for part in answer.headers["Content-Security-Policy"].split("; ") if "frame-ancestors" in part]
    return [each for each in found.split()[1:] if each not in LOOPBACK]


def test_exactly_the_allowed_origins_may_frame_it_and_one_that_names_itself_is_spoken_to(
    app: Flask, shop: Shop
) -> None:
    answer = look(app, shop, [ONE, TWO], f"?parent={ONE}")

    assert answer.status_code == 200
    assert framers(answer) == [TWO, ONE]
    assert f'data-parent="{ONE}"' in answer.text
    assert "require-trusted-types-for 'script'" in answer.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer.headers
    assert (answer.headers["Cache-Control"], answer.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert "Set-Cookie" not in answer.headers


def test_whoever_is_not_named_is_not_spoken_to(app: Flask, shop: Shop) -> None:
    answer = look(app, shop, [ONE])

    assert framers(answer) == [ONE]
    assert "data-parent" not in answer.text


def test_an_origin_that_is_not_on_the_list_gets_nothing(app: Flask, shop: Shop) -> None:
    evil = ["https://evil.example", f"{ONE}.evil.example", f"{ONE}/", f"{ONE}:443", "https://shop", "*", "null", ""]
    for parent in evil:
        answer = look(app, shop, [ONE], f"?parent={parent}")

        assert (answer.status_code, framers(answer)) == (403, ["'none'"]), parent
        assert "bursar.js" not in answer.text


def test_what_is_no_exact_origin_never_gets_into_the_policy(app: Flask, shop: Shop) -> None:
    for origin in [
        "*",
        "https:",
        "https://*.example",
        "null",
        "'self'",
        f"{ONE}; script-src *",
        "data:",
        f"{ONE}/shop",
    ]:
        assert framers(look(app, shop, [origin])) == [], origin
        assert framers(look(app, shop, [origin, ONE])) == [ONE], origin


def test_a_developers_own_computer_may_frame_it_in_test_mode_alone(app: Flask, shop: Shop) -> None:
    def policy(answer: TestResponse) -> str:
        return answer.headers["Content-Security-Policy"]

    for parent in ("http://localhost:5173", "https://shop.localhost", "http://127.0.0.1:1"):
        answer = look(app, shop, [], f"?parent={parent}")
        assert (answer.status_code, f'data-parent="{parent}"' in answer.text) == (200, True), parent
        assert f"frame-ancestors {' '.join(LOOPBACK)};" in policy(answer)
    # A policy cannot name this one, so the answer says no as well.
    assert look(app, shop, [], "?parent=http://[::1]:5173").status_code == 403
    with db.system_phase("test.live"):
        db.write(update(Business).where(Business.id == shop.business_id).values(mode="live", activated_at=clock.now()))
    live = look(app, shop, [ONE], "?parent=http://localhost:5173")

    assert (live.status_code, "localhost" in policy(live)) == (403, False)
    assert "localhost" not in policy(look(app, shop, [ONE]))


def test_what_is_no_session_has_no_frame(app: Flask) -> None:
    for session_id in ["ses_0", "made-up", show("ses", new_id())]:
        answer = app.test_client().get(f"/f/{session_id}")

        assert (answer.status_code, framers(answer)) == (404, ["'none'"]), session_id

"""By mouse, at both widths: a merchant makes a plan, a stranger signs it by its link, and the membership runs."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from app.core import mail
from app.core.ids import show
from app.domain.notifications.mails.models import Mail
from app.workflow.notifications.render_mail import render_mail
from app.workflow.subscriptions import link_signer, manage_plans, renew_contracts
from app.workflow.subscriptions.link_signer import Signer
from tests.e2e import both_looks
from tests.e2e.navigation import go
from tests.e2e.test_buyer_contracts import ORIGIN, served_by
from tests.factories.contracts import newest_contract, plan_of
from tests.factories.openings import changed_settings
from tests.factories.shop import Shop

SHOTS = os.environ.get("SHOTS")


@pytest.fixture(autouse=True)
def mailing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "is_on", lambda: True)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("width", [1280, 360])
def test_a_plan_is_made_and_signed_by_its_link(
    app: Flask, browser: Browser, portal: str, enter: Callable[..., Page], shop: Shop, width: int
) -> None:
    assert app
    with changed_settings(public_url=portal):
        page = enter(shop, "owner", width)
        link = _make(page)
        buyer = browser.new_context(viewport={"width": width, "height": 900}, locale="en-US").new_page()
        buyer.goto(link)
        expect(buyer.get_by_text("Free until")).to_be_visible()
        _shot(buyer, f"sign-1-{width}")
        buyer.get_by_label("Email address").fill(f"ada-{shop.business_id.hex[:12]}@people.example")
        buyer.get_by_role("button", name="Send code").click()
        buyer.get_by_label("Code from the email").fill(_code(shop))
        buyer.get_by_role("button", name="Confirm").click()
        _shot(buyer, f"sign-2-{width}")
        buyer.get_by_role("button", name="Agree and start the free trial").click()
        buyer.wait_for_url(re.compile(r"/contract/"))
        buyer.get_by_role("button", name=re.compile("Agree|Sign|Approve")).click()
        expect(buyer.get_by_role("heading", name="Gold, monthly")).to_be_visible()
        contract_id = newest_contract(shop)
        renew_contracts.act(shop.business_id, contract_id)
        buyer.reload()
        expect(buyer.get_by_text("Free trial until")).to_be_visible()
        _shot(buyer, f"sign-3-{width}")

        go(page, "Contracts")
        expect(page.get_by_role("main").get_by_text("Gold, monthly").first).to_be_visible()
        buyer.context.close()


def _make(page: Page) -> str:
    """A plan of the shop's product; the address that buyers are sent."""
    go(page, "Plans")
    page.get_by_role("link", name="New plan").first.click()
    page.get_by_label("Product").select_option(index=1)
    page.get_by_label("Name", exact=True).fill("Gold, monthly")
    page.get_by_label("USD", exact=True).fill("10")
    page.get_by_label("Free trial in days").fill("14")
    _shot(page, f"plan-new-{page.viewport_size['width'] if page.viewport_size else ''}")
    page.get_by_role("button", name="Create plan").click()
    expect(page.get_by_text("Plan created. Send buyers its link.")).to_be_visible()
    _shot(page, f"plan-{page.viewport_size['width'] if page.viewport_size else ''}")
    return str(page.get_by_role("link", name="Open", exact=True).get_attribute("href"))


def _code(shop: Shop) -> str:
    row = shop.one(select(Mail.__table__).where(Mail.kind == "code").order_by(Mail.id.desc()))
    found = re.search(r"\b[0-9]{6}\b", str(render_mail(shop.business_id, row)["Subject"]))
    assert found is not None
    return found[0]


def _shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


@pytest.mark.timeout(120)
def test_every_page_of_signing_is_usable_by_everybody(app: Flask, browser: Browser, shop: Shop) -> None:
    plan_id, archived = plan_of(shop, max_quantity=5), plan_of(shop)
    manage_plans.archive_plan(shop.business_id, archived, actor="test")
    signer = Signer(business_id=shop.business_id, plan_id=plan_id, reference="ann", email="ann@people.example")
    context = both_looks.new_context(browser)
    context.route("**/*", served_by(app.test_client()))
    page, found = context.new_page(), []
    paths = [f"/s/{show('plan', archived)}", f"/s/{show('plan', plan_id)}"]
    paths += ["/s/" + link_signer.make_link(signer).url.partition("/s/")[2]]

    for number, path in enumerate(paths):
        both_looks.open_wide(page, ORIGIN + path)
        found += [f"{path}: {each}" for each in both_looks.wrong(page)]
        _shot(page, f"signing-{number}-360")
    context.close()

    assert not found, "\n".join(found)

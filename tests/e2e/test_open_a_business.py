"""From an operator's invitation to a live business that takes payments, by clicks."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from app.core import clock
from app.domain.accounts.people import totp
from app.workflow.accounts.lifecycle.link_sign_up import invite_owner
from tests.e2e import pictures
from tests.e2e.navigation import go
from tests.factories.openings import changed_settings, new_mailbox

pytestmark = pytest.mark.timeout(240)
LEGAL = {
    "Legal name": "Lantern Books GmbH",
    "Legal address": "Am Hafen 1, 20457 Hamburg",
    "Tax number": "none",
    "Support email": "help@lantern.example",
}
BANK = {
    "Account holder": "Lantern Books GmbH",
    "Bank": "First Bank",
    "IBAN or account number": "DE02120300000000202051",
}


@pytest.mark.parametrize("width", [1280, 360])
def test_an_invited_owner_goes_live(app: Flask, browser: Browser, portal: str, width: int) -> None:
    assert app
    with changed_settings(sign_up="invited"):
        link = invite_owner(new_mailbox())
        page = browser.new_context(viewport={"width": width, "height": 900}, locale="en-US").new_page()
        _open(page, portal + link[link.index("/portal") :])
    pictures.keep(page, f"first-steps-{width}")
    go(page, "Go live")
    expect(page.get_by_text("Complete the checklist first.")).to_be_visible()
    pictures.keep(page, f"go-live-{width}", full_page=True)

    for point, fields in (("Legal name", LEGAL), ("Receipt footer", {"Receipt footer": "Thank you."})):
        page.get_by_role("main").get_by_role("link", name=point).click()
        for label, text in fields.items():
            page.get_by_label(label).first.fill(text)
        page.get_by_role("button", name="Save").click()
        go(page, "Go live")
    _set_up_app(page)
    go(page, "Go live")
    page.get_by_role("button", name="Open live business").click()
    expect(page.get_by_role("heading", name="Take payments")).to_be_visible()
    expect(page.get_by_text("Test mode: no real money moves")).to_have_count(0)

    _publish_terms(page)
    go(page, "Channels")
    page.get_by_role("listitem").filter(has_text="Bank transfer").get_by_role("link", name="Add").click()
    for label, text in BANK.items():
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name="Add channel").click()
    go(page, "Go live")
    page.get_by_role("button", name="Start taking payments").click()

    expect(page.get_by_text("This business is live and can take payments.")).to_be_visible()
    page.context.close()


def _open(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_label("Your name").fill("Lena")
    page.get_by_label("Password").fill("a lantern by the window")
    page.get_by_label("Business name").fill("Lantern Books")
    page.get_by_label("Country").select_option("DE")
    page.get_by_role("button", name="Open business").click()
    expect(page.get_by_role("heading", name="First steps")).to_be_visible()


def _set_up_app(page: Page) -> None:
    page.get_by_role("main").get_by_role("link", name="Two-step verification").click()
    page.get_by_role("button", name="Set up an authenticator app").click()
    expect(page.get_by_role("heading", level=1, name="Authenticator app")).to_be_visible()
    [secret] = re.findall(r"\b[A-Z2-7]{32}\b", page.get_by_role("main").inner_text().replace(" ", ""))
    page.get_by_role("textbox", name="Code").fill(totp.code_of(secret, totp.step_at(clock.actual())))
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_text("recovery codes").first).to_be_visible()


def _publish_terms(page: Page) -> None:
    page.get_by_role("main").get_by_role("link", name="Terms").click()
    page.get_by_role("link", name="New agreement").first.click()
    page.get_by_label("Name").first.fill("Terms")
    page.get_by_label("Code").fill("terms")
    page.get_by_role("button", name="Continue to the text").click()
    page.get_by_label("Title").fill("Terms of sale")
    page.get_by_label("Text", exact=True).fill("What holds.")
    page.get_by_role("button", name="Save and preview").click()
    page.get_by_role("button", name="Publish").click()

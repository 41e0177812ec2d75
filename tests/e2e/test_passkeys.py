"""Passkeys in Chromium, with an authenticator of its own making: made, used to sign in and as fresh proof, removed."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Browser, Page, expect

from app.core.ids import new_id, parse
from ops.testing.stack import Stack

pytestmark = pytest.mark.timeout(240)
PASSWORD = "a password of some length"


@pytest.fixture
def email(stack: Stack) -> str:
    """Somebody of their own in the team of the demo shop: nobody else's sign-in changes."""
    user_id, address = new_id(), f"{uuid.uuid4().hex[:8]}@people.example"
    password_hash = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    with psycopg.connect(stack.env["DATABASE_SYSTEM_URL"].replace("+psycopg", "")) as connection:
        connection.execute("SET ROLE bursar_system")
        connection.execute(
            "INSERT INTO users (id, email, name, password_hash, is_operator, created_at)"
            " VALUES (%s, %s, 'Kim', %s, false, now())",
            (user_id, address, password_hash),
        )
        connection.execute(
            "INSERT INTO memberships (business_id, id, user_id, role, created_at) VALUES (%s, %s, %s, 'owner', now())",
            (parse("biz", stack.demo["business_id"]), new_id(), user_id),
        )
    return address


@pytest.fixture
def visit(browser: Browser) -> Iterator[Page]:
    """A page whose device knows its owner by a touch."""
    context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    opened = context.new_page()
    devices = context.new_cdp_session(opened)
    devices.send("WebAuthn.enable")
    kind = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    devices.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": {**kind, "isUserVerified": True, "automaticPresenceSimulation": True}},
    )
    yield opened
    context.close()


def test_a_passkey_from_its_making_to_its_end(visit: Page, stack: Stack, email: str) -> None:
    refused: list[str] = []
    visit.on("console", lambda message: refused.append(message.text) if "Content Security" in message.text else None)
    here = stack.url.replace("127.0.0.1", "localhost")
    visit.goto(f"{here}/portal/login?next=/portal/account/security")
    visit.get_by_label("Email").fill(email)
    visit.get_by_label("Password").fill(PASSWORD)
    visit.get_by_role("button", name="Sign in", exact=True).click()

    visit.get_by_role("button", name="Add a passkey").click()
    visit.get_by_label("Name").fill("Kim's laptop")
    visit.get_by_role("button", name="Create passkey").click()
    expect(visit.get_by_text("Save these codes now")).to_be_visible()
    visit.get_by_role("link", name="I’ve saved them").click()
    expect(visit.get_by_text("Kim's laptop")).to_be_visible()

    visit.get_by_label("Your account").click()
    visit.get_by_role("button", name="Sign out", exact=True).click()
    visit.get_by_role("button", name="Sign in with a passkey").click()
    expect(visit.get_by_role("heading", level=1, name="Home")).to_be_visible()

    # Some time later a key is made: the page asks for reauthentication, and the passkey answers.
    with psycopg.connect(stack.env["DATABASE_SYSTEM_URL"].replace("+psycopg", "")) as connection:
        connection.execute("SET ROLE bursar_system")
        connection.execute(
            "UPDATE portal_sessions SET reauthenticated_at = reauthenticated_at - interval '1 hour' FROM users"
            " WHERE users.id = user_id AND email = %s",
            (email,),
        )
    visit.goto(f"{here}/portal/account/security")
    visit.get_by_role("button", name="Remove", exact=True).click()
    expect(visit.get_by_role("heading", level=1, name="Confirm it’s you")).to_be_visible()
    visit.get_by_role("button", name="Use a passkey").click()
    expect(visit.get_by_text("Passkey removed")).to_be_visible()

    visit.get_by_label("Your account").click()
    visit.get_by_role("button", name="Sign out", exact=True).click()
    visit.get_by_role("button", name="Sign in with a passkey").click()
    expect(visit.get_by_role("alert").filter(has_text="could not be verified")).to_be_visible()
    assert refused == []

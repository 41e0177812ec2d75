"""The portal at an address of its own, in this process, and people who sign in to it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from tests.factories.people import make_user
from tests.factories.shop import Shop


@pytest.fixture(scope="module")
def portal(app: Flask) -> Iterator[str]:
    """The portal's address; what a factory makes is shown there."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def enter(browser: Browser, portal: str) -> Iterator[Callable[..., Page]]:
    """A function that signs somebody of this role in, in a window of their own."""
    contexts = []

    def enter(shop: Shop, role: str, width: int) -> Page:
        login = make_user(shop.business_id, role)
        contexts.append(browser.new_context(viewport={"width": width, "height": 900}, locale="en-US"))
        page = contexts[-1].new_page()
        page.goto(f"{portal}/portal/login")
        page.get_by_label("Email").fill(login.email)
        page.get_by_label("Password").fill(login.password)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", level=1, name="Home")).to_be_visible()
        return page

    yield enter
    for context in contexts:
        context.close()

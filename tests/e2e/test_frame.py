"""The panel in a frame: it sells there, and neither a hostile page around it nor a hostile frame beside it wins."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import FrameLocator, Page, expect

from ops.testing.stack import Stack

pytestmark = pytest.mark.timeout(240)
PAY = re.compile(r"^(Pay|Try again)\b")

# Everything that is said to the page, wherever it comes from.
KEEP = """if (window === top) {
  window.seen = [];
  addEventListener('message', ({ data, origin }) => {
    window.seen.push(data);
    window.keep(JSON.stringify(data), origin);
  });
}"""
ADDRESS = "new URLSearchParams(document.querySelector('iframe').src.split('#')[1])"
MOUNT = """([secret, options]) => {
  window.events = [];
  window.framed = BursarFrame({ clientSecret: secret, ...options });
  for (const type of ['ready', 'change', 'leave', 'success', 'failure', 'loaderror']) {
    window.framed.on(type, (event) => {
      event.preventDefault();
      window.events.push(`${type} ${event.code ?? event.status}`);
    });
  }
  window.framed.mount('#framed');
}"""
# What an evil frame says: the whole language, under the right nonce, to the page around it and to the frame beside it.
EVIL = """([nonce, number]) => {
  const lie = (to, message) => to.postMessage({ bursar: 1, nonce, ...message }, '*');
  for (const type of ['ready', 'success', 'leave', 'failure']) lie(parent, { type, status: 'succeeded' });
  lie(parent, { type: 'height', height: 7 });
  lie(parent.frames[0], { type: 'update', locale: 'zh-Hans', appearance: { theme: 'dark' } });
  lie(parent.frames[0], { type: 'go' });
  parent.postMessage(`evil ${number}`, '*');
}"""

Messages = list[tuple[str, Any]]


@pytest.fixture
def page(browser: Any) -> Iterator[Page]:
    """A page of a careless merchant, whose policy forbids nothing (what may be framed is said by the framed)."""
    context = browser.new_context(locale="en-US", bypass_csp=True)
    yield context.new_page()
    context.close()


@pytest.fixture
def messages(page: Page) -> Messages:
    """(origin, message) of all that was said to the page."""
    stored: Messages = []
    page.expose_function("keep", lambda data, origin: stored.append((origin, json.loads(data))))
    page.add_init_script(KEEP)
    return stored


@pytest.fixture
def elsewhere(stack: Stack) -> Iterator[str]:
    """Another site: a page with our script and room for a frame, at an origin that is on no list."""
    script = f'<script src="{stack.url}/static/sdk/v1/frame.js"></script>'
    body = f"<!doctype html><div id=framed></div>{script}".encode()

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.2", 0), Page) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.2:{server.server_port}"
        server.shutdown()


def secret_of(stack: Stack) -> str:
    """The client secret of a fresh session."""
    answer = httpx.post(
        f"{stack.url}/v1/checkout/sessions",
        json={"line_items": [{"sku_id": stack.demo["sku_ids"][0], "quantity": 1}], "buyer": {"reference": "framed"}},
        headers={"Authorization": f"Bearer {stack.demo['secret_key']}", "Idempotency-Key": f"framed-{uuid4()}"},
        timeout=30,
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["client_secret"])


def panel_of(page: Page) -> FrameLocator:
    return page.frame_locator("#framed iframe").first


def test_a_frame_sells_and_its_messages_hold_nothing_worth_stealing(
    page: Page, stack: Stack, messages: Messages, wait_until: Callable[..., None]
) -> None:
    page.goto(f"{stack.shop_url}/framed")
    panel = panel_of(page)
    expect(panel.get_by_role("button", name=PAY)).to_have_text("Pay $9.00")
    wait_until(lambda: page.evaluate("document.querySelector('iframe').offsetHeight !== 600"))
    assert page.frames[1].evaluate("document.documentElement.scrollHeight <= innerHeight"), "as high as the panel"
    secret, nonce = page.evaluate(f"['secret', 'nonce'].map((name) => {ADDRESS}.get(name))")

    panel.get_by_role("checkbox").check()
    panel.get_by_role("button", name=PAY).click()
    page.wait_for_url(re.compile(r"/pay/\w+"))
    page.locator("button[value=approve]").click()
    expect(page.get_by_text("Your purchase is ready.")).to_be_visible()

    assert page.url.startswith(f"{stack.shop_url}/return")
    assert {"height", "ready", "confirm", "requiresaction", "leave"} <= {message["type"] for _, message in messages}
    for origin, message in messages:
        assert origin == stack.url
        assert message.pop("nonce") == nonce
        assert set(message) <= {"bursar", "type", "height", "sessionId", "orderId", "status", "code"}
        assert not re.search(r"_secret_|https?:|@|buyer-", json.dumps(message))
    assert secret.count("_secret_") == 1
    assert {cookie["name"] for cookie in page.context.cookies()} == {"shop"}


def test_a_hostile_page_can_neither_show_the_frame_nor_hear_it(
    page: Page, stack: Stack, messages: Messages, elsewhere: str, wait_until: Callable[..., None]
) -> None:
    page.goto(elsewhere)
    secret = secret_of(stack)

    page.evaluate(MOUNT, [secret, {"loadTimeoutMs": 500}])
    wait_until(lambda: page.evaluate("window.events.length"))
    assert page.evaluate("window.events") == ["loaderror load_timeout"]
    for parent in (f"?parent={stack.shop_url}", "", f"?parent={stack.url}", "?parent=*", "?parent=null"):
        address = f"{stack.url}/f/{secret.partition('_secret_')[0]}{parent}#secret={secret}&nonce=n"
        with page.expect_event("framenavigated", lambda frame: frame.parent_frame is not None):
            page.evaluate("(address) => { document.querySelector('iframe').src = address; }", address)
        assert page.frames[1].url.startswith("chrome-error:"), parent

    assert messages == []


@pytest.mark.usefixtures("messages")
def test_messages_of_a_hostile_frame_are_ignored(
    page: Page, stack: Stack, elsewhere: str, wait_until: Callable[..., None]
) -> None:
    evil_url = f"{elsewhere}/evil"
    page.goto(f"{stack.shop_url}/framed")
    page.evaluate("document.getElementById('framed').replaceChildren()")
    page.evaluate(MOUNT, [secret_of(stack), {}])
    panel = panel_of(page)
    expect(panel.get_by_role("button", name=PAY)).to_be_visible()
    wait_until(lambda: page.evaluate("window.events.length && document.querySelector('iframe').offsetHeight !== 600"))
    state = "[window.events.length, document.querySelector('iframe').offsetHeight]"
    before, nonce = page.evaluate(state), page.evaluate(f"{ADDRESS}.get('nonce')")

    def has_posted(number: int) -> Callable[[], bool]:
        return lambda: page.evaluate(f"window.seen.includes('evil {number}')")

    # A window beside it, which even knows the nonce.
    with page.expect_event("framenavigated", lambda frame: frame.url == evil_url):
        page.evaluate(
            "(src) => { document.body.append(Object.assign(document.createElement('iframe'), { src })); }", evil_url
        )
    page.frames[2].evaluate(EVIL, [nonce, 1])
    wait_until(has_posted(1))
    assert page.evaluate(state) == before

    # Our own frame, with a nonce that is old, or in a language that is not ours.
    inner = page.frames[1]
    inner.evaluate("parent.postMessage({ bursar: 1, nonce: 'old', type: 'height', height: 7 }, '*')")
    inner.evaluate("(nonce) => parent.postMessage({ bursar: 2, nonce, type: 'height', height: 7 }, '*')", nonce)
    inner.evaluate("parent.postMessage('evil 2', '*')")
    wait_until(has_posted(2))
    assert page.evaluate(state) == before

    # Messages of the page itself arrive, and none of the others did.
    page.evaluate("window.framed.update({ appearance: { density: 'compact' } })")
    expect(panel.locator(".bursar[data-density=compact][data-theme=auto][lang=en]")).to_have_count(1)

    # A page that took over the frame's own window, but has another origin.
    with page.expect_event("framenavigated", lambda frame: frame == inner):
        page.evaluate("(src) => { document.querySelector('iframe').src = src; }", evil_url)
    inner.evaluate(EVIL, [nonce, 3])
    wait_until(has_posted(3))
    assert page.evaluate("window.events.length") == before[0]
    assert page.evaluate("document.querySelector('iframe').offsetHeight") != 7

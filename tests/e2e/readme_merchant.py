"""A merchant who has read the README: a page with its HTML, and a server that does what its `curl` does."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from playwright.sync_api import Locator, Page, expect

from ops.paths import ROOT
from ops.testing.stack import Stack


class Merchant:
    """The words of the README with this stack's own values in them."""

    def __init__(self, stack: Stack) -> None:
        text = (ROOT / "README.md").read_text().partition("## Embed it")[2].partition("\n## ")[0]
        [html], [shell] = (re.findall(rf"```{kind}\n(.*?)```", text, re.S) for kind in ("html", "sh"))
        own = {
            "https://pay.example.com": stack.url,
            "pk_test_…": stack.demo["publishable_key"],
            "sk_test_…": stack.demo["secret_key"],
            "sku_…": stack.demo["sku_ids"][0],
        }
        for placeholder, value in own.items():
            assert placeholder in html + shell
            html, shell = html.replace(placeholder, value), shell.replace(placeholder, value)
        assert "…" not in html + shell
        self.opened = 0
        self.html, self.shell = html, shell

    def page(self) -> bytes:
        """The page with the README's HTML."""
        return f'<!doctype html><html lang="en"><title>Shop</title><h1>Shop</h1>{self.html}</html>'.encode()

    def checkout(self) -> bytes:
        """What the README's `curl` prints."""
        self.opened += 1
        return subprocess.run(["sh", "-c", self.shell], check=True, capture_output=True).stdout

    @contextmanager
    def serve(self, host: str = "127.0.0.1") -> Iterator[int]:
        """The page, and `POST` to whatever address for a session; the port."""
        merchant = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer("text/html", merchant.page() if self.path.split("?")[0] == "/shop" else b"")

            def do_POST(self) -> None:
                self._answer("application/json", merchant.checkout())

            def _answer(self, kind: str, body: bytes) -> None:
                self.send_response(200)
                self.send_header("Content-Type", f"{kind}; charset=utf-8")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_parts: object) -> None:
                return

        server = ThreadingHTTPServer((host, 0), Handler)
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def press(page: Page, what: Locator) -> None:
    """Press at the middle of it: whatever lies there is what is pressed."""
    expect(what).to_be_visible()
    what.scroll_into_view_if_needed()
    box = what.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

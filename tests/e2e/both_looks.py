"""A page as two people see it: wide by day, narrow by night; it is loaded once, and axe looks at both."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

Scheme = Literal["light", "dark"]
WIDE: tuple[int, Scheme] = (1280, "light")
NARROW: tuple[int, Scheme] = (360, "dark")
_RUN = "axe.run({ resultTypes: ['violations'] }).then((done) => done.violations)"


def new_context(browser: Browser) -> BrowserContext:
    """Where axe may be loaded, and colours change at once."""
    return browser.new_context(bypass_csp=True, locale="en-US", reduced_motion="reduce")


def open_wide(page: Page, address: str) -> int:
    """Load the page as the first of the two; its status."""
    _look(page, *WIDE)
    answer = page.goto(address)
    return answer.status if answer else 0


def wrong(page: Page, *, covered: str = "[]") -> Iterator[str]:
    """What is wrong with the page that is open; `covered` is a script that names what cannot be pressed."""
    page.evaluate(Axe().axe_script)
    for width, scheme in (WIDE, NARROW):
        _look(page, width, scheme)
        name = f"{width} {scheme}"
        for each in page.evaluate(_RUN):
            yield f"{name}: {each['id']} {each['nodes'][0]['html'][:160]}"
        for each in page.evaluate(covered):
            yield f"{name}: {each} is covered"
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            yield f"{name}: spills over"


def _look(page: Page, width: int, scheme: Scheme) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)

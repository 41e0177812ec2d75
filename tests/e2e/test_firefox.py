"""The panel in the other engine: in the page, as parts, and in a frame."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ops import firefox
from ops.testing.stack import Stack
from tests.marionette import ENTER, SPACE, Marionette, launched

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
APPROVE = "button[value=approve]"


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Marionette]:
    with launched(firefox.find(), tmp_path / "firefox") as opened:
        yield opened


def test_firefox_buys_in_the_page_and_in_a_frame(window: Marionette, stack: Stack) -> None:
    window.open(stack.shop_url)
    window.see(".bursar-pay", r"Pay \$9\.00")
    window.click("button", "One more")
    window.see(".bursar-pay", r"Pay \$18\.00")
    window.click(".bursar-pay")
    window.see("[role=alert]", "Please accept the terms")
    window.click(".bursar-link", "Membership terms")
    window.see("dialog[open]")
    window.click("dialog button[aria-label]")
    window.click("input[type=checkbox]")
    window.click(".bursar-pay")
    window.click(APPROVE)
    window.see("body", r"Your purchase is ready\.")

    window.open(f"{stack.shop_url}/examples/plain")
    window.see("h2", "Payment successful")
    window.click("a", "Moonlight Press")
    window.click("button.quiet")

    window.open(f"{stack.shop_url}/framed")
    window.enter("#framed iframe")
    window.see(".bursar-pay", r"Pay \$9\.00")
    window.press("input[type=checkbox]", SPACE)
    window.press(".bursar-pay", ENTER)
    window.leave()
    window.click(APPROVE)
    window.see("body", r"Your purchase is ready\.")
    assert window.run("return [localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]

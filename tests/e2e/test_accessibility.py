"""The panel for those who do not see it, do not point, or need it large: WCAG 2.2 AA in every state of the machine.

A made-up checkout in a real browser; nothing of ours runs behind it.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from app.web.portal.checkout.appearance.sample import STATES
from ops.gallery import SPECIAL, Variant, open_panel, open_panels, reach

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("stack")]

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# A page's own: ours has neither landmarks nor a heading of the first level, and more panels than one.
OF_A_PAGE = ("landmark-one-main", "landmark-unique", "page-has-heading-one", "region")
RULES = {
    "runOnly": {"type": "tag", "values": TAGS},
    "rules": {"target-size": {"enabled": True}, **{name: {"enabled": False} for name in OF_A_PAGE}},
    "resultTypes": ["violations"],
}
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}

# What needs nobody to act.
AT_ONCE = ("loading", "load_failed")

# What has the focus, in words, and whether it can be seen that it has.
FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const isMarked = [one, one.closest('label')].some((element) => {
    const { outlineStyle, outlineWidth } = element ? getComputedStyle(element) : {};
    return outlineStyle && outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
  });
  const box = one.getBoundingClientRect();
  const isSeen = box.width > 0 && box.height > 0 && one.checkVisibility();
  return { what: one.type ?? one.localName, isSeen, isMarked };
}"""
CHOSEN = "[...document.querySelectorAll('input[type=radio]:checked')].map((one) => one.value)"
LIVE = "[...document.querySelectorAll('[role=status], [role=alert], [aria-live]')]"


def test_axe_finds_nothing_in_any_state_by_day_or_by_night(browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    open_panels(page, [*STATES, *AT_ONCE], Variant("test"))
    expect(page.locator(".bursar[data-status=loading]")).to_have_count(1)
    expect(page.locator("bursar-cart:defined").first).to_be_attached()
    found = violations(page, "by day", RULES)
    page.evaluate("document.documentElement.style.colorScheme = 'dark'")
    found += violations(page, "by night", CONTRAST)
    for state in SPECIAL:
        if state not in AT_ONCE:
            open_panel(page, state, Variant("test"))
            reach(page, state)
            found += violations(page, state, RULES)
            page.unroute_all()
    context.close()

    assert found == []


def violations(page: Page, state: str, options: Any) -> list[str]:
    """What axe says of the panels in the page."""
    answer = Axe().run(page, context="#here", options=options).response
    return [f"{state}: {each['id']}: {node['html'][:160]}" for each in answer["violations"] for node in each["nodes"]]


def panel(page: Page, state: str, **look: Any) -> Page:
    """The panel in this state, moving as it does for everybody."""
    open_panel(page, state, Variant("test", **look), {"disableAnimations": False})
    reach(page, state)
    return page


def test_a_purchase_is_walked_through_with_the_keyboard_alone(page: Page) -> None:
    panel(page, "form")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(f"{request.method} {request.url.partition('/sdk/v1/')[2]}"))
    page.evaluate(f"window.live = {LIVE}")
    assert page.evaluate("document.activeElement === document.body"), "nothing takes the focus on load"
    assert page.evaluate("window.live.filter((one) => one.textContent).length") == 0, "nothing is announced on load"

    # Each group of radios is one stop, Tab leaves it as it was, and what is folded away or unavailable is none.
    chosen = page.evaluate(CHOSEN)
    stops = [step(page) for _ in range(9)]
    assert [stop["what"] for stop in stops] == [
        "radio", "button", "number", "button", "button", "radio", "checkbox", "button", "button",
    ]  # fmt: skip
    assert all(stop["isSeen"] and stop["isMarked"] for stop in stops), stops
    assert page.evaluate(CHOSEN) == chosen
    assert [each for each in requests if each.startswith("POST")] == []

    # An error is said where it was listened for from the beginning, and the focus stays where the buyer is.
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Please accept the terms")
    assert page.evaluate("window.live.includes(document.querySelector('[role=alert]'))")
    assert step(page, "Shift+Tab")["what"] == "button"
    assert step(page, "Shift+Tab")["what"] == "checkbox"
    page.keyboard.press("Space")
    expect(page.get_by_role("checkbox")).to_be_checked()
    expect(page.locator("[role=alert]")).to_be_empty()

    # The arrows move the choice and the server answers: the focus does not jump.
    step(page, "Shift+Tab")
    with page.expect_response("**/sdk/v1/session"):
        page.keyboard.press("ArrowDown")
    expect(page.locator("[data-status=ready]")).to_have_count(1)
    assert page.evaluate("document.activeElement.value") == "cha_scan"

    # Where one scene gives way to another, its own title gets the focus and is announced.
    page.route("**/sdk/v1/**", lambda route: route.abort())
    for _ in range(3):
        step(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="We are checking your payment")).to_be_focused()
    assert "We are checking your payment" in page.evaluate("window.live.map((one) => one.textContent)")


def step(page: Page, key: str = "Tab") -> dict[str, Any]:
    """Press the key; what has the focus then."""
    page.keyboard.press(key)
    focused = page.evaluate(FOCUSED)
    assert focused is not None, "the focus has left the panel"
    return dict(focused)


def test_the_tree_that_a_screen_reader_walks_says_what_is_chosen_and_what_is_not_to_be_had(page: Page) -> None:
    panel(page, "form")
    expect(page.locator("#here")).to_match_aria_snapshot("""
      - region "Checkout":
        - heading "Membership" [level=2]
        - group "Choose an option":
          - radio /1 month/
          - radio /1 year/ [checked]
        - button "One fewer" [disabled]
        - spinbutton "Quantity": "1"
        - button "One more"
        - group "Payment method":
          - radio /Card/ [checked]
          - radio /Scan and pay/
          - radio /Bank transfer/
          - radio /Pay later/ [disabled]
        - checkbox "I have read and accept the terms of membership"
        - button "terms of membership"
        - button "Pay $80.10"
    """)

    # What says the same again is not announced again.
    page.evaluate(f"""() => {{
      window.changes = 0;
      const observer = new MutationObserver(() => {{ window.changes += 1; }});
      for (const one of {LIVE}) observer.observe(one, {{ childList: true, characterData: true, subtree: true }});
    }}""")
    for _ in range(3):
        page.evaluate("checkout.actions.refresh()")
    assert page.evaluate("window.changes") == 0

    # A dialog has a name, keeps the focus, closes on Esc and gives the focus back.
    opener = page.get_by_role("button", name="terms of membership")
    opener.press("Enter")
    dialog = page.get_by_role("dialog", name="terms of membership")
    expect(dialog).to_be_visible()
    for _ in range(4):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()


def test_a_code_that_nobody_sees_is_there_in_words(page: Page) -> None:
    panel(page, "showing_qr")
    assert page.evaluate("document.activeElement === document.body"), "nothing takes the focus on load"
    assert page.evaluate(f"{LIVE}.filter((one) => one.textContent).length") == 0, "nothing is announced on load"

    expect(page.get_by_role("img", name=re.compile(r"\$80\.10"))).to_be_visible()
    expect(page.locator(".bursar-amount")).to_have_text("$80.10")
    expect(page.get_by_role("button", name=re.compile("Copy"))).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("payment page"))).to_have_attribute("href", re.compile("^https?:"))


@pytest.mark.parametrize(("width", "font"), [(320, "15px"), (640, "30px")], ids=["reflow", "large-text"])
def test_nothing_is_cut_off_or_needs_scrolling_sideways_when_it_is_large(page: Page, width: int, font: str) -> None:
    """400% zoom of a page of 1280 pixels; text alone at 200%."""
    page.set_viewport_size({"width": width, "height": 800})
    states = ["form", "cart", "wallet", "failed", "showing_qr", "bank", "succeeded"]
    open_panels(page, states, Variant("test", width=width), {"variables": {"fontSizeBase": font}})
    expect(page.locator(".bursar:not([data-status=loading])")).to_have_count(len(states))
    expect(page.locator(".bursar-receipt").first).to_be_visible()

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    cut_off = page.evaluate("""() => [...document.querySelectorAll('.bursar :not(.bursar-spoken)')].filter((one) => (
      one.checkVisibility() && one.clientWidth && one.scrollWidth > one.clientWidth + 1
      && getComputedStyle(one).overflowX !== 'visible')).map((one) => one.outerHTML.slice(0, 120))""")
    assert cut_off == []


def test_who_wants_less_motion_gets_less(browser: Browser) -> None:
    context = browser.new_context(reduced_motion="reduce")
    moving = "document.getAnimations().filter((one) => one.playState === 'running').map((one) => one.animationName)"
    for state in ("loading", "form", "processing", "succeeded"):
        page = panel(context.new_page(), state)
        assert set(page.evaluate(moving)) <= {"bursar-turn"}, "only what says that something is going on, and slowly"
        assert page.evaluate("document.getAnimations().every((one) => one.effect.getTiming().duration >= 2000)")
    context.close()

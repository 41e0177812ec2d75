"""`python -m ops gallery [state…]`: photographs of the panel in every state and variant, for docs/reference/panel.md.

Nothing runs but a browser: the page, the built SDK and the answers of a made-up checkout are handed to it from here.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ops import browser
from ops.console import print_line
from ops.paths import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

TARGET = ROOT / "docs" / "images" / "panel"
ORIGIN = "http://panel.test"
SHELL = """<!doctype html><html lang="en" dir="{dir}"><meta charset="utf-8"><title>panel</title>
<link rel="stylesheet" href="/page.css"><div id="here"></div><script src="/static/sdk/v1/bursar.js"></script></html>"""
PAGE_CSS = """html {{ color-scheme: {scheme}; background: light-dark(#eef0f5, #090b11); }}
body {{ margin: 0; padding: 20px; width: {width}px; box-sizing: border-box; }}"""
READY = "#here .bursar[data-status]:not([data-status=idle]):not([data-status=loading])"


@dataclass(frozen=True)
class Variant:
    """One way to look at a state."""

    name: str
    scheme: Literal["light", "dark"] = "light"
    direction: str = "ltr"
    locale: str = "en"
    width: int = 520
    theme: str = "auto"


LOOKS = (
    Variant("light"),
    Variant("dark", scheme="dark"),
    Variant("rtl", direction="rtl", locale="ar"),
    Variant("360", width=360),
)
THEMES = tuple(Variant(name, theme=name) for name in ("flat", "minimal", "night", "paper", "contrast"))
# What a snapshot alone does not have: done in the page once the form is there.
SPECIAL = ("loading", "load_failed", "offline", "refused", "confirming", "redirecting", "terms", "coupons")


def main(arguments: list[str]) -> int:
    from app.web.portal.checkout.appearance.sample import STATES

    selected = arguments or [*STATES, *SPECIAL]
    TARGET.mkdir(parents=True, exist_ok=True)
    with browser.launched(browser.find()) as chromium:
        for state in selected:
            for variant in LOOKS:
                _keep(f"{state}-{variant.name}", _photograph(chromium, state, variant))
        for variant in THEMES if not arguments else ():
            _keep(f"theme-{variant.name}", _photograph(chromium, "form", variant))
    bytes_ = sum(file.stat().st_size for file in TARGET.iterdir())
    print_line(f"{len(list(TARGET.iterdir()))} pictures in {TARGET.relative_to(ROOT)}, {bytes_ // 1024} KB")
    return 0


def _photograph(chromium: Browser, state: str, variant: Variant) -> bytes:
    context = chromium.new_context(
        viewport={"width": variant.width, "height": 900}, color_scheme=variant.scheme, locale="en-US",
        timezone_id="UTC", reduced_motion="reduce",
    )  # fmt: skip
    try:
        page = context.new_page()
        open_panel(page, state, variant)
        page.evaluate("dir => { document.querySelector('.bursar').dir = dir; }", variant.direction)
        reach(page, state)
        # A turning wheel is caught in the same place each time.
        page.evaluate("document.getAnimations().forEach((one) => { one.pause(); one.currentTime = 0; })")
        if state in ("terms", "coupons"):
            return page.screenshot()
        return page.locator("body").screenshot()
    finally:
        context.close()


def open_panel(page: Page, state: str, variant: Variant, appearance: dict[str, Any] | None = None) -> None:
    """Mount the panel of a made-up checkout in a bare page: `checkout` is its window's."""
    open_panels(page, [state], variant, appearance)


def open_panels(page: Page, states: Sequence[str], variant: Variant, appearance: dict[str, Any] | None = None) -> None:
    """The same for several at once, one below the other."""
    page.route("**/*", lambda route: _answer(route, variant))
    page.goto(f"{ORIGIN}/")
    # Each state is a checkout of its own: a tab that pays goes on with what it began.
    page.evaluate("sessionStorage.clear(); history.replaceState(null, '')")
    page.evaluate(
        """([states, locale, appearance]) => {
             const bursar = Bursar('pk_live_gallery', { apiBase: location.origin, locale });
             for (const state of states) window.checkout = bursar
               .checkout({ clientSecret: `ses_gallerygallerygallery_secret_0123456789abcdef.${state}`, appearance })
               .mount('#here'); }""",
        [list(states), variant.locale, {"theme": variant.theme, "disableAnimations": True, **(appearance or {})}],
    )


def reach(page: Page, state: str) -> None:
    """Bring the mounted panel into a state that a snapshot alone does not have, and wait for it."""
    if state == "loading":
        page.wait_for_selector(".bursar-skeleton", state="visible")
        return
    page.wait_for_selector(READY)
    press = ".bursar-pay"
    if state == "offline":
        page.route("**/sdk/v1/**", lambda route: route.abort())
        page.evaluate("dispatchEvent(new Event('offline'))")
        page.wait_for_selector("[data-status=offline]")
    elif state == "refused":
        page.click(press)
        page.wait_for_selector(".bursar-alert:not(:empty)")
    elif state in ("confirming", "redirecting"):
        page.check(".bursar-agreements .bursar-checkbox")
        page.click(press)
        page.wait_for_selector(f"[data-status={state}]")
    elif state == "terms":
        page.click(".bursar-agreement-label .bursar-link")
        page.wait_for_selector("dialog[open]")
    elif state == "coupons":
        page.click("bursar-coupons > .bursar-link")
        page.wait_for_selector(".bursar-coupon-row")
    if state == "cart":
        page.wait_for_selector(".bursar-cart-line")
    page.wait_for_function("""() => { const scene = document.querySelector('.bursar-scene');
        return !scene?.offsetParent || scene.lastElementChild.childElementCount > 0; }""")


def _answer(route: Route, variant: Variant) -> None:
    path = route.request.url.removeprefix(ORIGIN).split("?")[0]
    if path == "/":
        route.fulfill(body=SHELL.format(dir=variant.direction), content_type="text/html")
    elif path == "/page.css":
        route.fulfill(body=PAGE_CSS.format(scheme=variant.scheme, width=variant.width), content_type="text/css")
    elif path.startswith("/static/sdk/"):
        file = ROOT / path.lstrip("/")
        if file.is_file():
            route.fulfill(path=file)
        else:
            route.fulfill(status=404)
    elif path.startswith("/sdk/v1/session"):
        _speak(route, path, route.request.headers.get("authorization", "").rpartition(".")[2])
    else:
        route.fulfill(status=204)


def _speak(route: Route, path: str, state: str) -> None:
    """Answer as the server would; what is to stay under way is never answered."""
    from app.web.portal.checkout.appearance.sample import STATES, sample

    def give(body: Any) -> None:
        route.fulfill(body=json.dumps(body), content_type="application/json")

    if path.endswith("/events"):
        route.fulfill(status=503)
    elif state == "loading" or (state == "confirming" and path.endswith("/confirm")):
        return
    elif state == "load_failed":
        route.fulfill(status=503, body="{}", content_type="application/json")
    elif path.endswith("/coupons"):
        give(COUPONS)
    elif path.endswith("/confirm"):
        give(sample("requires_action") | {"version": 2})
    else:
        give(sample(state if state in STATES else "form"))


def _coupon(code: str, name: str, text: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "name": name, "text": text, "is_applied": False, "expires_at": None, **more}


COUPONS = {
    "usable": [
        _coupon("SPRING", "Spring", "$8.90 off memberships", discount_minor=890),
        _coupon("WELCOME5", "Welcome", "5 % off your first order", discount_minor=445),
    ],
    "unusable": [_coupon("FONTS", "Type lovers", "", reason="scope", why="Only for typefaces.")],
    "best": ["SPRING"],
    "best_discount_minor": 890,
}


def _keep(name: str, png: bytes) -> None:
    """A palette is enough for a panel, and a tenth of the size."""
    from PIL import Image

    with Image.open(io.BytesIO(png)) as image:
        image.convert("RGB").quantize(96, dither=Image.Dither.NONE).save(TARGET / f"{name}.png", optimize=True)


def names() -> Iterator[str]:
    """The pictures that there are."""
    yield from sorted(file.name for file in TARGET.glob("*.png"))

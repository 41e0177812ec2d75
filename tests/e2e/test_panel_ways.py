"""The ways into a page: a button without any code, a dialog, the hosted page; and what they leave behind."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.stub import BURSAR, SECRET, SHOP, Stub

pytestmark = [pytest.mark.timeout(120), pytest.mark.xdist_group("stack")]
LOADER = f'<script src="{BURSAR}/static/sdk/v1/loader.js" data-key="pk_test_1" defer></script>'
BUTTON = '<button data-bursar-configuration="cfg_1">Join</button>'
PAY = re.compile("^Pay ")


@pytest.fixture
def stub(page: Page) -> Stub:
    return Stub(page.context)


def bursar(script: str) -> str:
    """A script of the page that has the SDK."""
    return f"import {{ Bursar }} from '{BURSAR}/static/sdk/v1/bursar.mjs'; {script}"


def test_a_button_without_code_opens_the_panel_in_a_dialog(page: Page, stub: Stub) -> None:
    page.goto(stub.page("/join", f"{LOADER}<h1>Join us</h1>{BUTTON}"))
    join = page.get_by_role("button", name="Join")
    assert stub.count("GET /static/sdk/0.1.0/bursar.mjs") == 0

    join.click()

    dialog = page.get_by_role("dialog", name="Pay Moonlight Press")
    expect(dialog.get_by_role("button", name=PAY)).to_have_text("Pay $12.00")
    assert stub.count("POST /sdk/v1/checkouts") == 1
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(join).to_be_focused()
    join.click()
    dialog.get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert stub.count("POST /sdk/v1/checkouts") == 1


def test_a_press_right_after_closing_opens_the_panel_again(page: Page, stub: Stub) -> None:
    page.goto(stub.page("/join", LOADER + BUTTON))
    page.get_by_role("button", name="Join").click()
    pay = page.get_by_role("dialog").get_by_role("button", name=PAY)
    expect(pay).to_be_visible()
    said = "window.said = 0; addEventListener('bursar:close', () => { window.said += 1; });"
    page.evaluate(said)

    # In one go: nothing waits for the browser's own `close` event, which comes later.
    page.evaluate("document.querySelector('.bursar-modal-close').click(); document.querySelector('button').click();")
    expect(pay).to_be_visible()
    # Closed by the browser itself, as by a second Esc.
    page.evaluate("document.querySelector('dialog').close(); document.querySelector('button').click();")

    expect(pay).to_be_visible()
    expect(page.locator("dialog")).to_have_count(1)
    assert page.evaluate("window.said") == 2


def test_the_same_button_goes_on_with_the_same_session_after_a_payment_page(page: Page, stub: Stub) -> None:
    page.goto(stub.page("/join", LOADER + BUTTON))
    page.get_by_role("button", name="Join").click()
    page.get_by_role("button", name=PAY).click()
    page.wait_for_url(f"{BURSAR}/pay/1")

    page.goto(f"{SHOP}/elsewhere")
    page.go_back()
    page.go_back()
    page.reload()
    page.get_by_role("button", name="Join").click()

    expect(page.get_by_role("heading", name="Continue to pay")).to_be_visible()
    assert len(set(stub.opened)) == 1


def test_a_page_may_keep_its_dialog_open(page: Page, stub: Stub) -> None:
    stop = "addEventListener('bursar:close', (event) => { if (!window.may) event.preventDefault(); });"
    page.goto(stub.page("/join", LOADER + BUTTON, stop))
    page.get_by_role("button", name="Join").click()
    close = page.get_by_role("dialog").get_by_role("button", name="Close")

    close.click()
    expect(close).to_be_visible()
    page.evaluate("window.may = true")
    close.click()

    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize(
    ("element", "leads_to"),
    [(BUTTON, "/b/cfg_1"), (f'<a href="{BURSAR}/c/1" data-bursar-configuration="cfg_1">Join</a>', "/c/1")],
)
def test_without_the_sdk_a_press_leads_to_the_hosted_page(page: Page, stub: Stub, element: str, leads_to: str) -> None:
    stub.answers["bursar.mjs"] = lambda _request: None
    page.goto(stub.page("/join", LOADER + element))

    page.get_by_text("Join").click()

    page.wait_for_url(BURSAR + leads_to)


def test_a_page_is_told_that_there_is_no_sdk_and_may_try_again(page: Page, stub: Stub) -> None:
    stub.answers["bursar.mjs"] = lambda _request: None
    script = "addEventListener('bursar:loaderror', (e) => { e.preventDefault(); document.title = e.detail.code; })"
    page.goto(stub.page("/join", LOADER + BUTTON, script))
    page.get_by_role("button", name="Join").click()
    expect(page).to_have_title("load_failed")

    del stub.answers["bursar.mjs"]
    page.get_by_role("button", name="Join").click()

    expect(page.get_by_role("dialog").get_by_role("button", name=PAY)).to_be_visible()


def test_on_to_the_hosted_page_by_the_servers_link(page: Page, stub: Stub) -> None:
    go = f"Bursar('pk_test_1').checkout({{ clientSecret: '{SECRET}', mode: 'redirect' }}).open();"
    page.goto(stub.page("/go", "<h1>Shop</h1>", bursar(go)))

    page.wait_for_url(re.compile("/c/ses_"))
    assert SECRET not in page.url


def test_nothing_is_left_behind(page: Page, stub: Stub, wait_until: Callable[..., None]) -> None:
    again = f"""
      window.again = async (mode) => {{
        const checkout = Bursar('pk_test_1').checkout({{ clientSecret: '{SECRET}', mode }});
        checkout.mount('#place');
        await checkout.whenReady();
        if (mode === 'modal') await new Promise((resolve) => {{
          const look = () => (document.querySelector('dialog') ? resolve() : requestAnimationFrame(look)); look(); }});
        checkout.unmount();
        if (mode === 'inline') checkout.mount('#place');
        checkout.destroy();
      }};"""
    page.goto(stub.page("/again", "<div id=place></div>", bursar(again)))
    page.wait_for_function("Boolean(window.again)")
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable")

    def left() -> dict[str, float]:
        devtools.send("HeapProfiler.collectGarbage")
        metrics: list[dict[str, Any]] = devtools.send("Performance.getMetrics")["metrics"]
        return {each["name"]: each["value"] for each in metrics if each["name"] in ("JSEventListeners", "Nodes")}

    def go_again() -> None:
        page.evaluate(
            "async () => { for (let n = 0; n < 3; n++) for (const mode of ['inline', 'modal']) await again(mode); }"
        )

    go_again()
    go_again()
    before = left()
    go_again()

    # Not everything that is let go of is collected at once; what is held never is.
    wait_until(lambda: all(left()[name] <= value for name, value in before.items()), limit_s=20, what=f"{before} again")
    assert page.locator("#place").inner_html() == ""


def test_whatever_a_page_passes_nothing_is_thrown_and_the_developer_reads_why(page: Page, stub: Stub) -> None:
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    odd = """
      window.thrown = [];
      addEventListener('unhandledrejection', (event) => window.thrown.push(String(event.reason)));
      const names = ['fetchClientSecret', 'configuration', 'locale', 'appearance', 'plugins', 'mode', 'onLog',
        'loadTimeoutMs'];
      const attempt = (act) => { try { act(); } catch (error) { window.thrown.push(String(error)); } };
      for (const one of [undefined, null, 5, 'x', true, [], () => 5]) {
        attempt(() => Bursar(one).checkout(one));
        attempt(() => Bursar('pk_test_1', one).checkout({ clientSecret: one })
          .mount(one).update(one).open(one).close(one).unmount().destroy());
        for (const name of names) {
          const options = { [name]: one };
          attempt(() => Bursar('pk_test_1', { ...options, apiBase: one }).checkout(options).mount('##').destroy());
        }
      }
      const appearance = { theme: 'drak', variables: { colourPrimary: 'red' } };
      const wrong = Bursar('pk_test_1').checkout({ clientSecret: SECRET, returnURL: '/', appearance });
      wrong.on('sucess', () => undefined).mount('#place');
    """.replace("SECRET", f"'{SECRET}'")
    page.goto(stub.page("/odd", "<h1>Shop</h1><div id=place></div>", bursar(odd)))
    expect(page.get_by_role("button", name=PAY)).to_be_visible()
    box = page.get_by_role("button", name=PAY).bounding_box()
    assert box

    with page.expect_console_message(lambda message: "“sucess”" in message.text):
        page.mouse.move(box["x"] + 5, box["y"] + 5)

    text = "\n".join(messages)
    for sentence in (
        "There is no option of checkout() “returnURL”. Did you mean “returnUrl”?",
        "There is no theme “drak”. Did you mean “dark”?",
        "There is no variable “colourPrimary”. Did you mean “colorPrimary”?",
        "There is no event “sucess”. Did you mean “success”?",
    ):
        assert sentence in text
    assert page.evaluate("window.thrown") == []

"""What is wrong with a page in one of its looks only is found."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.e2e import both_looks

pytestmark = pytest.mark.xdist_group("stack")
PAGE = """<!doctype html><html lang="en"><head><title>A page</title>
<style>
  :root {{ color-scheme: light dark }} body {{ margin: 0 }}
  {faulty}
</style></head><body><main><h1>A page</h1><p>Some words</p></main></body></html>"""
DIM = "p { color: #777; background: #999 }"
BROAD = "p { inline-size: 1000px }"


@pytest.mark.parametrize(
    ("faulty", "found"),
    [
        ("", []),
        (f"@media (prefers-color-scheme: light) {{ {DIM} }}", ["1280 light: color-contrast <p>Some words</p>"]),
        (f"@media (prefers-color-scheme: dark) {{ {DIM} }}", ["360 dark: color-contrast <p>Some words</p>"]),
        (f"@media (max-width: 500px) {{ {BROAD} }}", ["360 dark: spills over"]),
    ],
)
def test_a_fault_of_one_look_is_found(browser: Browser, faulty: str, found: list[str]) -> None:
    context = both_looks.new_context(browser)
    page = context.new_page()
    page.route("**/*", lambda route: route.fulfill(body=PAGE.format(faulty=faulty), content_type="text/html"))
    both_looks.open_wide(page, "http://page.example/")

    wrong = list(both_looks.wrong(page))
    context.close()

    assert wrong == found

"""Going through the portal by its side navigation, as a person does."""

from __future__ import annotations

from playwright.sync_api import Error, Page

TRIES = 4
TRY_MS = 5000


def go(page: Page, name: str) -> None:
    """Open a section of the side navigation.

    The answer to a form may still replace the page while the menu is being opened, which folds it again:
    a person would open it once more, and so does this.
    """
    for left in reversed(range(TRIES)):
        try:
            _unfold(page, name)
            link = page.get_by_role("navigation", name="Main").get_by_role("link", name=name, exact=True)
            link.click(timeout=TRY_MS)
            return
        except Error:
            if not left:
                raise


def _unfold(page: Page, name: str) -> None:
    """Open the menu where the window is narrow, and the group the section is in where that is folded."""
    navigation = page.get_by_role("navigation", name="Main")
    if not navigation.is_visible():
        page.get_by_role("button", name="Menu").click(timeout=TRY_MS)
    folded = navigation.locator("details:not([open])")
    group = folded.filter(has=page.get_by_role("link", name=name, exact=True, include_hidden=True))
    if group.count():
        group.locator("summary").click(timeout=TRY_MS)

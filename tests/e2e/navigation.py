"""Going through the portal by its side navigation, as a person does."""

from __future__ import annotations

from playwright.sync_api import Page


def go(page: Page, name: str) -> None:
    """Open a section: the menu first where the window is narrow, and the group it is in where that is folded."""
    menu = page.get_by_role("button", name="Menu")
    if menu.is_visible():
        menu.click()
    navigation = page.get_by_role("navigation", name="Main")
    folded = navigation.locator("details:not([open])")
    group = folded.filter(has=page.get_by_role("link", name=name, exact=True, include_hidden=True))
    if group.count():
        group.locator("summary").click()
    navigation.get_by_role("link", name=name, exact=True).click()

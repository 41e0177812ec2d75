"""What a story looks like on its way, for the docs: PICTURES names a folder (`python -m ops pictures` does)."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Page

FOLDER = os.environ.get("PICTURES", "")


def keep(page: Page, name: str, *, full_page: bool = False) -> None:
    """Keep a picture of the page under this name; nothing when nobody asked for pictures."""
    if FOLDER:
        page.screenshot(path=Path(FOLDER, f"{name}.png"), full_page=full_page, animations="disabled", caret="hide")

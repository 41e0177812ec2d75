"""Where the files of images are fetched (web/images serves them)."""

from __future__ import annotations

from app.core import settings
from app.core.files import store


def path(key: str, width: int) -> str:
    """The path of a file on this server. It names what nobody can guess, and never stands for another file."""
    _, business, shelf, rest = store.whole_of(key).split("/")
    return f"/images/{business}/{shelf}{rest}/{width}.webp"


def address(key: str, width: int) -> str:
    """The whole address, for pages elsewhere."""
    return f"{settings.current().public_url}{path(key, width)}"

"""What buyers know a business by, read from its row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from app.core.web.image_urls import address
from app.domain.accounts.business.models import Business

SHOWN_WIDTH = 320  # wide enough for a sharp screen
LOGO = (Business.logo_key, Business.logo_widths, Business.logo_height)


@dataclass(frozen=True)
class Logo:
    """An image by its whole address, and its size in pixels."""

    url: str
    width: int
    height: int


class WithLogo(Protocol):
    """A row with the columns of LOGO."""

    @property
    def logo_key(self) -> str | None: ...
    @property
    def logo_widths(self) -> list[int] | None: ...
    @property
    def logo_height(self) -> int | None: ...


def logo_of(row: WithLogo) -> Logo | None:
    """The logo of a row with the columns of LOGO; None without one."""
    if row.logo_key is None or row.logo_widths is None or row.logo_height is None:
        return None
    width = max((each for each in row.logo_widths if each <= SHOWN_WIDTH), default=row.logo_widths[0])
    return Logo(address(row.logo_key, width), width, round(row.logo_height * width / row.logo_widths[-1]))

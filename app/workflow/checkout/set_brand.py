"""What a business is known by to its buyers: a logo, an address to write to, and the way to its shop."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import update

from app.core import db
from app.core.files import images, store
from app.domain.accounts.business.models import Business
from app.workflow.steps.accounts.write_settings import write_settings

businesses = db.table(Business)


def set_contact(
    business_id: uuid.UUID, *, contact_email: str | None, website: str | None, actor: str = "system"
) -> None:
    """Keep where buyers write to and where the shop is; None for nowhere.

    Raises:
        Invalid: no email address, or no http(s) address of a page.
    """
    with db.system_phase("set_brand.contact"):
        write_settings(business_id, {"contact_email": contact_email, "website": website}, actor=actor)


def set_logo(business_id: uuid.UUID, content: bytes) -> None:
    """Keep this image as the logo. Its files are put first: a row never names one that is not.

    Raises:
        Invalid: no usable image (see images.redraw). Unavailable: the files cannot be written.
    """
    renderings = images.redraw(content)
    key = store.new_key("images", business_id)
    for drawing in renderings:
        store.put(store.part_of(key, str(drawing.width)), drawing.content)
    widest = renderings[-1]
    size = {"logo_widths": [each.width for each in renderings], "logo_height": widest.height}
    with db.system_phase("set_brand.logo"):
        db.write(update(Business).where(Business.id == business_id).values(logo_key=key, **size), expect=1)


def remove_logo(business_id: uuid.UUID) -> None:
    """Show the name alone. Its files stay a while: mails that are already sent show them; then they are swept."""
    with db.system_phase("set_brand.remove_logo"):
        columns: dict[str, Any] = {"logo_key": None, "logo_widths": [], "logo_height": 0}
        db.write(update(Business).where(businesses.c.id == business_id).values(**columns), expect=1)

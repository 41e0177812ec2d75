"""Whether a business may take payments: one in test mode always, a live one once its checklist is done."""

from __future__ import annotations

from sqlalchemy import and_

from app.core.errors import Denied
from app.domain.accounts.business.models import Business

# In a query that has the business: that it is live, and not activated.
IS_INACTIVE = and_(Business.mode == "live", Business.activated_at.is_(None)).label("is_inactive")
MESSAGE = "This live business cannot take payments yet. Complete its checklist under “Go live” in the portal."


class NotActivated(Denied):
    """A live business takes no payments before it is activated."""

    default_code = "business_not_activated"


def check_active(*, is_inactive: bool) -> None:
    """Go on only when the business may take payments; `is_inactive` is what `IS_INACTIVE` says of it.

    Raises:
        NotActivated: it may not yet.
    """
    if is_inactive:
        raise NotActivated("business_not_activated", MESSAGE)

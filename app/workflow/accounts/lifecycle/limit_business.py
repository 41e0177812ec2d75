"""The operator limits how much a business may ask of one scenario, and takes the limit back."""

from __future__ import annotations

import uuid

from sqlalchemy import select, update

from app.core import db
from app.core.errors import Invalid, NotFound
from app.domain.accounts.business.models import Business
from app.domain.accounts.business.tiers import MAX_PER_S, Scenario, TierLimit, is_valid
from app.workflow.accounts.authenticate_key import forget_known

businesses = db.table(Business)


def set_limit(business_id: uuid.UUID, scenario: str, limit: TierLimit | None) -> None:
    """Set what the business may ask of the scenario; None for the installation's default. Counts everywhere within a
    second. The same again changes nothing.

    Raises:
        NotFound: no such business. Invalid: no such scenario, or a limit that nothing could keep to.
    """
    if scenario not in tuple(Scenario) or (limit is not None and not is_valid(limit)):
        raise Invalid(
            "invalid_limit", f"Enter a scenario, a rate from 1 up, and a burst from that rate to {MAX_PER_S:,}."
        )
    with db.system_phase("limit_business.set_limit"):
        row = db.first(select(businesses).where(businesses.c.id == business_id).with_for_update())
        if row is None:
            raise NotFound("not_found", "There is no such business.")
        limits = {name: each for name, each in row.tier_limits.items() if name != scenario}
        if limit is not None:
            limits[scenario] = {"per_s": limit["per_s"], "burst": limit["burst"]}
        if limits != row.tier_limits:
            db.write(update(Business).where(Business.id == business_id).values(tier_limits=limits), expect=1)
    forget_known()

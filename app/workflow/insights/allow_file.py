"""Files of lists that are written while somebody waits for them, and are no exports."""

from __future__ import annotations

import uuid

from app.core import db
from app.workflow.steps.accounts.check_exports import check_exports


def allow_file(business_id: uuid.UUID) -> None:
    """Go on only when the operator has not switched exports off.

    Raises:
        SwitchedOff: they are off, for this business or for all.
    """
    with db.reading(business_id):
        check_exports()

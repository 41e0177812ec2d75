"""The one place where an outside answer becomes our state: answers, notices, questions and bills all come here,
under the order's row lock. Whoever comes second changes nothing."""

from __future__ import annotations

import uuid

from sqlalchemy.exc import IntegrityError

from app.core import db
from app.core.db.retry import in_phase
from app.core.last_read import LastRead
from app.domain.payments.channels.types import Outcome
from app.workflow.steps.payments.apply_result import Source, apply, is_number_taken, lock, refuse_number


def record(
    business_id: uuid.UUID,
    attempt_id: uuid.UUID,
    outcome: Outcome,
    *,
    source: Source,
    then: LastRead[None] | None = None,
) -> str:
    """Record what the company said of the attempt; the attempt's status afterwards. `then` is called in the same phase.

    Raises:
        NotFound: there is no such attempt.
    """

    def apply_it() -> str:
        if then is not None:
            then.announce()
        status = apply(lock(attempt_id), outcome, source=source)
        if then is not None:
            then.read()
        return status

    try:
        return in_phase(f"record_result.{source}", business_id, apply_it)
    except IntegrityError as error:
        if not is_number_taken(error):
            raise
    with db.phase("record_result.number_taken", business_id):
        status = refuse_number(lock(attempt_id), outcome)
        if then is not None:
            then.read()
        return status

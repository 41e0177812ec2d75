"""Mending a case: a look at what would be done, and doing it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.core import db, ids
from app.core.errors import Conflict, Invalid, NotFound
from app.domain.reconciliation import service
from app.domain.reconciliation.kinds import kind_of
from app.domain.reconciliation.models import Case
from app.domain.reconciliation.states import CaseStatus
from app.workflow.reconciliation.manage_cases import MAX_REASON
from app.workflow.reconciliation.mends import MENDS, Look, Mend, MendCommand
from app.workflow.steps.accounts import request_approval


@dataclass(frozen=True)
class Offer:
    """A mend, and what it would do now."""

    mend: Mend
    look: Look


def offers(business_id: uuid.UUID, case_id: uuid.UUID) -> list[Offer]:
    """The mends of a case, in the order of its kind, each with what it would do now; of a resolved one none.

    Raises:
        NotFound: there is no such case.
    """
    with db.reading(business_id):
        case = db.get(Case, case_id)
        named = kind_of(case.kind).mends if case.status == CaseStatus.OPEN else ()
        return [Offer(MENDS[key], MENDS[key].look(case)) for key in named]


def look(business_id: uuid.UUID, case_id: uuid.UUID, key: str) -> Offer:
    """What a mend would do to the case now; nothing is changed.

    Raises:
        NotFound: there is no such case, or no such mend for it.
    """
    found = next((each for each in offers(business_id, case_id) if each.mend.key == key), None)
    if found is None:
        raise NotFound("not_found", "This case has no such action, or is resolved.")
    return found


def mend(business_id: uuid.UUID, case_id: uuid.UUID, key: str, *, reason: str, actor: str, mend_id: uuid.UUID) -> str:
    """Mend the case; what came of it, in a sentence. The same `mend_id` again moves no money twice. What is requested
    of a second person is noted with the case.

    Raises:
        NotFound: there is no such case, or no such mend for it. Invalid: no reason was given. Conflict: there is
        nothing to do. ApprovalNeeded: somebody else was asked. Whatever the use case behind it raises.
    """
    if not 0 < len(reason.strip()) <= MAX_REASON:
        raise Invalid("reason_needed", f"Enter 1 to {MAX_REASON} characters.", details={"param": "reason"})
    offer = look(business_id, case_id, key)
    with db.reading(business_id):
        command = MendCommand(business_id, db.get(Case, case_id), reason.strip(), actor, mend_id)
    if not offer.look.is_possible and not _is_repeated(command):
        raise Conflict("nothing_to_mend", offer.look.text)
    with _noted(command, offer.mend):
        return offer.mend.run(command)


@contextmanager
def _noted(command: MendCommand, done: Mend) -> Iterator[None]:
    """The first phase inside notes the mend, so that what was done and who did it are there together or not at all; so
    does the phase that requests an approval. A mend that needed no phase is noted after it."""
    before = db.first_write.get()

    def write() -> None:
        if before is not None:
            before()
        body = f"{done.key}: {command.reason}"
        service.note(command.case, "mended", body, actor=command.actor, activity_id=command.mend_id)

    def write_requested() -> None:
        service.note(
            command.case,
            "mended",
            f"{done.key}: approval requested",
            actor=command.actor,
            activity_id=ids.derive(command.mend_id, "approval"),
        )

    db.first_write.set(write)
    waits = request_approval.beside_request.set(write_requested)
    try:
        yield
    except BaseException:
        _give_back(write, before)
        raise
    finally:
        request_approval.beside_request.reset(waits)
    if _give_back(write, before):
        _note(command, f"{done.key}: {command.reason}", command.mend_id)


def _give_back(write: Callable[[], None], before: Callable[[], None] | None) -> bool:
    """Whether no phase has written it: the next one writes only what it was to write before."""
    is_left = db.first_write.get() is write
    if is_left:
        db.first_write.set(before)
    return is_left


def _is_repeated(command: MendCommand) -> bool:
    """Whether this very request was carried out before: its answer is the same, whatever is left to do now."""
    with db.reading(command.business_id):
        return service.is_noted(command.mend_id)


def _note(command: MendCommand, body: str, activity_id: uuid.UUID) -> None:
    with db.phase("mend_case.note", command.business_id):
        service.note(command.case, "mended", body, actor=command.actor, activity_id=activity_id)

"""What takes two people takes two who have nobody in common."""

from __future__ import annotations

from app.core.errors import Denied
from app.workflow.steps.accounts.principals_of import principals_of


def check_second_person(first: str, actor: str, *, did: str) -> None:
    """In the open phase: refuse `actor` who is, or is not independent of, the one who acted `first`. `did` says what
    that one did, such as "recorded this".

    Raises:
        Denied: `second_person_needed`.
    """
    if first == actor:
        raise Denied("second_person_needed", f"You {did}, so another person must confirm it.")
    if principals_of(first) & principals_of(actor):
        text = f"You and the person who {did} are not independent. Another owner must confirm the newer member first."
        raise Denied("second_person_needed", text)

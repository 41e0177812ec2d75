"""A code that somebody typed: of their authenticator app, or one of their recovery codes. Each is good once. The caller
throttles."""

from __future__ import annotations

import uuid

from sqlalchemy import select, update

from app.core import clock, db
from app.core.security import crypto, passwords
from app.domain.accounts.people import recovery, totp
from app.domain.accounts.people.models import RecoveryCode, TotpSecret
from app.workflow.accounts.people.notify_user import notify_user

secrets = db.table(TotpSecret)
codes = db.table(RecoveryCode)


def check_second_factor(user_id: uuid.UUID, typed: str) -> bool:
    """Whether this is a valid code of the person; a valid one is used up."""
    code = "".join(typed.split())
    if len(code) == totp.DIGITS and code.isascii() and code.isdigit():
        return use_app_code(user_id, code, confirmed=True)
    known = recovery.read(typed)
    return known is not None and _use_recovery_code(user_id, *known)


def use_app_code(user_id: uuid.UUID, code: str, *, confirmed: bool) -> bool:
    """Use up a code of the person's app: of the one in use or, with `confirmed` False, of the one being set up, which
    the code confirms."""
    stands = secrets.c.confirmed_at.is_not(None) if confirmed else secrets.c.confirmed_at.is_(None)
    with db.system_phase("check_second_factor.app"):
        row = db.first(select(secrets).where(secrets.c.user_id == user_id, stands))
        if row is None:
            return False
        moment = clock.actual()
        step = totp.step_of(crypto.decrypt(row.ciphertext, context=totp.encryption_context(row.id)), code, moment)
        if step is None:
            return False
        # Two who send the same code at once find each other here: only one of them moves the step on.
        unused = update(TotpSecret).where(secrets.c.id == row.id, secrets.c.last_step < step, stands)
        return db.run(unused.values(last_step=step, confirmed_at=row.confirmed_at or moment)) == 1


def _use_recovery_code(user_id: uuid.UUID, number: int, code: str) -> bool:
    with db.system_reading():
        unused = codes.c.user_id == user_id, codes.c.number == number, codes.c.used_at.is_(None)
        row = db.first(select(codes).where(*unused))
    if not passwords.matches(code, row.code_hash if row else None):
        return False
    assert row is not None
    with db.system_phase("check_second_factor.recovery"):
        used = update(RecoveryCode).where(codes.c.id == row.id, codes.c.used_at.is_(None))
        is_ours = db.run(used.values(used_at=clock.actual())) == 1
        if is_ours:
            notify_user(user_id, "code_used")
        return is_ours

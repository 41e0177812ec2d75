"""People set up an authenticator app and recovery codes, and put them away again. Each change ends their other
sessions."""

from __future__ import annotations

import uuid

from sqlalchemy import delete, update

from app.core import db
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.core.security import crypto, passwords
from app.domain.accounts.people import queries, recovery, totp
from app.domain.accounts.people.models import PortalSession, RecoveryCode, TotpSecret
from app.workflow.accounts.people.check_second_factor import use_app_code
from app.workflow.accounts.people.end_sessions import end_other_sessions
from app.workflow.accounts.people.notify_user import notify_user

secrets = db.table(TotpSecret)
codes = db.table(RecoveryCode)
sessions = db.table(PortalSession)


def begin_app(user_id: uuid.UUID) -> None:
    """Create the secret of an authenticator app, which is used once `confirm_app` has had its first code. A second call
    replaces it.

    Raises:
        Conflict: the person has an app in use.
    """
    row_id = new_id()
    ciphertext = crypto.encrypt(totp.new_secret(), context=totp.encryption_context(row_id))
    with db.system_phase("manage_second_factor.begin"):
        db.run(delete(TotpSecret).where(secrets.c.user_id == user_id, secrets.c.confirmed_at.is_(None)))
        in_use = Conflict("second_factor_in_use", "Remove the current authenticator app first.")
        made = db.new_row(TotpSecret, id=row_id, user_id=user_id, ciphertext=ciphertext)
        db.write(made.on_conflict_do_nothing(), expect=1, otherwise=in_use)


def confirm_app(user_id: uuid.UUID, code: str, *, session_id: uuid.UUID) -> list[str]:
    """Confirm the app by its first code; new recovery codes, when the person has none.

    Raises:
        Invalid: the code is wrong.
    """
    if not use_app_code(user_id, "".join(code.split()), confirmed=False):
        raise Invalid("wrong_code", "The code does not match. Enter the current code from your app.")
    return strengthened(user_id, session_id=session_id, what="app_added")


def remove_app(user_id: uuid.UUID, *, session_id: uuid.UUID) -> None:
    """Remove the authenticator app; with the last second factor the recovery codes go too."""
    with db.system_phase("manage_second_factor.remove"):
        db.run(delete(TotpSecret).where(secrets.c.user_id == user_id))
    weakened(user_id, session_id=session_id, what="app_removed")


def renew_codes(user_id: uuid.UUID, *, is_required: bool = True) -> list[str]:
    """Ten new recovery codes in place of the old ones; only their hashes are kept. The person hears of it, unless they
    only come with a new factor."""
    made = recovery.new_codes()
    hashes = [passwords.hash_password(code.replace("-", "")) for code in made]
    with db.system_phase("manage_second_factor.renew_codes"):
        db.run(delete(RecoveryCode).where(codes.c.user_id == user_id))
        for number, each in enumerate(hashes):
            db.add(RecoveryCode, user_id=user_id, number=number, code_hash=each)
        if is_required:
            notify_user(user_id, "codes_renewed")
    return made


def strengthened(user_id: uuid.UUID, *, session_id: uuid.UUID, what: str) -> list[str]:
    """What follows a new factor: other sessions end, the person hears of it. Recovery codes, if there were none."""
    with db.system_reading():
        left = queries.codes_left(user_id)
    made = [] if left else renew_codes(user_id, is_required=False)
    end_other_sessions(user_id, keep=session_id)
    _mark(user_id, session_id, second_factor=True, what=what)
    return made


def weakened(user_id: uuid.UUID, *, session_id: uuid.UUID, what: str) -> None:
    """What follows a factor that is gone: other sessions end, the person hears of it. The last one takes the recovery
    codes along."""
    with db.system_phase("manage_second_factor.weaken"):
        left = queries.has_factor(user_id)
        if not left:
            db.run(delete(RecoveryCode).where(codes.c.user_id == user_id))
    _mark(user_id, session_id, second_factor=left, what=what)
    end_other_sessions(user_id, keep=session_id)


def _mark(user_id: uuid.UUID, session_id: uuid.UUID, *, second_factor: bool, what: str) -> None:
    with db.system_phase("manage_second_factor.mark"):
        notify_user(user_id, what)
        db.run(update(PortalSession).where(sessions.c.id == session_id).values(second_factor=second_factor))

"""Tables of the identity noun."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base
from app.core.db.guards import SystemRows
from app.core.ids import new_id


class PortalSession(Base):
    """One browser in which a person is signed in. The browser holds a random token; here is its hash alone."""

    __tablename__ = "portal_sessions"
    guard = SystemRows()
    __table_args__ = (
        Index("uq_portal_sessions_token", "token_hash", unique=True),
        Index("ix_portal_sessions_user", "user_id", "last_seen_at"),
        Index("ix_portal_sessions_seen", "last_seen_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    token_hash: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_seen_at: Mapped[datetime] = mapped_column(default=now)
    # When the person last proved who they are, by signing in or once more since.
    reauthenticated_at: Mapped[datetime] = mapped_column(default=now)
    # Whether a second factor was part of it.
    second_factor: Mapped[bool] = mapped_column(Boolean, default=False)
    address: Mapped[str]
    agent: Mapped[str]


class TotpSecret(Base):
    """The secret that a person's authenticator app shares with us. It counts from `confirmed_at` on, when the app gave
    its first right code. Codes up to `last_step` are used up."""

    __tablename__ = "totp_secrets"
    guard = SystemRows()
    __table_args__ = (Index("uq_totp_secrets_user", "user_id", unique=True),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    ciphertext: Mapped[str]
    last_step: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    confirmed_at: Mapped[datetime | None] = mapped_column(default=None)


class RecoveryCode(Base):
    """One of the codes that let a person in without their telephone, once."""

    __tablename__ = "recovery_codes"
    guard = SystemRows()
    __table_args__ = (Index("uq_recovery_codes_number", "user_id", "number", unique=True),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    number: Mapped[int] = mapped_column(Integer)
    code_hash: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    used_at: Mapped[datetime | None] = mapped_column(default=None)


class Passkey(Base):
    """A key that an authenticator of a person keeps (WebAuthn); here is its public half."""

    __tablename__ = "passkeys"
    guard = SystemRows()
    __table_args__ = (
        Index("uq_passkeys_credential", "credential_id", unique=True),
        Index("ix_passkeys_user", "user_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    credential_id: Mapped[bytes]
    public_key: Mapped[bytes]
    # Grows with each use where the authenticator counts; a copy would fall behind.
    sign_count: Mapped[int]
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_used_at: Mapped[datetime | None] = mapped_column(default=None)


class UsedChallenge(Base):
    """A challenge that a passkey has answered: none is answered twice. Forgotten when it would have run out anyway."""

    __tablename__ = "used_challenges"
    guard = SystemRows()
    __table_args__ = (Index("ix_used_challenges_used", "used_at"),)

    challenge_hash: Mapped[str] = mapped_column(primary_key=True)
    used_at: Mapped[datetime] = mapped_column(default=now)


class OperatorKey(Base):
    """A key for programs of whoever runs the installation. Only its hash is kept."""

    __tablename__ = "operator_keys"
    guard = SystemRows()
    __table_args__ = (Index("uq_operator_keys_hash", "secret_hash", unique=True),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    hint: Mapped[str]  # the first letters and the last four, to recognise it by
    secret_hash: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_used_at: Mapped[datetime | None] = mapped_column(default=None)
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)

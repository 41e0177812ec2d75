"""The role that somebody is given: one of ours by its name, or one of the business's own by its id."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import select

from app.core import db, ids
from app.core.errors import Denied, NotFound
from app.domain.accounts.business.models import Role
from app.domain.accounts.business.types import CUSTOM, ROLES, Access
from app.workflow.steps.accounts.access_of import access_of, access_of_role_row


@dataclass(frozen=True)
class ChosenRole:
    """A role as a membership keeps it, and what it may do."""

    role: str
    role_id: uuid.UUID | None
    name: str
    access: Access


def find_role(key: str) -> ChosenRole:
    """In the open phase: the role called `owner`, `support` … or `rol_…`.

    Raises:
        NotFound: there is none, or it is archived.
    """
    if key in ROLES:
        return ChosenRole(key, None, ROLES[key], access_of_role_row(key, None))
    role_id = ids.try_parse(key, "rol")
    # Locked, so that it is not archived in the very moment in which somebody is given it.
    row = role_id and db.first(
        select(db.table(Role))
        .where(Role.business_id == db.here(), Role.id == role_id, Role.archived_at.is_(None))
        .with_for_update(key_share=True)
    )
    if not row:
        raise NotFound("not_found", "There is no such role.")
    return ChosenRole(CUSTOM, row.id, row.name, access_of_role_row(CUSTOM, row))


def check_grantor(actor: str, *granted: Access) -> None:
    """In the open phase: nobody gives, changes or takes away more than they have themselves.

    Raises:
        Denied: `actor` has less.
    """
    own = access_of(actor)
    if not all(own.cover(each) for each in granted):
        raise Denied("beyond_own_role", "This role has permissions that you don’t have. Ask an owner of the business.")

"""Roles that a business puts together itself: what they may do, and up to how much money alone."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import TypedDict

from sqlalchemy import Select, func, or_, select

from app.core import clock, db
from app.core.errors import ChangedMeanwhile, Conflict, Invalid
from app.core.ids import new_id
from app.core.money import exponent
from app.domain.accounts.business.models import Invitation, Membership, Role
from app.domain.accounts.business.rules import MAX_ROLES
from app.domain.accounts.business.types import (
    CUSTOM,
    KNOWN,
    LIMITED,
    ROLES,
    Access,
    ApprovalLimits,
    access_of_role,
    complete,
)
from app.workflow.accounts.people.sponsor_member import access_widened
from app.workflow.steps.accounts.choose_role import check_grantor
from app.workflow.steps.accounts.principals_of import principals_of

MAX_NAME = 40
roles = db.table(Role)


@dataclass(frozen=True)
class RoleCommand:
    """What a role should be; permissions that it needs besides are added. `limits`: kind → currency → minor units; a
    kind that is absent has no limit."""

    name: str
    permissions: Collection[str]
    limits: ApprovalLimits


def create_role(
    business_id: uuid.UUID, command: RoleCommand, *, actor: str, role_id: uuid.UUID | None = None
) -> uuid.UUID:
    """The id of a new role. A second call with the same `role_id` changes nothing.

    Raises:
        Invalid: no name, nothing it may do, or a limit that is none. Denied: it may do more than `actor`.
        Conflict: there is one of that name, or too many.
    """
    values, role_id = _values(command), role_id or new_id()
    with db.phase("manage_roles.create", business_id):
        if db.first(_in_use().where(roles.c.id == role_id)) is not None:
            return role_id
        check_grantor(actor, _access(values))
        _check_name(values["name"])
        if int(db.scalar(select(func.count()).select_from(_in_use().subquery()))) >= MAX_ROLES:
            raise Conflict("too_many_roles", f"A business can have at most {MAX_ROLES} custom roles.")
        db.add(Role, id=role_id, **values)
    return role_id


def change_role(
    business_id: uuid.UUID, role_id: uuid.UUID, command: RoleCommand, *, actor: str, seen: int | None = None
) -> None:
    """Change a role, for its members from their next request on. When it gains access, `actor` sponsors its members.
    With `seen`, the version that the caller has read, only while that is in force.

    Raises:
        NotFound: there is none. ChangedMeanwhile: somebody was quicker. Else as `create_role`; also Denied when it may
        do more than `actor` as it is.
    """
    values = _values(command)
    with db.phase("manage_roles.change", business_id):
        row = _locked(role_id)
        before, after = access_of_role(CUSTOM, row.permissions, row.limits), _access(values)
        check_grantor(actor, before, after)
        if seen is not None and row.version != seen:
            raise _changed_meanwhile(row, values)
        _check_name(values["name"], besides=role_id)
        db.write(db.change(Role, role_id, **values, version=row.version + 1), expect=1)
        _sponsor_all(role_id, actor, before, after)


def archive_role(business_id: uuid.UUID, role_id: uuid.UUID, *, actor: str) -> None:
    """Archive a role without members and open invitations.

    Raises:
        NotFound: there is none. Denied: it may do more than `actor`. Conflict: somebody has it.
    """
    with db.phase("manage_roles.archive", business_id):
        row = _locked(role_id)
        check_grantor(actor, access_of_role(CUSTOM, row.permissions, row.limits))
        if _has_people(role_id):
            raise Conflict(
                "role_in_use", "This role is assigned to a member or an invitation. Assign another role first."
            )
        db.write(db.change(Role, role_id, archived_at=clock.actual()), expect=1)


def _sponsor_all(role_id: uuid.UUID, actor: str, before: Access, after: Access) -> None:
    members, principals = db.table(Membership), principals_of(actor)
    have = members.c.business_id == db.here(), members.c.role_id == role_id, members.c.left_at.is_(None)
    for row in db.rows(select(members).where(*have).order_by(members.c.id).with_for_update()):
        if changed := access_widened(row, principals, before, after):
            db.write(db.change(Membership, row.id, **changed), expect=1)


class _Columns(TypedDict):
    name: str
    permissions: list[str]
    limits: dict[str, dict[str, int]]


def _values(command: RoleCommand) -> _Columns:
    name, permissions = " ".join(command.name.split()), frozenset(command.permissions)
    if not 0 < len(name) <= MAX_NAME or name.lower() in {each.lower() for each in ROLES.values()} | {CUSTOM}:
        raise Invalid("invalid_role", "The role name is already in use.", details={"param": "name"})
    if not permissions or not permissions <= KNOWN:
        raise Invalid("invalid_role", "Choose at least one permission.", details={"param": "permissions"})
    for kind, of_kind in command.limits.items():
        if kind not in LIMITED or any(minor < 0 for minor in of_kind.values()):
            raise Invalid("invalid_limit", "Limits apply to refunds, payouts or withdrawals and cannot be negative.")
        for currency in of_kind:
            exponent(currency)
    limits = {kind: dict(of_kind) for kind, of_kind in command.limits.items() if of_kind}
    return {"name": name, "permissions": sorted(complete(permissions)), "limits": limits}


def _changed_meanwhile(row: Role, values: _Columns) -> ChangedMeanwhile:
    now = {name: getattr(row, name) for name in values}
    text = "Somebody else has changed this role since you opened it. Compare, then save again."
    return ChangedMeanwhile(text, version=row.version, now=now, wanted=values)


def _access(values: _Columns) -> Access:
    return access_of_role(CUSTOM, values["permissions"], values["limits"])


def _check_name(name: str, *, besides: uuid.UUID | None = None) -> None:
    same = _in_use().where(func.lower(roles.c.name) == name.lower(), roles.c.id != (besides or uuid.UUID(int=0)))
    if db.first(same) is not None:
        raise Conflict("role_exists", "A role with this name already exists.", details={"param": "name"})


def _locked(role_id: uuid.UUID) -> Role:
    return db.lock(Role, role_id, roles.c.archived_at.is_(None))


def _in_use() -> Select[Role]:
    return select(roles).where(roles.c.business_id == db.here(), roles.c.archived_at.is_(None))


def _has_people(role_id: uuid.UUID) -> bool:
    members, invitations = db.table(Membership), db.table(Invitation)
    waits = invitations.c.accepted_at.is_(None), invitations.c.revoked_at.is_(None)
    invited = select(invitations.c.id).where(
        invitations.c.business_id == db.here(), invitations.c.role_id == role_id, *waits
    )
    has = select(members.c.id).where(
        members.c.business_id == db.here(), members.c.role_id == role_id, members.c.left_at.is_(None)
    )
    return bool(db.scalar(select(or_(has.exists(), invited.exists()))))

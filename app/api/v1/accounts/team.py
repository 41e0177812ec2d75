"""The team: who works with the business, whom it has invited, and its own roles. A key can never make or unmake
owners, nor give a role that changes the team: whoever may make keys would otherwise make themselves one."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import PRINTABLE, Answer, Currency, Moment, Shape, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.ids import parse, show
from app.domain.accounts.business.types import KNOWN, LIMITED, ApprovalLimits, LimitedKind
from app.read.accounts import team
from app.read.accounts.team import TeamRole
from app.read.accounts.team_rows import InvitationRow, MemberRow
from app.workflow.accounts.people import manage_roles, manage_team
from app.workflow.accounts.people.link_invitation import link_of
from app.workflow.accounts.people.manage_roles import MAX_NAME, RoleCommand

RoleKey = Annotated[
    str,
    Field(min_length=1, max_length=40, pattern="^[a-z]+(_[0-9a-z]+)?$", examples=["support"],
          description="`owner`, `finance`, `support`, `developer`, `viewer`, or the id of one of your own."),
]  # fmt: skip
Email = Annotated[str, Field(min_length=3, max_length=320, examples=["ada@people.example"]), PRINTABLE]
Permission = Annotated[str, Field(max_length=40, json_schema_extra={"enum": sorted(KNOWN)})]
AmountUpTo = Annotated[int, Field(ge=0, le=9_007_199_254_740_991)]


class LimitLine(Shape):
    """The most of a kind that is moved alone in a currency; above it somebody else has to approve."""

    kind: LimitedKind
    currency: Currency
    amount_minor: AmountUpTo


class ShownLimit(Answer):
    """The most of a kind that is moved alone in a currency; above it somebody else has to approve."""

    kind: LimitedKind
    currency: str
    amount_minor: int


class TeamMember(Answer):
    """Somebody who works with the business."""

    id: str
    user: Annotated[str, Field(description="The name used in histories and the audit log.")]
    name: str
    email: str
    role: str
    role_name: str
    created_at: Moment


class TeamInvitation(Answer):
    """Somebody who is asked into the team."""

    id: str
    email: str
    role: str
    role_name: str
    status: team.InvitationState
    url: Annotated[
        str | None,
        Field(
            description="The link to accept the invitation while it is pending; for secret keys only. Keep it "
            "confidential."
        ),
    ]
    invited_by: str
    created_at: Moment
    expires_at: Moment


class Role(Answer):
    """What people may do. `permissions` also name what is only seen."""

    id: Annotated[str, Field(description="`support` …, or `rol_…` of one of your own.")]
    name: str
    is_own: Annotated[bool, Field(description="Whether it is a custom role that can be changed.")]
    permissions: list[str]
    limits: Annotated[
        list[ShownLimit],
        Field(description="A kind without entries has no limit; with entries, all other currencies need approval."),
    ]
    people: Annotated[int, Field(description="Number of members with this role.")]
    version: Annotated[int, Field(description="Number of changes so far, plus one.")]


class Roles(Answer):
    """Every role."""

    data: list[Role]


class InvitationRequest(Shape):
    """Who is asked into the team."""

    email: Email
    role: RoleKey


class MemberChange(Shape):
    """Another role."""

    role: RoleKey


class RoleRequest(Shape):
    """A role as it shall be."""

    name: Annotated[str, Field(min_length=1, max_length=MAX_NAME), PRINTABLE]
    permissions: Annotated[list[Permission], Field(min_length=1, max_length=80)]
    limits: Annotated[list[LimitLine], Field(max_length=200)] = []


class RoleChange(RoleRequest):
    """A role as it shall be from now on."""

    version: Annotated[int | None, Field(ge=1, description="The `version` you read. If it is another now, 409.")] = None


@v1.get("/team_members", query=ListQuery, answer=Page[TeamMember], permission="team.read", tag="Team")
def list_team_members(caller: KeyCaller, query: ListQuery) -> Page[TeamMember]:
    """List the members of the team."""
    found = team.list_members(caller.business_id, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_member, key=lambda row: (row.created_at, row.id))


@v1.get("/team_members/{member_id}", answer=TeamMember, permission="team.read", tag="Team")
def get_team_member(caller: KeyCaller, member_id: str) -> TeamMember:
    """Get a member of the team."""
    return _member(team.get_member(caller.business_id, parse("mem", member_id)))


@v1.patch(
    "/team_members/{member_id}",
    body=MemberChange,
    answer=TeamMember,
    permission="team.write",
    tag="Team",
    errors=("beyond_own_role", "last_owner"),
)
def change_team_member(caller: KeyCaller, member_id: str, body: MemberChange) -> TeamMember:
    """Give a member another role.

    It holds from their next request on. Neither the old nor the new role may be an owner's: that is for owners, in the
    portal.
    """
    parsed_id = parse("mem", member_id)
    manage_team.change_role(caller.business_id, parsed_id, role=body.role, actor=caller.actor)
    return _member(team.get_member(caller.business_id, parsed_id))


@v1.delete(
    "/team_members/{member_id}",
    status=204,
    permission="team.write",
    tag="Team",
    errors=("beyond_own_role", "last_owner"),
)
def remove_team_member(caller: KeyCaller, member_id: str) -> None:
    """Remove a member from the team.

    Their next request is refused, and whom they have invited does not get in any more.
    """
    manage_team.remove(caller.business_id, parse("mem", member_id), actor=caller.actor)


@v1.get("/team_invitations", query=ListQuery, answer=Page[TeamInvitation], permission="team.read", tag="Team")
def list_team_invitations(caller: KeyCaller, query: ListQuery) -> Page[TeamInvitation]:
    """List the invitations that wait, or have expired."""
    found = team.list_invitations(caller.business_id, after=query.after(), limit=query.limit)
    return page_of(
        found, limit=query.limit, item=lambda row: _invitation(row, caller), key=lambda row: (row.created_at, row.id)
    )


@v1.post(
    "/team_invitations",
    body=InvitationRequest,
    answer=TeamInvitation,
    status=201,
    permission="team.write",
    idempotent=True,
    tag="Team",
    errors=("invalid_email", "already_in_team", "beyond_own_role", "not_found", "too_many_requests", "limit_reached"),
)
def create_team_invitation(caller: KeyCaller, body: InvitationRequest, claim_id: UUID) -> Callable[[], TeamInvitation]:
    """Invite somebody into the team.

    They get a mail if this installation sends any; the `url` leads to the same page, once, for seven days. Who has no
    account yet makes one by the link in the mail. Inviting an address again replaces what waits for it.
    """
    assert claim_id
    made = manage_team.invite(caller.business_id, email=body.email, role=body.role, actor=caller.actor)
    return lambda: _invitation(team.get_invitation(caller.business_id, made.id), caller)


@v1.get("/team_invitations/{invitation_id}", answer=TeamInvitation, permission="team.read", tag="Team")
def get_team_invitation(caller: KeyCaller, invitation_id: str) -> TeamInvitation:
    """Get an invitation."""
    return _invitation(team.get_invitation(caller.business_id, parse("inv", invitation_id)), caller)


@v1.post(
    "/team_invitations/{invitation_id}/revoke",
    answer=TeamInvitation,
    permission="team.write",
    tag="Team",
    errors=("invitation_accepted",),
)
def revoke_team_invitation(caller: KeyCaller, invitation_id: str) -> TeamInvitation:
    """Revoke an invitation.

    Its link leads nowhere from now on.
    """
    parsed_id = parse("inv", invitation_id)
    manage_team.revoke(caller.business_id, parsed_id)
    return _invitation(team.get_invitation(caller.business_id, parsed_id), caller)


@v1.get("/roles", answer=Roles, permission="team.read", tag="Team")
def list_roles(caller: KeyCaller) -> Roles:
    """List the roles.

    Those that every business has, then your own.
    """
    return Roles(data=[_role(each) for each in team.list_roles(caller.business_id)])


@v1.post(
    "/roles",
    body=RoleRequest,
    answer=Role,
    status=201,
    permission="team.write",
    idempotent=True,
    tag="Team",
    errors=("invalid_role", "invalid_limit", "role_exists", "too_many_roles", "beyond_own_role"),
)
def create_role(caller: KeyCaller, body: RoleRequest, claim_id: UUID) -> Callable[[], Role]:
    """Make a role of your own.

    It also gets what its permissions are of no use without, such as seeing orders to refund them.
    """
    made = manage_roles.create_role(caller.business_id, _command(body), actor=caller.actor, role_id=claim_id)
    return lambda: _of_id(caller, made)


@v1.post(
    "/roles/{role_id}",
    body=RoleChange,
    answer=Role,
    permission="team.write",
    tag="Team",
    errors=("invalid_role", "invalid_limit", "role_exists", "beyond_own_role", "version_conflict"),
)
def change_role(caller: KeyCaller, role_id: str, body: RoleChange) -> Role:
    """Replace a role of your own.

    It holds from the next request of everybody who has it.
    """
    parsed_id = parse("rol", role_id)
    command = _command(body)
    manage_roles.change_role(caller.business_id, parsed_id, command, actor=caller.actor, seen=body.version)
    return _of_id(caller, parsed_id)


@v1.delete(
    "/roles/{role_id}", status=204, permission="team.write", tag="Team", errors=("role_in_use", "beyond_own_role")
)
def remove_role(caller: KeyCaller, role_id: str) -> None:
    """Remove a role that nobody has."""
    manage_roles.archive_role(caller.business_id, parse("rol", role_id), actor=caller.actor)


def _of_id(caller: KeyCaller, role_id: UUID) -> Role:
    return _role(team.get_role(caller.business_id, show("rol", role_id)))


def _command(body: RoleRequest) -> RoleCommand:
    limits: dict[str, dict[str, int]] = {}
    for line in body.limits:
        limits.setdefault(line.kind, {})[line.currency] = line.amount_minor
    return RoleCommand(body.name, body.permissions, limits)


def _role(found: TeamRole) -> Role:
    return Role(
        id=found.key,
        name=found.name,
        is_own=found.id is not None,
        permissions=sorted(found.access.permissions),
        limits=_limits(found.access.limits),
        people=found.people,
        version=found.version,
    )


def _limits(limits: ApprovalLimits) -> list[ShownLimit]:
    return [
        ShownLimit(kind=kind, currency=currency, amount_minor=int(minor))
        for kind in sorted(LIMITED)
        for currency, minor in sorted(limits.get(kind, {}).items())
    ]


def _member(row: MemberRow) -> TeamMember:
    return TeamMember(
        id=show("mem", row.id),
        user=show("usr", row.user_id),
        name=row.name,
        email=row.email,
        role=team.key_of(row),
        role_name=team.shown_role(row),
        created_at=moment_text(row.created_at),
    )


def _invitation(row: InvitationRow, caller: KeyCaller) -> TeamInvitation:
    """Who may only read is not told the link: it would let them in."""
    status = team.state_of(row)
    waits = status == "waiting" and caller.may("team.write")
    return TeamInvitation(
        id=show("inv", row.id),
        email=row.email,
        role=team.key_of(row),
        role_name=team.shown_role(row),
        status=status,
        url=link_of(row.business_id, row.id, row.round) if waits else None,
        invited_by=row.invited_by,
        created_at=moment_text(row.created_at),
        expires_at=moment_text(row.expires_at),
    )

"""The keys that programs call with."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import Answer, Moment, MomentIn, OneOf, Shape, ShortText, moment_in, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.ids import parse, show
from app.core.money import MAX_MINOR
from app.domain.accounts.business.api_versions import VERSIONS
from app.domain.accounts.business.scopes import GRANTABLE
from app.read.accounts import keys
from app.workflow.accounts import manage_keys
from app.workflow.accounts.manage_keys import KINDS_OF_LIMITS as KINDS
from app.workflow.accounts.manage_keys import KeyCommand

Kind = Annotated[str, OneOf(("secret", "restricted", "publishable"))]
Scope = Annotated[str, OneOf(tuple(sorted(GRANTABLE)))]
Scopes = Annotated[
    list[Scope],
    Field(max_length=len(GRANTABLE), description="Scopes of a restricted key."),
]
Network = Annotated[str, Field(min_length=1, max_length=50, examples=["203.0.113.0/24"])]
Networks = Annotated[
    list[Network],
    Field(max_length=manage_keys.MAX_KEY_ADDRESSES, description="Allowed addresses and networks; empty: all."),
]
ApprovalKind = Annotated[str, OneOf(KINDS)]


class ApprovalLimit(Shape):
    """How much a key may approve in a day."""

    kind: ApprovalKind
    currency: Annotated[
        Annotated[str, Field(pattern="^[A-Z]{3}$")],
        Field(description="`PTS` for points.", examples=["USD"]),
    ]
    amount_minor: Annotated[int, Field(ge=0, le=MAX_MINOR, description="In minor units, or points.")]


ApprovalLimits = Annotated[
    list[ApprovalLimit],
    Field(
        max_length=200,
        description="Up to how much a day the key approves what others request, with the scope `approvals.write`; "
        "empty: nothing. Only people set it, or a key within its own.",
    ),
]
ShortName = Annotated[ShortText, Field(max_length=80)]
MAX_OVERLAP_S = int(manage_keys.MAX_KEY_OVERLAP.total_seconds())


class KeyRequest(Shape):
    """A key to be made."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Shop", "kind": "restricted", "scopes": ["orders.read"]}]}
    )

    name: ShortName
    kind: Kind = "secret"
    scopes: Scopes = []
    addresses: Networks = []
    expires_at: MomentIn | None = None
    approval_limits: ApprovalLimits = []


class KeyChange(Shape):
    """What shall be different; what is not named stays."""

    name: ShortName | None = None
    scopes: Scopes | None = None
    addresses: Networks | None = None
    expires_at: Annotated[MomentIn | None, Field(description="Null: no expiry.")] = None
    api_version: Annotated[
        Annotated[str, OneOf(VERSIONS)] | None,
        Field(description="The API version for its requests."),
    ] = None
    approval_limits: ApprovalLimits | None = None


class KeyRoll(Shape):
    """How long the old key counts beside the new one."""

    overlap_s: Annotated[int, Field(ge=0, le=MAX_OVERLAP_S, description="In seconds. Defaults to one day.")] = 86_400


class ApiKey(Answer):
    """A key, without its secret."""

    id: str
    name: str
    kind: Kind
    hint: Annotated[str, Field(description="Its prefix and last four characters.")]
    status: Annotated[
        Literal["active", "ending", "expired", "revoked"],
        Field(description="`ending`: rolled, still valid until `expires_at`."),
    ]
    scopes: Annotated[list[str], Field(description="`refunds.write` includes `refunds.read`. Empty: all.")]
    addresses: list[str]
    approval_limits: Annotated[
        list[ApprovalLimit], Field(description="Up to how much a day it approves what others request.")
    ]
    api_version: Annotated[str, Field(description="The API version it was created with.")]
    expires_at: Moment | None
    replaced_by: Annotated[str | None, Field(description="The key that it was rolled to.")]
    last_used_at: Annotated[Moment | None, Field(description="Accurate to the minute.")]
    last_used_address: str | None
    created_at: Moment


class NewApiKey(ApiKey):
    """A new key with its secret, which is shown only here."""

    secret: Annotated[str, Field(description="Send as `Authorization: Bearer …`.")]


@v1.post(
    "/keys",
    body=KeyRequest,
    answer=NewApiKey,
    status=201,
    permission="keys.write",
    idempotent=True,
    secret=True,
    tag="Keys",
    errors=("invalid_key", "invalid_scope", "invalid_address", "invalid_limit", "limit_reached", "beyond_own_role"),
)
def create_key(caller: KeyCaller, body: KeyRequest, claim_id: UUID) -> Callable[[], NewApiKey]:
    """Make a key.

    Keep its `secret`: it is shown only here. Only a secret key can make keys, and none that counts longer or from more
    addresses than itself.
    """
    limits = _limits_of(body.approval_limits)
    command = KeyCommand(body.name, body.scopes, body.addresses, moment_in(body.expires_at), approval_limits=limits)
    made = manage_keys.make_key(caller.business_id, command, kind=body.kind, actor=caller.actor, key_id=claim_id)
    return lambda: NewApiKey(**vars(_key(keys.get_key(caller.business_id, made.id))), secret=made.secret)


@v1.get("/keys", query=ListQuery, answer=Page[ApiKey], permission="keys.read", tag="Keys")
def list_keys(caller: KeyCaller, query: ListQuery) -> Page[ApiKey]:
    """List keys.

    Also those that count no longer.
    """
    found = keys.page_of_keys(caller.business_id, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_key, key=lambda row: (row.created_at, row.id))


@v1.get("/keys/{key_id}", answer=ApiKey, permission="keys.read", tag="Keys")
def get_key(caller: KeyCaller, key_id: str) -> ApiKey:
    """Get a key."""
    return _key(keys.get_key(caller.business_id, parse("key", key_id)))


@v1.patch(
    "/keys/{key_id}",
    body=KeyChange,
    answer=ApiKey,
    permission="keys.write",
    tag="Keys",
    errors=("invalid_key", "invalid_scope", "invalid_address", "invalid_limit", "key_inactive", "beyond_own_role"),
)
def change_key(caller: KeyCaller, key_id: str, body: KeyChange) -> ApiKey:
    """Change a key.

    What it may do, from where, and until when. It counts within a second.
    """
    known = parse("key", key_id)
    row = keys.get_key(caller.business_id, known)
    sent = body.model_fields_set
    command = KeyCommand(
        body.name or row.name,
        row.scopes if body.scopes is None else body.scopes,
        row.addresses if body.addresses is None else body.addresses,
        moment_in(body.expires_at) if "expires_at" in sent else row.expires_at,
        body.api_version or "",
        None if body.approval_limits is None else _limits_of(body.approval_limits),
    )
    manage_keys.change_key(caller.business_id, known, command, actor=caller.actor)
    return _key(keys.get_key(caller.business_id, known))


@v1.post(
    "/keys/{key_id}/roll",
    body=KeyRoll,
    answer=NewApiKey,
    status=201,
    permission="keys.write",
    idempotent=True,
    secret=True,
    tag="Keys",
    errors=("key_inactive", "invalid_overlap", "beyond_own_role"),
)
def roll_key(caller: KeyCaller, key_id: str, body: KeyRoll, claim_id: UUID) -> Callable[[], NewApiKey]:
    """Replace a key by a new one.

    The new one may do the same. The old one counts until the overlap is over.
    """
    overlap = timedelta(seconds=body.overlap_s)
    old = parse("key", key_id)
    made = manage_keys.roll_key(caller.business_id, old, overlap=overlap, actor=caller.actor, new_key_id=claim_id)
    return lambda: NewApiKey(**vars(_key(keys.get_key(caller.business_id, made.id))), secret=made.secret)


@v1.post("/keys/{key_id}/revoke", answer=ApiKey, permission="keys.write", tag="Keys")
def revoke_key(caller: KeyCaller, key_id: str) -> ApiKey:
    """Revoke a key.

    It counts no longer, within a second. A key may revoke itself.
    """
    manage_keys.revoke_key(caller.business_id, parse("key", key_id))
    return _key(keys.get_key(caller.business_id, parse("key", key_id)))


def _limits_of(lines: list[ApprovalLimit]) -> dict[str, dict[str, int]]:
    limits: dict[str, dict[str, int]] = {}
    for line in lines:
        limits.setdefault(line.kind, {})[line.currency] = line.amount_minor
    return limits


def _shown(limits: Mapping[str, Mapping[str, int]]) -> list[ApprovalLimit]:
    return [
        ApprovalLimit(kind=kind, currency=currency, amount_minor=int(minor))
        for kind, of_kind in sorted(limits.items())
        for currency, minor in sorted(of_kind.items())
    ]


def _key(row: keys.KeyRow) -> ApiKey:
    return ApiKey(
        id=show("key", row.id),
        name=row.name,
        kind=row.kind,
        hint=row.hint,
        scopes=row.scopes,
        addresses=row.addresses,
        approval_limits=_shown(row.approval_limits),
        last_used_address=row.last_used_address,
        api_version=row.api_version,
        status=keys.standing(row),
        replaced_by=show("key", row.replaced_by) if row.replaced_by else None,
        expires_at=moment_text(row.expires_at),
        last_used_at=moment_text(row.last_used_at),
        created_at=moment_text(row.created_at),
    )

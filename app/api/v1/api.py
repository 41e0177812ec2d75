"""The surface itself: its prefix, and who may call it."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Response, g, request

from app.api.kit.operation import Api
from app.api.v1 import request_log, versions
from app.core import context
from app.core.errors import Unauthenticated
from app.core.ids import show
from app.core.web.redacted_bodies import without_buyers
from app.domain.accounts.business import scopes
from app.domain.accounts.business.errors import check_changes
from app.workflow.accounts.authenticate_key import authenticate_key

MAX_KEY = 200
# What goes on when the business is closed, where its permission does not: it takes away, or takes the data along.
WHEN_CLOSED = frozenset(
    {"create_business_archive", "revoke_key", "remove_team_member", "revoke_team_invitation", "cancel_approval"}
)
READING = frozenset({"GET", "HEAD", "OPTIONS"})
# Whose email addresses are those of the business and its people, not of buyers.
OF_MERCHANTS = frozenset({"team", "settings"})


@dataclass(frozen=True)
class KeyCaller:
    """A merchant's server, by its secret or restricted key."""

    business_id: UUID
    actor: str
    permissions: frozenset[str]
    version: str
    keys_of: str = ""

    def may(self, permission: str) -> bool:
        """Whether the key holds the permission; `*` stands for all."""
        return "*" in self.permissions or permission in self.permissions


def authenticate() -> KeyCaller:
    """Who holds the key of this request. Raises Unauthenticated, or Denied for an address that it is not for,
    or for a change while the business is read-only."""
    key = bearer()
    if not key.startswith(("sk_", "rk_")) or len(key) > MAX_KEY:
        raise Unauthenticated("unauthenticated", "Send a secret key: Authorization: Bearer sk_test_…")
    holder = authenticate_key(key, address=request.remote_addr)
    actor = f"key:{show('key', holder.key_id)}"
    context.bind(business_id=show("biz", holder.business_id), actor=actor, address=request.remote_addr or "")
    request_log.count(holder)
    holder.check(request.remote_addr)
    if request.method not in READING:
        check_changes(holder.standing, g.operation.permission, is_ending=g.operation.name in WHEN_CLOSED)
    return KeyCaller(holder.business_id, actor, holder.permissions, versions.choose(holder.api_version))


def bearer() -> str:
    """The bearer token of the request, or an empty text."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def about_order(order_id: UUID) -> None:
    """Puts the order's id into every log line of this request."""
    context.bind(order_id=show("ord", order_id))


def metadata_of(details: Any) -> dict[str, str]:
    """The merchant's own texts on an object."""
    kept = (details or {}).get("metadata", {})
    return {str(name): str(value) for name, value in kept.items()}


def _shows_buyers() -> bool:
    resource, _, _ = g.operation.permission.partition(".")
    return resource not in OF_MERCHANTS


def _told(response: Response, operation: str, caller: KeyCaller) -> Response:
    """The answer as this key may read it, and as its version has it."""
    if response.mimetype == "application/json" and not caller.may("buyers.read") and _shows_buyers():
        document = without_buyers(json.loads(response.get_data()))
        response.set_data(json.dumps(document, separators=(",", ":"), ensure_ascii=False))
    return versions.as_told_then(response, operation, caller.version)


v1 = Api(
    "v1",
    "/v1",
    authenticate=authenticate,
    security="secretKey",
    import_name=__name__,
    errors=("api_key_invalid", "api_key_expired", "address_denied", "unknown_version"),
    errors_of_changes=("business_suspended", "business_closed"),
    permissions=scopes.KNOWN,
    told=_told,
    meant=lambda content, name, caller: versions.as_meant_now(content, name, caller.version),
)
v1.blueprint.after_request(request_log.tell_and_note)

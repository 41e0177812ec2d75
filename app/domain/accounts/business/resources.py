"""What a business may own only so much of: how it is counted, and how much of it there may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypedDict

from app.core import settings
from app.core.errors import Conflict
from app.core.i18n.marks import N_
from app.core.settings import BadSettings

MAX_REASON = 500


class Resource(StrEnum):
    """What is counted."""

    PRODUCTS = "products"
    TEAM_MEMBERS = "team_members"
    KEYS = "api_keys"
    WEBHOOK_ENDPOINTS = "webhook_endpoints"
    CHANNEL_ACCOUNTS = "channel_accounts"
    PARTNERS = "partners"
    PLANS = "plans"
    RUNNING_CAMPAIGNS = "running_campaigns"


@dataclass(frozen=True)
class Counted:
    """How one is counted. `rows` is SQL: the `business_id`, `id` and `created_at` of each that counts. Without a limit
    of its own and one of the installation, a business may have `default`; nobody may have more than `most`, for which
    pages and lists are made. `what` is what is counted."""

    title: str
    rows: str
    default: int
    most: int
    what: str
    least: int = 0


COUNTED: Mapping[Resource, Counted] = {
    Resource.PRODUCTS: Counted(
        N_("Products"),
        "SELECT business_id, id, created_at FROM products WHERE status <> 'archived'",
        default=100_000,
        most=1_000_000,
        what=N_("Products that are not archived."),
    ),
    Resource.TEAM_MEMBERS: Counted(
        N_("Team members"),
        "SELECT business_id, id, created_at FROM memberships WHERE left_at IS NULL"
        " UNION ALL SELECT business_id, id, invited_at FROM invitations"
        " WHERE accepted_at IS NULL AND revoked_at IS NULL AND expires_at > now()",
        default=500,
        most=1_000,
        what=N_("Members of the team, and open invitations."),
        least=1,
    ),
    Resource.KEYS: Counted(
        N_("API keys"),
        "SELECT business_id, id, created_at FROM api_keys WHERE NOT revoked AND replaced_by IS NULL",
        default=200,
        most=200,
        what=N_("Keys that are neither revoked nor replaced."),
    ),
    Resource.WEBHOOK_ENDPOINTS: Counted(
        N_("Webhook endpoints"),
        "SELECT business_id, id, created_at FROM webhook_endpoints WHERE status <> 'removed'",
        default=50,
        most=50,
        what=N_("Endpoints that were not removed."),
    ),
    Resource.CHANNEL_ACCOUNTS: Counted(
        N_("Channel accounts"),
        "SELECT business_id, id, created_at FROM channel_accounts",
        default=100,
        most=100,
        what=N_("Accounts at payment companies, also those that are off."),
    ),
    Resource.PARTNERS: Counted(
        N_("Partners"),
        "SELECT business_id, id, created_at FROM partners WHERE status <> 'closed'",
        default=10_000,
        most=100_000,
        what=N_("Partners that are not closed."),
    ),
    Resource.PLANS: Counted(
        N_("Plans"),
        "SELECT business_id, id, created_at FROM plans",
        default=1_000,
        most=1_000,
        what=N_("All plans: contracts need theirs for ever."),
    ),
    Resource.RUNNING_CAMPAIGNS: Counted(
        N_("Running campaigns"),
        "SELECT business_id, id, created_at FROM campaigns WHERE status IN ('running', 'scheduled')",
        default=50,
        most=50,
        what=N_("Campaigns that run or are scheduled."),
    ),
}


class OwnLimit(TypedDict):
    """The limit that an operator has set for a business: who, when (ISO 8601) and why."""

    most: int
    reason: str
    set_by: str
    set_at: str


OwnLimits = dict[str, OwnLimit]


class LimitReached(Conflict):
    """The business owns as much as it may. `details` has the `resource`, its `limit` and how much is `used`."""

    default_code = "limit_reached"


def limit_of(resource: Resource, own: OwnLimits) -> int:
    """How much of it a business with these limits of its own may have."""
    if resource in own:
        return own[resource]["most"]
    return settings.current().resource_limits.get(resource, COUNTED[resource].default)


def reached(resource: Resource, limit: int, used: int) -> LimitReached:
    """The refusal of one more."""
    title = COUNTED[resource].title.lower().replace("api", "API")
    text = f"This business has {used:,} of at most {limit:,} {title}. Remove some, or ask the operator for more."
    return LimitReached("limit_reached", text, details={"resource": resource, "limit": limit, "used": used})


def is_possible(resource: Resource, most: int) -> bool:
    """Whether a limit is one that the installation can keep to."""
    return COUNTED[resource].least <= most <= COUNTED[resource].most


def check_installation(limits: Mapping[str, int]) -> None:
    """Go on only when these limits of all businesses, by resource, are possible.

    Raises:
        BadSettings: one of them is not.
    """
    for name, most in limits.items():
        if name not in tuple(Resource):
            raise BadSettings(f"RESOURCE_LIMITS must name some of {', '.join(Resource)}, not {name}")
        if not is_possible(Resource(name), most):
            kind = COUNTED[Resource(name)]
            raise BadSettings(f"RESOURCE_LIMITS must limit {name} to {kind.least:,} to {kind.most:,}")

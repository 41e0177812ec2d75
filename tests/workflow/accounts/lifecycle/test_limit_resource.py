"""A business owns no more than the operator lets it: of each resource the last place is given once."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from app.core import context
from app.core.errors import Invalid, NotFound
from app.core.ids import new_id
from app.core.settings import BadSettings
from app.domain.accounts.business.resources import COUNTED, LimitReached, Resource, check_installation
from app.domain.settlement.partners.states import PartnerKind
from app.read.accounts.resource_limits import ResourceUse, resource_limits, resource_limits_of
from app.workflow.accounts import manage_keys
from app.workflow.accounts.lifecycle.limit_resource import limit_resource
from app.workflow.accounts.people import join_team, manage_team
from app.workflow.accounts.people.link_invitation import Named
from app.workflow.catalog.manage_catalog import ProductCommand, create_product
from app.workflow.payments.manage_channels import add_channel_account
from app.workflow.settlement import manage_partners
from app.workflow.settlement.manage_partners import PartnerCommand
from app.workflow.webhooks import manage_webhooks
from app.workflow.webhooks.manage_webhooks import EndpointCommand
from tests.factories.business import make_business
from tests.factories.campaigns import running_campaign
from tests.factories.contracts import plan_of
from tests.factories.openings import changed_settings
from tests.factories.people import make_user
from tests.factories.shop import Shop

WHY = "Starter contract"


def _invite(shop: Shop) -> uuid.UUID:
    address = f"{new_id().hex}@people.example"
    return manage_team.invite(shop.business_id, email=address, role="viewer", actor="system").id


def _partner(shop: Shop) -> uuid.UUID:
    command = PartnerCommand(kind=PartnerKind.AUTHOR, name="Ada", time_zone="UTC")
    return manage_partners.add(shop.business_id, command, actor="test")


def _account(shop: Shop) -> uuid.UUID:
    return add_channel_account(shop.business_id, channel="wallet", name=new_id().hex, values={})


def _endpoint(shop: Shop) -> uuid.UUID:
    command = EndpointCommand(url=f"https://shop.example/{new_id().hex}", topics=["order.paid"])
    return manage_webhooks.create_endpoint(shop.business_id, command, actor="test").id


MAKERS: dict[Resource, Callable[[Shop], Any]] = {
    Resource.PRODUCTS: lambda shop: create_product(shop.business_id, ProductCommand(name="Another"), actor="test"),
    Resource.TEAM_MEMBERS: _invite,
    Resource.KEYS: lambda shop: manage_keys.create_key(shop.business_id, name="Server", kind="secret"),
    Resource.WEBHOOK_ENDPOINTS: _endpoint,
    Resource.CHANNEL_ACCOUNTS: _account,
    Resource.PARTNERS: _partner,
    Resource.PLANS: plan_of,
    Resource.RUNNING_CAMPAIGNS: lambda shop: running_campaign(shop, "segment"),
}


def _use(shop: Shop, resource: str) -> ResourceUse:
    return {str(each.resource): each for each in resource_limits(shop.business_id)}[resource]


def _limit(shop: Shop, resource: Resource, *, more: int) -> int:
    most = _use(shop, resource).used + more
    limit_resource(shop.business_id, resource, most, reason=WHY)
    return most


@pytest.mark.parametrize("resource", list(Resource))
def test_one_more_than_the_limit_is_refused(shop: Shop, resource: Resource) -> None:
    make_user(shop.business_id)
    most = _limit(shop, resource, more=1)

    MAKERS[resource](shop)
    with pytest.raises(LimitReached) as refused:
        MAKERS[resource](shop)

    assert refused.value.details == {"resource": resource, "limit": most, "used": most}
    found = _use(shop, resource)
    assert (found.used, found.limit, found.is_reached, found.is_default) == (most, most, True, False)
    assert str(most) in refused.value.message
    shop.audit()


@pytest.mark.parametrize("resource", list(Resource))
def test_of_two_at_once_one_gets_the_last_place(shop: Shop, resource: Resource) -> None:
    make_user(shop.business_id)
    most = _limit(shop, resource, more=1)

    def make(_: int) -> int:
        with suppress(LimitReached):
            MAKERS[resource](shop)
            return 1
        return 0

    with ThreadPoolExecutor(4) as several:
        assert sum(several.map(make, range(4))) == 1
    assert _use(shop, resource).used == most
    shop.audit()


def test_every_resource_is_tried_here() -> None:
    assert set(MAKERS) == set(Resource) == set(COUNTED)


def test_what_is_there_stays_when_the_limit_is_lowered_and_may_go(shop: Shop) -> None:
    first, _ = (MAKERS[Resource.KEYS](shop) for _ in range(2))
    limit_resource(shop.business_id, "api_keys", 1, reason=WHY)

    assert _use(shop, "api_keys").used == 2
    with pytest.raises(LimitReached):
        MAKERS[Resource.KEYS](shop)
    manage_keys.revoke_key(shop.business_id, first.id)
    with pytest.raises(LimitReached):
        MAKERS[Resource.KEYS](shop)
    limit_resource(shop.business_id, "api_keys", None, reason="Grown")

    assert MAKERS[Resource.KEYS](shop)
    assert _use(shop, "api_keys").is_default
    shop.audit()


def test_a_key_that_is_rolled_takes_the_place_of_the_old_one(shop: Shop) -> None:
    key = MAKERS[Resource.KEYS](shop)
    limit_resource(shop.business_id, "api_keys", 1, reason=WHY)

    manage_keys.roll_key(shop.business_id, key.id, overlap=manage_keys.MAX_KEY_OVERLAP, actor="system")

    assert _use(shop, "api_keys").used == 1


def test_an_invitation_holds_the_place_that_its_person_takes(shop: Shop) -> None:
    make_user(shop.business_id)
    guest, late = make_user(make_business()), make_user(make_business())
    most = _limit(shop, Resource.TEAM_MEMBERS, more=2)
    named = [_named(shop, each.email) for each in (guest, late)]

    again = manage_team.invite(shop.business_id, email=guest.email, role="viewer", actor="system")
    join_team.join(replace(named[0], round=again.round), guest.user_id)
    limit_resource(shop.business_id, Resource.TEAM_MEMBERS, most - 1, reason=WHY)
    with pytest.raises(LimitReached):
        join_team.join(named[1], late.user_id)

    assert _use(shop, "team_members").used == most
    shop.audit()


def test_an_installation_sets_the_limits_of_businesses_without_their_own(
    shop: Shop, new_shop: Callable[..., Shop]
) -> None:
    other = new_shop()
    limit_resource(other.business_id, "partners", 2, reason=WHY)

    with changed_settings(resource_limits={"partners": 1}):
        _partner(shop)
        with pytest.raises(LimitReached):
            _partner(shop)
        assert [_partner(other) for _ in range(2)]
        assert (_use(shop, "partners").limit, _use(shop, "partners").is_default) == (1, True)

    assert _use(shop, "partners").limit == COUNTED[Resource.PARTNERS].default


def test_a_limit_says_who_set_it_when_and_why(clock: ModuleType, shop: Shop) -> None:
    with context.item(actor="operator:usr_1"):
        limit_resource(shop.business_id, "plans", 3, reason="  Starter\n contract ")
        first = _use(shop, "plans")
        clock.move(60)
        limit_resource(shop.business_id, "plans", 3, reason=WHY)

    assert (first.reason, first.set_by) == (WHY, "operator:usr_1")
    assert _use(shop, "plans") == first
    assert [each for each in resource_limits_of(shop.business_id) if each.resource == "plans"] == [first]


@pytest.mark.parametrize(
    ("resource", "most", "reason"),
    [
        ("orders", 1, WHY),
        ("plans", -1, WHY),
        ("plans", COUNTED[Resource.PLANS].most + 1, WHY),
        ("team_members", 0, WHY),
        ("plans", 1, " "),
        ("plans", None, ""),
    ],
)
def test_a_limit_that_cannot_be_is_refused(shop: Shop, resource: str, most: int | None, reason: str) -> None:
    with pytest.raises(Invalid, match="invalid_resource_limit"):
        limit_resource(shop.business_id, resource, most, reason=reason)

    assert all(each.is_default for each in resource_limits(shop.business_id))


def test_the_lowest_and_the_highest_limit_are_possible(shop: Shop) -> None:
    for most in (0, COUNTED[Resource.PLANS].most):
        limit_resource(shop.business_id, "plans", most, reason=WHY)
        assert _use(shop, "plans").limit == most


def test_no_business_has_no_limit() -> None:
    with pytest.raises(NotFound):
        limit_resource(new_id(), "plans", 1, reason=WHY)
    with pytest.raises(NotFound):
        resource_limits_of(new_id())


def test_two_limits_at_once_both_count(shop: Shop) -> None:
    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda name: limit_resource(shop.business_id, name, 7, reason=WHY), ("plans", "partners")))

    assert [str(each.resource) for each in resource_limits(shop.business_id) if not each.is_default] == [
        "partners",
        "plans",
    ]


def _named(shop: Shop, email: str) -> Named:
    invited = manage_team.invite(shop.business_id, email=email, role="viewer", actor="system")
    return Named(shop.business_id, invited.id, invited.round, by_mail=False)


@pytest.mark.parametrize(
    ("limits", "problem"),
    [({"orders": 1}, "not orders"), ({"plans": 1001}, "plans to 0 to 1,000"), ({"team_members": 0}, "to 1 to 1,000")],
)
def test_an_installation_cannot_limit_what_is_not_counted_nor_beyond_its_bounds(
    limits: dict[str, int], problem: str
) -> None:
    with pytest.raises(BadSettings, match=problem):
        check_installation(limits)
    check_installation({"plans": 1000, "team_members": 1})

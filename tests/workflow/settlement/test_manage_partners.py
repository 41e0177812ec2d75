"""Partners: added, changed, suspended and closed."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.core.states import IllegalTransition
from app.domain.settlement.partners.states import PartnerKind
from app.read.settlement import partners
from app.workflow.settlement import manage_partners
from app.workflow.settlement.manage_partners import PartnerCommand
from tests.factories.partners import Sharer, sharer_of
from tests.factories.shop import Shop


@pytest.fixture
def sharer(shop: Shop) -> Sharer:
    return sharer_of(shop)


def _command(**changes: Any) -> PartnerCommand:
    about: dict[str, Any] = {"kind": PartnerKind.AUTHOR, "name": "Ada", "time_zone": "Europe/Berlin"}
    return PartnerCommand(**about | changes)


def test_a_partner_is_added_once_and_changed(sharer: Sharer) -> None:
    business_id, partner_id = sharer.shop.business_id, new_id()
    for _ in range(2):
        manage_partners.add(business_id, _command(reference="ada"), actor=sharer.maker, partner_id=partner_id)

    manage_partners.change(business_id, partner_id, _command(name=" Ada L. ", email="Ada@Example.com", locale="de"))

    row = partners.get_partner(business_id, partner_id)
    assert (row.name, row.reference, row.email, row.locale) == ("Ada L.", None, "ada@example.com", "de")


@pytest.mark.parametrize(
    "changes",
    [
        {"name": " "},
        {"name": "x" * 121},
        {"reference": ""},
        {"reference": "x" * 101},
        {"email": "nobody"},
        {"locale": "xx"},
        {"time_zone": "Mars/Base"},
    ],
)
def test_what_cannot_be_is_refused(sharer: Sharer, changes: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        manage_partners.add(sharer.shop.business_id, _command(**changes), actor=sharer.maker)


def test_a_reference_is_one_partners(sharer: Sharer) -> None:
    business_id = sharer.shop.business_id
    manage_partners.add(business_id, _command(reference="ada"), actor=sharer.maker)
    other = manage_partners.add(business_id, _command(reference="bo"), actor=sharer.maker)

    with pytest.raises(Conflict) as again:
        manage_partners.add(business_id, _command(reference="ada"), actor=sharer.maker)
    with pytest.raises(Conflict):
        manage_partners.change(business_id, other, _command(reference="ada"))

    assert again.value.code == "partner_exists"


def test_the_kind_stays_and_sellers_are_there(sharer: Sharer) -> None:
    business_id = sharer.shop.business_id
    partner_id = manage_partners.add(business_id, _command(), actor=sharer.maker)

    with pytest.raises(Invalid):
        manage_partners.change(business_id, partner_id, _command(kind=PartnerKind.PLATFORM))
    with pytest.raises(NotFound):
        manage_partners.change(business_id, partner_id, _command(seller_id=new_id()))


def test_a_partner_is_suspended_resumed_and_closed_for_good(sharer: Sharer) -> None:
    business_id, partner_id = sharer.shop.business_id, sharer.partner()

    manage_partners.suspend(business_id, partner_id, reason="disputed", actor=sharer.maker)
    suspended = partners.get_partner(business_id, partner_id).status
    manage_partners.resume(business_id, partner_id, actor=sharer.maker)
    manage_partners.close(business_id, partner_id, reason="", actor=sharer.maker)

    assert (suspended, partners.get_partner(business_id, partner_id).status) == ("suspended", "closed")
    with pytest.raises(IllegalTransition):
        manage_partners.resume(business_id, partner_id, actor=sharer.maker)


def test_partners_without_reference_and_seller_are_changed_beside_one_another(sharer: Sharer) -> None:
    ada, _ = sharer.partner("Ada"), sharer.partner("Bo")
    command = PartnerCommand(kind=PartnerKind.AUTHOR, name="Ada L.", time_zone="UTC")

    manage_partners.change(sharer.shop.business_id, ada, command)

    assert partners.get_partner(sharer.shop.business_id, ada).name == "Ada L."

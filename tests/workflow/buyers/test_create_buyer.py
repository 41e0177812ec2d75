"""Buyers are made once, however often and by how many at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from app.core.errors import Conflict
from app.core.ids import new_id, show
from app.domain.buyers.errors import BuyerExists, InvalidBuyer
from app.read.buyers.buyers import BuyerFilter, find_buyer, get_buyer, list_buyers
from app.workflow.buyers.create_buyer import BuyerCommand, create_buyer
from tests.factories.shop import Shop


def test_the_same_request_again_makes_nobody(shop: Shop) -> None:
    buyer_id = new_id()

    for _ in range(2):
        made = create_buyer(shop.business_id, BuyerCommand(reference="ada"), actor="test", buyer_id=buyer_id)
        assert made == buyer_id

    assert len(_all(shop)) == 1


def test_of_two_at_once_with_one_reference_one_is_made(shop: Shop) -> None:
    def make(_number: int) -> None:
        with suppress(Conflict):
            create_buyer(shop.business_id, BuyerCommand(reference="ada"), actor="test")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(make, range(4)))

    assert len(_all(shop)) == 1


def test_of_two_at_once_with_one_proven_mailbox_one_is_made(shop: Shop) -> None:
    def make(number: int) -> None:
        command = BuyerCommand(reference=f"ada-{number}", email="ada@example.com", email_verified=True)
        with suppress(Conflict):
            create_buyer(shop.business_id, command, actor="test")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(make, range(4)))

    assert len(_all(shop)) == 1


def test_who_comes_without_a_reference_is_called_by_the_id(shop: Shop) -> None:
    made = create_buyer(shop.business_id, BuyerCommand(name="Ada"), actor="test")

    assert get_buyer(shop.business_id, made).reference == show("byr", made)
    found = find_buyer(shop.business_id, show("byr", made))
    assert found is not None
    assert found.id == made


def test_another_business_has_buyers_of_its_own(shop: Shop, new_shop: Callable[..., Shop]) -> None:
    other = new_shop()
    for each in (shop, other):
        create_buyer(
            each.business_id, BuyerCommand(reference="ada", email="a@b.example", email_verified=True), actor="t"
        )

    assert len(_all(shop)) == len(_all(other)) == 1


@pytest.mark.parametrize(
    "command",
    [
        BuyerCommand(reference="x" * 121),
        BuyerCommand(reference="a\x00b"),
        BuyerCommand(email="nobody"),
        BuyerCommand(phone="12"),
        BuyerCommand(groups=["No"]),
        BuyerCommand(groups=[f"g{n}" for n in range(21)]),
        BuyerCommand(attributes={"not one": "x"}),
        BuyerCommand(attributes={"long": "x" * 501}),
        BuyerCommand(addresses=[{"line1": "without a country"}]),
        BuyerCommand(locale="?"),
    ],
)
def test_what_cannot_be_is_refused(shop: Shop, command: BuyerCommand) -> None:
    with pytest.raises(InvalidBuyer):
        create_buyer(shop.business_id, command, actor="test")

    assert _all(shop) == []


def test_a_taken_reference_names_who_has_it(shop: Shop) -> None:
    made = create_buyer(shop.business_id, BuyerCommand(reference="ada"), actor="test")

    with pytest.raises(BuyerExists) as refused:
        create_buyer(shop.business_id, BuyerCommand(reference="ada"), actor="test")

    assert refused.value.details == {"param": "reference", "buyer_id": show("byr", made)}


def _all(shop: Shop) -> list[object]:
    return list(list_buyers(shop.business_id, BuyerFilter(), after=None, limit=50))

"""Notes about buyers."""

from __future__ import annotations

import pytest

from app.core.errors import Invalid, NotFound
from app.core.ids import new_id
from app.read.buyers.buyers import notes_of
from app.workflow.buyers.create_buyer import BuyerCommand, create_buyer
from app.workflow.buyers.note_buyer import note_buyer
from tests.factories.shop import Shop


def test_notes_stand_newest_first(shop: Shop) -> None:
    made = create_buyer(shop.business_id, BuyerCommand(), actor="test")

    for body in ("First", "Second"):
        note_buyer(shop.business_id, made, body=body, author="usr_x")

    assert [each.body for each in notes_of(shop.business_id, made)] == ["Second", "First"]


@pytest.mark.parametrize("body", ["", "  ", "x" * 4001])
def test_nothing_and_too_much_are_refused(shop: Shop, body: str) -> None:
    made = create_buyer(shop.business_id, BuyerCommand(), actor="test")

    with pytest.raises(Invalid):
        note_buyer(shop.business_id, made, body=body, author="usr_x")


def test_nobody_has_no_notes(shop: Shop) -> None:
    with pytest.raises(NotFound):
        note_buyer(shop.business_id, new_id(), body="x", author="usr_x")

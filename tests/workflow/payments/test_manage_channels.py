"""Changes of a channel that take two people."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.core import db
from app.core.errors import Conflict
from app.core.security import crypto
from app.domain.accounts.business.errors import ApprovalNeeded
from app.domain.payments.models import ChannelAccount
from app.workflow.accounts.approvals import decide_approval
from app.workflow.accounts.approvals.set_approval_limits import set_approval_limits
from app.workflow.accounts.change_settings import change_settings
from app.workflow.payments import manage_channels
from app.workflow.payments.try_connection import try_connection
from app.workflow.steps.payments.channel_access import encryption_context
from tests.factories.approvals import ANN, BEN, approval_of
from tests.factories.openings import changed_settings
from tests.factories.people import make_members
from tests.factories.shop import Shop


@pytest.fixture(autouse=True)
def _team(shop: Shop) -> None:
    make_members(shop.business_id, ANN, BEN)


def _account(shop: Shop, account_id: uuid.UUID) -> Any:
    return shop.one(select(ChannelAccount.__table__).where(ChannelAccount.id == account_id))


def _change(shop: Shop, *, by: str = ANN, name: str = "Pay", **values: str) -> None:
    stored = {name: text for name, text in _account(shop, shop.account_id).settings.items() if name != "api_key"}
    about: dict[str, Any] = {"name": name, "enabled": True, "priority": 5, "actor": by}
    manage_channels.change_channel_account(shop.business_id, shop.account_id, values={**stored, **values}, **about)


@pytest.fixture
def careful(shop: Shop) -> Shop:
    """A shop whose channels take two people."""
    set_approval_limits(shop.business_id, {}, channels_need_approval=True)
    return shop


def test_a_channels_secret_changes_when_somebody_else_approves(careful: Shop) -> None:
    before = _account(careful, careful.account_id).settings

    with pytest.raises(ApprovalNeeded) as raised:
        _change(careful, api_key="secret-of-ann")

    held = approval_of(careful, raised)
    assert _account(careful, careful.account_id).settings == before
    assert "secret-of-ann" not in repr(held._mapping)
    assert held.payload["changes"] == [{"field": "API key", "before": "•••", "after": "••• (another one)"}]
    assert decide_approval.approve(careful.business_id, held.id, actor=BEN) == "done"
    ciphertext = _account(careful, careful.account_id).settings["api_key"]
    context = encryption_context(careful.account_id, "api_key")
    assert crypto.decrypt(ciphertext, context=context) == "secret-of-ann"
    assert approval_of(careful, raised).secrets == {}
    assert decide_approval.carry_out(careful.business_id, held.id) == "done"
    with db.phase("test.mend", careful.business_id):
        db.write(db.change(ChannelAccount, careful.account_id, settings=before))


def test_what_is_rejected_leaves_the_channel_and_no_secret_behind(careful: Shop) -> None:
    with pytest.raises(ApprovalNeeded) as raised:
        _change(careful, api_key="secret-of-ann")

    decide_approval.reject(careful.business_id, approval_of(careful, raised).id, actor=BEN, reason="who is Ann?")

    assert approval_of(careful, raised).secrets == {}


def test_names_and_switches_take_one_person_and_a_stale_change_is_refused(careful: Shop) -> None:
    merchant_id = _account(careful, careful.account_id).settings["merchant_id"]
    _change(careful, name="Renamed")
    assert _account(careful, careful.account_id).name == "Renamed"
    with pytest.raises(ApprovalNeeded) as raised:
        _change(careful, merchant_id="m-ann")
    _change(careful, by="system", merchant_id="m-third")

    ended = decide_approval.approve(careful.business_id, approval_of(careful, raised).id, actor=BEN)

    assert (ended, _account(careful, careful.account_id).settings["merchant_id"]) == ("failed", "m-third")
    assert "changed in the meantime" in approval_of(careful, raised).problem
    _change(careful, by="system", merchant_id=merchant_id)


def test_a_new_account_takes_two_people_too(careful: Shop) -> None:
    values = {"merchant_id": careful.merchant_id, "api_key": "k"}
    with pytest.raises(ApprovalNeeded) as raised:
        manage_channels.add_channel_account(
            careful.business_id, channel="simulator", name="Anns", values=values, actor=ANN
        )
    held = approval_of(careful, raised)

    assert careful.many(select(ChannelAccount.id).where(ChannelAccount.id == held.subject_id)) == []
    assert decide_approval.approve(careful.business_id, held.id, actor=BEN) == "done"
    assert _account(careful, held.subject_id).name == "Anns"


def test_a_business_has_as_many_accounts_at_most_as_it_chose(shop: Shop) -> None:
    def add(name: str) -> uuid.UUID:
        return manage_channels.add_channel_account(shop.business_id, channel="wallet", name=name, values={})

    change_settings(shop.business_id, {"max_channel_accounts": 2}, actor="test")
    second = add("Second")

    with pytest.raises(Conflict) as refused:
        add("Third")

    assert refused.value.code == "too_many_channel_accounts"
    assert _account(shop, second).name == "Second"


def test_the_simulator_gets_to_know_a_merchant_that_is_added_by_hand(shop: Shop, simulator: str) -> None:
    values = {"base_url": "", "merchant_id": f"m-{uuid.uuid4().hex}", "api_key": "first-key"}
    with changed_settings(simulator_url=simulator):
        account_id = manage_channels.add_channel_account(
            shop.business_id, channel="simulator", name="By hand", values=values, priority=1
        )
        found = try_connection(shop.business_id, account_id)

    assert found.is_good


def test_a_merchant_that_the_simulator_knows_keeps_its_key(
    shop: Shop, new_shop: Callable[..., Shop], simulator: str
) -> None:
    thief = new_shop()
    values = {"base_url": "", "merchant_id": shop.merchant_id, "api_key": "stolen"}
    with changed_settings(simulator_url=simulator):
        account_id = manage_channels.add_channel_account(
            thief.business_id, channel="simulator", name="Not mine", values=values
        )
        found = try_connection(thief.business_id, account_id)

    assert not found.is_good
    assert shop.paid_order()

"""Contracts in the portal: found, read, paused, resumed, cancelled and kept."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.core.ids import show
from tests.factories.contracts import MONTH, contract, plan_of, sign
from tests.factories.shop import Shop
from tests.pages import Visitor


@pytest.fixture
def rich(shop: Shop) -> Shop:
    shop.keep_wallets()
    shop.fund("buyer-1", 5000)
    return shop


def test_the_list_says_what_to_do_first(owner: Visitor) -> None:
    assert "No contracts yet" in owner.get("/portal/contracts").text


def test_a_contract_is_found_with_its_cycles_and_what_was_agreed(rich: Shop, owner: Visitor) -> None:
    contract_id = sign(rich, plan_of(rich))
    rich.advance(MONTH + 60)

    found = owner.get("/portal/contracts?status=active")
    page = owner.get(f"/portal/contracts/{show('con', contract_id)}")

    assert f"/portal/contracts/{show('con', contract_id)}" in found.links
    assert "None here" in owner.get("/portal/contracts?status=ended").text
    assert page.heading == "Monthly Active"
    assert "It renews by itself until you cancel." in page.text
    assert len([link for link in page.links if "/portal/orders/ord_" in link]) == 2


def test_it_is_paused_resumed_cancelled_kept_and_ended(rich: Shop, owner: Visitor) -> None:
    contract_id = sign(rich, plan_of(rich))
    path = f"/portal/contracts/{show('con', contract_id)}"

    past = owner.get(path).form("/pause").send(resumes_at="2020-01-01T09:00")
    paused = owner.get(path).form("/pause").send(resumes_at="2099-01-01T09:00")
    resumed = owner.get(path).form("/resume").send()
    cancelled = owner.get(path).form("/cancel").send(at="period_end")
    kept = owner.get(path).form("/uncancel").send()
    ended = owner.get(path).form("/cancel").send(at="now")

    assert "Choose a time in the future." in past.text
    assert "Paused. Nothing is charged" in paused.text
    assert "Resumed." in resumed.text
    assert "Cancelled: it ends" in cancelled.text
    assert "It renews again as before." in kept.text
    assert ended.heading == "Monthly Ended"
    assert contract(rich, contract_id).end_reason == "cancelled"


def test_a_refused_cycle_says_when_it_is_tried_again(rich: Shop, owner: Visitor) -> None:
    contract_id = sign(rich, plan_of(rich, unit_minor=4000))
    rich.advance(MONTH)

    page = owner.get(f"/portal/contracts/{show('con', contract_id)}")
    refused = page.form("/cancel").send(at="period_end")

    assert page.heading == "Monthly Past due"
    assert "Next try" in page.text
    assert "insufficient_funds" in page.text
    assert "is being charged" in refused.text


def test_who_only_reads_changes_nothing(rich: Shop, signed_in: Callable[..., Visitor]) -> None:
    contract_id = sign(rich, plan_of(rich))

    page = signed_in(rich, "viewer").get(f"/portal/contracts/{show('con', contract_id)}")

    assert page.status == 200
    assert "Cancel contract" not in page.text


def test_a_plan_is_changed_with_its_preview(rich: Shop, owner: Visitor) -> None:
    contract_id, dearer = sign(rich, plan_of(rich, unit_minor=1000)), plan_of(rich, unit_minor=2000)
    path = f"/portal/contracts/{show('con', contract_id)}"

    same = owner.get(f"{path}/change").form("/change").send()
    seen = owner.get(f"{path}/change").form("/change").send(plan=show("plan", dearer))
    changed = seen.form("/change/confirm").send()

    assert "Name another plan, quantity or day." in same.text
    assert "Charged now" in seen.text
    assert "$10.00" in seen.text
    assert "Changed." in changed.text
    assert contract(rich, contract_id).plan_id == dearer


def test_a_scheduled_change_is_shown_and_taken_back(rich: Shop, owner: Visitor) -> None:
    contract_id, dearer = sign(rich, plan_of(rich)), plan_of(rich, unit_minor=2000)
    path = f"/portal/contracts/{show('con', contract_id)}"

    seen = owner.get(f"{path}/change").form("/change").send(plan=show("plan", dearer), at="period_end")
    scheduled = seen.form("/change/confirm").send()
    back = scheduled.form("/change/cancel").send()

    assert "Nothing" in seen.text
    assert "It will change at the end of the period." in scheduled.text
    assert "Changes to Monthly × 1 on" in scheduled.text
    assert "The change was taken back." in back.text
    assert contract(rich, contract_id).plan_id != dearer

"""One person tries to be two: by keys, rolled keys, keys of keys, mailboxes of their own, visits and removed owners."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from app.core import context, db
from app.core.errors import Denied
from app.core.ids import new_id, parse, show
from app.core.money import Money
from app.domain.accounts.business.errors import ApprovalNeeded, ApprovalRefused, OwnRequest
from app.domain.payments.types import Payee
from app.read.accounts import approvals
from app.workflow.accounts import manage_keys
from app.workflow.accounts.approvals import decide_alone, decide_approval
from app.workflow.accounts.approvals.set_approval_limits import set_approval_limits
from app.workflow.accounts.manage_keys import roll_key
from app.workflow.accounts.people import manage_team, sponsor_member
from app.workflow.wallets.pay_out import pay_out
from tests.attacks.people import Team, ask_payout, fill, joined, key_of, make_team, member_id, stranger, visitor_of
from tests.factories.people import make_user
from tests.factories.shop import Shop


@pytest.fixture
def team(shop: Shop) -> Team:
    """Two owners; payouts over 10.00 take both of them."""
    fill(shop)
    set_approval_limits(shop.business_id, {"payout": {"USD": 1000}})
    return make_team(shop)


def _rolled(shop: Shop, key: str, actor: str) -> str:
    new = roll_key(shop.business_id, parse("key", key.removeprefix("key:")), overlap=timedelta(0), actor=actor)
    return f"key:{show('key', new.id)}"


def _own_keys_key(team: Team) -> str:
    return key_of(team.shop, key_of(team.shop, team.mallory))


def _own_rolled_key(team: Team) -> str:
    return _rolled(team.shop, key_of(team.shop, team.mallory), team.mallory)


def _key_that_a_key_rolled(team: Team) -> str:
    return _rolled(team.shop, key_of(team.shop, team.ben), key_of(team.shop, team.mallory))


def _others_rolled_key(team: Team) -> str:
    return _rolled(team.shop, key_of(team.shop, team.ben), team.mallory)


def _friend_with_another_mailbox(team: Team) -> str:
    return joined(team.shop, team.mallory)


def _friend_of_a_friend(team: Team) -> str:
    return joined(team.shop, joined(team.shop, team.mallory))


def _friend_invited_by_a_key(team: Team) -> str:
    return joined(team.shop, key_of(team.shop, team.mallory), role="finance")


def _friends_key(team: Team) -> str:
    return key_of(team.shop, joined(team.shop, team.mallory))


def _friend_whom_ben_invited_again(team: Team) -> str:
    guest = stranger()
    manage_team.invite(team.shop.business_id, email=guest.email, role="owner", actor=team.mallory)
    return joined(team.shop, team.ben, elsewhere=guest)


def _friend_who_was_promoted(team: Team) -> str:
    friend = joined(team.shop, team.ben, role="viewer")
    sponsor_member.confirm(team.shop.business_id, member_id(team.shop, friend), actor=team.mallory)
    manage_team.change_role(team.shop.business_id, member_id(team.shop, friend), role="owner", actor=team.mallory)
    return friend


def _friend_invited_by_a_key_of_both(team: Team) -> str:
    return joined(team.shop, _others_rolled_key(team), role="finance")


ROADS: list[Callable[[Team], str]] = [
    _own_keys_key,
    _own_rolled_key,
    _key_that_a_key_rolled,
    _others_rolled_key,
    _friend_with_another_mailbox,
    _friend_of_a_friend,
    _friend_invited_by_a_key,
    _friend_invited_by_a_key_of_both,
    _friends_key,
    _friend_whom_ben_invited_again,
    _friend_who_was_promoted,
]


@pytest.mark.parametrize("road", ROADS)
def test_whoever_requests_by_a_second_name_does_not_approve_by_the_first(
    team: Team, road: Callable[[Team], str]
) -> None:
    second = road(team)

    approval_id = ask_payout(team.shop, second)

    with pytest.raises(OwnRequest):
        decide_approval.approve(team.shop.business_id, approval_id, actor=team.mallory)
    with context.work(actor=team.mallory):
        assert approvals.get_approval(team.shop.business_id, approval_id).status == "requested"


@pytest.mark.parametrize("road", [each for each in ROADS if "friend" in each.__name__ and "key" not in each.__name__])
def test_nor_does_the_second_name_approve_what_the_first_requested(team: Team, road: Callable[[Team], str]) -> None:
    second = road(team)

    approval_id = ask_payout(team.shop, team.mallory)

    with pytest.raises(OwnRequest):
        decide_approval.approve(team.shop.business_id, approval_id, actor=second)
    assert decide_approval.approve(team.shop.business_id, approval_id, actor=team.ben) == "done"


def test_a_friend_stays_one_however_long_one_waits_while_there_is_another_owner(team: Team, clock: Any) -> None:
    friend = joined(team.shop, team.mallory)
    clock.move(400 * 86400)

    with pytest.raises(OwnRequest):
        decide_approval.approve(team.shop.business_id, ask_payout(team.shop, team.mallory), actor=friend)
    with pytest.raises(Denied):
        sponsor_member.confirm(team.shop.business_id, member_id(team.shop, friend), actor=team.mallory)
    sponsor_member.confirm(team.shop.business_id, member_id(team.shop, friend), actor=team.ben)

    assert decide_approval.approve(team.shop.business_id, ask_payout(team.shop, team.mallory), actor=friend) == "done"


def test_removing_the_other_owner_does_not_make_a_friend_somebody_else_that_week(team: Team, clock: Any) -> None:
    friend = joined(team.shop, team.mallory)
    manage_team.remove(team.shop.business_id, member_id(team.shop, team.ben), actor=team.mallory)
    clock.move(2 * 86400)

    with pytest.raises(OwnRequest):
        decide_approval.approve(team.shop.business_id, ask_payout(team.shop, team.mallory), actor=friend)


def test_nor_does_a_friend_whom_the_removed_owners_key_invited(team: Team, clock: Any) -> None:
    friend = _friend_invited_by_a_key_of_both(team)
    manage_team.remove(team.shop.business_id, member_id(team.shop, team.ben), actor=team.mallory)
    clock.move(2 * 86400)

    with pytest.raises(OwnRequest):
        decide_approval.approve(team.shop.business_id, ask_payout(team.shop, team.mallory), actor=friend)


def test_whom_a_key_of_two_owners_brought_stays_one_with_both(team: Team, clock: Any) -> None:
    friend = _friend_invited_by_a_key_of_both(team)
    clock.move(400 * 86400)

    with pytest.raises(OwnRequest):
        decide_approval.approve(team.shop.business_id, ask_payout(team.shop, team.mallory), actor=friend)


def test_who_removes_whoever_let_them_in_is_not_alone_that_week(shop: Shop) -> None:
    founder = show("usr", make_user(shop.business_id).user_id)
    second = joined(shop, founder)
    manage_team.remove(shop.business_id, member_id(shop, founder), actor=second)

    with db.phase("test.alone", shop.business_id):
        assert not decide_alone.is_alone(second)


def test_a_business_grows_from_one_to_two(shop: Shop, clock: Any) -> None:
    fill(shop)
    set_approval_limits(shop.business_id, {"payout": {"USD": 1000}})
    founder = show("usr", make_user(shop.business_id).user_id)
    partner = joined(shop, founder)
    with pytest.raises(OwnRequest):
        decide_approval.approve(shop.business_id, ask_payout(shop, founder), actor=partner)

    clock.move(25 * 3600)

    assert decide_approval.approve(shop.business_id, ask_payout(shop, founder), actor=partner) == "done"


def test_an_operator_who_is_in_the_team_too_is_one_person(team: Team) -> None:
    approval_id = ask_payout(team.shop, visitor_of(team.shop, team.login))

    with pytest.raises(OwnRequest):
        decide_approval.approve(team.shop.business_id, approval_id, actor=team.mallory)


def test_under_an_approved_id_nothing_else_passes(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    again, command = new_id(), {"actor": team.mallory, "payee": Payee(account="DE1")}
    with pytest.raises(ApprovalNeeded) as raised:
        pay_out(team.shop.business_id, money=Money(2000, "USD"), transaction_id=again, **command)
    with monkeypatch.context() as patch:
        patch.setattr(decide_approval, "carry_out", lambda *_: "approved")
        decide_approval.approve(
            team.shop.business_id, parse("apr", raised.value.details["approval_id"]), actor=team.ben
        )

    for money, account in ((Money(30_000, "USD"), "DE1"), (Money(2000, "USD"), "DE2")):
        with pytest.raises(ApprovalRefused):
            pay_out(
                team.shop.business_id,
                money=money,
                transaction_id=again,
                actor=team.mallory,
                payee=Payee(account=account),
            )

    assert pay_out(team.shop.business_id, money=Money(2000, "USD"), transaction_id=again, **command) == again


def test_a_key_without_a_principal_requests_nothing_and_lets_nobody_in(team: Team) -> None:
    made = manage_keys.create_key(team.shop.business_id, name="Found in a drawer", kind="secret")
    key = f"key:{show('key', made.id)}"

    for attempt in (lambda: ask_payout(team.shop, key), lambda: joined(team.shop, key, role="finance")):
        with pytest.raises(Denied) as refused:
            attempt()
        assert refused.value.code == "key_without_person"

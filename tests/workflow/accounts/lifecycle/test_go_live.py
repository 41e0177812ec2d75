"""A test business opens its live twin, and the twin takes payments once its checklist is done, and not before."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, update

from app.core import clock, db
from app.core.errors import Conflict, Denied, Invalid
from app.core.ids import show
from app.core.money import Money
from app.domain.accounts.business.errors import NotActivated
from app.domain.accounts.business.models import Business, Membership
from app.domain.checkout.agreements.errors import TermsNeeded
from app.domain.checkout.agreements.models import AgreementTemplate
from app.domain.orders.types import Buyer, OrderItem
from app.domain.payments.models import ChannelAccount
from app.workflow.accounts.lifecycle import go_live
from app.workflow.checkout import manage_agreements
from app.workflow.checkout.manage_agreements import AgreementCommand, publish_agreement
from app.workflow.checkout.open_checkout import open_checkout
from app.workflow.payments.manage_channels import add_channel_account
from app.workflow.steps.payments import choose_route
from tests.factories.people import Login, make_user, set_up_app
from tests.factories.shop import Shop

LEGAL = {
    "legal_name": "Lantern Books GmbH",
    "legal_address": "Lamp Street 1\nBerlin",
    "country": "DE",
    "tax_number": "DE123456789",
    "contact_email": "help@lantern.example",
    "receipt_footer": "Thank you.",
}


@pytest.fixture
def owner(shop: Shop) -> Login:
    """An owner with a second factor, of a test business that has said who it is."""
    login = make_user(shop.business_id)
    set_up_app(login)
    _set(shop.business_id, **LEGAL)
    return login


def test_the_twin_has_the_settings_and_the_owners(shop: Shop, owner: Login) -> None:
    viewer = make_user(shop.business_id, "viewer")
    _set(shop.business_id, refund_window_days=30, name="Lantern Books")

    live_id = go_live.open_live(shop.business_id, actor=_name(owner))

    test, live = _business(shop.business_id), _business(live_id)
    assert (test.twin_id, live.twin_id, test.mode, live.mode) == (live_id, shop.business_id, "test", "live")
    assert {name: getattr(live, name) for name in LEGAL} == LEGAL
    assert {name: getattr(live, name) for name in go_live.COPIED} == {
        name: getattr(test, name) for name in go_live.COPIED
    }
    assert (live.name, live.refund_window_days) == ("Lantern Books", 30)
    assert live.activated_at is None
    assert owner.user_id in _members(live_id)
    assert viewer.user_id not in _members(live_id)


def test_two_at_once_open_one_twin(shop: Shop, owner: Login) -> None:
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda _: go_live.open_live(shop.business_id, actor=_name(owner)), range(2)))

    assert found[0] == found[1] == go_live.open_live(shop.business_id, actor=_name(owner))


@pytest.mark.parametrize("missing", sorted(LEGAL))
def test_nothing_opens_before_the_checklist_is_done(shop: Shop, owner: Login, missing: str) -> None:
    _set(shop.business_id, **{missing: None})

    with pytest.raises(Conflict) as refused:
        go_live.open_live(shop.business_id, actor=_name(owner))

    assert (refused.value.code, refused.value.details) == ("checklist_incomplete", {"missing": [missing]})
    assert _business(shop.business_id).twin_id is None


def test_an_owner_needs_a_second_factor_and_others_cannot(shop: Shop, owner: Login) -> None:
    without, viewer = make_user(shop.business_id), make_user(shop.business_id, "viewer")
    set_up_app(viewer)

    with pytest.raises(Conflict) as refused:
        go_live.open_live(shop.business_id, actor=_name(without))
    assert refused.value.details == {"missing": ["second_factor"]}
    for actor in (_name(viewer), f"operator:{_name(owner)}", "system"):
        with pytest.raises(Denied):
            go_live.open_live(shop.business_id, actor=actor)


def test_a_live_business_is_activated_once_everything_is_done(shop: Shop, owner: Login) -> None:
    live_id = go_live.open_live(shop.business_id, actor=_name(owner))
    before = _missing(live_id, owner)
    publish_agreement(live_id, code="terms", locale="en", title="Terms", body="What holds.")
    account_id = _channel(live_id)
    untested = _missing(live_id, owner)
    with db.phase("test.connected", live_id):
        db.write(db.change(ChannelAccount, account_id, connected_at=clock.now()), expect=1)

    go_live.activate(live_id, actor=_name(owner))
    first = _business(live_id).activated_at
    go_live.activate(live_id, actor=_name(owner))

    assert (before, untested) == (["agreement", "channel"], ["channel"])
    assert first is not None
    assert _business(live_id).activated_at == first


def test_the_only_terms_of_a_live_business_stay_and_it_says_what_it_lost(shop: Shop, owner: Login) -> None:
    live_id = _active(shop, owner)
    terms, other = (_template(live_id, code) for code in ("terms", "rules"))
    off = AgreementCommand(name="Terms", enabled=False)

    manage_agreements.change_agreement(live_id, other, off)
    with pytest.raises(TermsNeeded):
        manage_agreements.change_agreement(live_id, terms, off)
    kept = go_live.checklist(live_id, owner.user_id).broken
    _set(live_id, closed_at=clock.now())
    manage_agreements.change_agreement(live_id, terms, off)
    _set(live_id, closed_at=None)
    with db.phase("test.disabled", live_id):
        db.run(update(ChannelAccount).where(ChannelAccount.business_id == live_id).values(enabled=False))

    assert kept == ()
    assert go_live.checklist(live_id, owner.user_id).broken == ("agreement", "channel")
    assert go_live.checklist(shop.business_id, None).broken == ()


def test_two_at_once_do_not_switch_off_all_terms(shop: Shop, owner: Login) -> None:
    live_id = _active(shop, owner)
    both = [_template(live_id, code) for code in ("terms", "rules")]

    def switch_off(template_id: uuid.UUID) -> bool:
        try:
            manage_agreements.change_agreement(live_id, template_id, AgreementCommand(name="Terms", enabled=False))
        except TermsNeeded:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(switch_off, both)) == [False, True]


def test_a_live_business_that_is_not_activated_sells_nothing(shop: Shop) -> None:
    order = shop.place
    _set(shop.business_id, mode="live")

    with pytest.raises(NotActivated):
        order()
    with pytest.raises(NotActivated):
        open_checkout(shop.business_id, items=[OrderItem(shop.sku_id, 1)], buyer=Buyer(reference="b"))
    with pytest.raises(NotActivated), db.phase("test.choose", shop.business_id):
        choose_route.choose(Money(100, "USD"), seed=uuid.uuid4())

    _set(shop.business_id, activated_at=clock.now())
    assert order()


def test_the_simulator_is_never_added_to_a_live_business(shop: Shop, owner: Login) -> None:
    live_id = go_live.open_live(shop.business_id, actor=_name(owner))

    with pytest.raises(Invalid) as refused:
        add_channel_account(live_id, channel="simulator", name="Pretend", values={})

    assert refused.value.code == "test_channel_on_live"


def test_each_step_is_for_its_own_mode(shop: Shop, owner: Login) -> None:
    live_id = go_live.open_live(shop.business_id, actor=_name(owner))

    for step, business_id in ((go_live.open_live, live_id), (go_live.activate, shop.business_id)):
        with pytest.raises(Conflict) as refused:
            step(business_id, actor=_name(owner))
        assert refused.value.code == "illegal_state"


def _active(shop: Shop, owner: Login) -> uuid.UUID:
    """The id of a live business that takes payments and has two published agreements."""
    live_id = go_live.open_live(shop.business_id, actor=_name(owner))
    for code in ("terms", "rules"):
        publish_agreement(live_id, code=code, locale="en", title=code, body="What holds.")
    account_id = _channel(live_id)
    with db.phase("test.connected", live_id):
        db.write(db.change(ChannelAccount, account_id, connected_at=clock.now()), expect=1)
    go_live.activate(live_id, actor=_name(owner))
    return live_id


def _template(business_id: uuid.UUID, code: str) -> uuid.UUID:
    with db.reading(business_id):
        query = select(AgreementTemplate.id).where(AgreementTemplate.business_id == business_id)
        found: uuid.UUID = db.scalar(query.where(AgreementTemplate.code == code))
    return found


def _channel(business_id: uuid.UUID) -> uuid.UUID:
    values = {"base_url": "https://api.stripe.com", "secret_key": "sk_live_x", "webhook_secret": "whsec_x"}
    return add_channel_account(business_id, channel="stripe", name="Stripe", values=values)


def _missing(business_id: uuid.UUID, owner: Login) -> list[str]:
    return [point.key for point in go_live.checklist(business_id, owner.user_id).points if not point.is_done]


def _name(login: Login) -> str:
    return show("usr", login.user_id)


def _set(business_id: uuid.UUID, **values: object) -> None:
    with db.system_phase("test.set"):
        db.write(update(Business).where(Business.id == business_id).values(**values), expect=1)


def _business(business_id: uuid.UUID) -> Business:
    with db.system_reading():
        row = db.first(select(db.table(Business)).where(Business.id == business_id))
    assert row is not None
    return row


def _members(business_id: uuid.UUID) -> set[uuid.UUID]:
    with db.system_reading():
        found = db.rows(select(Membership.user_id).where(Membership.business_id == business_id))
        return {row.user_id for row in found}

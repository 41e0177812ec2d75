"""Those who run the installation: they see how businesses are, find whose an id is, and visit with a reason."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest
from flask import Flask

from app.core.errors import Denied
from app.core.ids import show
from app.domain.accounts.people.rules import REAUTHENTICATION_LASTS
from app.workflow.accounts.approvals import decide_approval
from app.workflow.accounts.people import manage_team
from app.workflow.accounts.people.require_second_factor import require_second_factor
from app.workflow.accounts.people.set_operators import operators, set_operator
from tests.factories.approvals import waiting_approval
from tests.factories.people import make_user, set_up_app
from tests.factories.shop import Shop
from tests.pages import Page, Visitor


def test_who_is_no_operator_finds_nothing(app: Flask, shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    owner, business = signed_in(shop), f"/operator/businesses/{show('biz', shop.business_id)}"
    for path in ("/operator", business, f"{business}/limits"):
        assert owner.get(path).status == 404
        assert Visitor(app).get(path).heading == "Sign in"


def test_an_operator_finds_whose_an_id_is(app: Flask, new_shop: Callable[..., Shop]) -> None:
    ours, theirs = new_shop(), new_shop()
    operator, colleague = _operator(app, ours), make_user(theirs.business_id)
    home = f"/operator/businesses/{show('biz', theirs.business_id)}"

    expected = [show("ord", theirs.place()), show("prd", theirs.product_id), show("biz", theirs.business_id)]
    for text in (*expected, colleague.email, show("usr", colleague.user_id)):
        assert home in operator.get("/operator", query={"q": text}).links, text
    assert home not in operator.get("/operator", query={"q": show("ord", ours.place())}).links
    assert "No results" in operator.get("/operator", query={"q": "no such thing"}).text
    assert operator.get("/operator").heading == "Businesses"
    assert "Orders in 24 hours 1" in " ".join(operator.get(home).text.split())


def test_a_visit_changes_nothing_and_stands_in_the_audit_log(
    app: Flask, new_shop: Callable[..., Shop], signed_in: Callable[..., Visitor]
) -> None:
    ours, theirs = new_shop(), new_shop()
    operator, boss = _operator(app, ours), signed_in(theirs)
    order = f"/portal/orders/{show('ord', theirs.place())}"
    assert operator.get(order).status == 404

    begin = operator.get(f"/operator/businesses/{show('biz', theirs.business_id)}").form("/visit")
    assert "Enter a reason" in begin.send(role="owner").text
    home = begin.send(role="owner", reason="ticket 4711")
    seen = operator.get(order)
    refused = seen.form("/close").send()

    assert "You are visiting" in home.text
    assert "Read-only" in seen.text
    assert (refused.status, theirs.order(_id(order)).status) == (403, "created")
    assert operator.get("/portal").form("/operator/visit/end").send().status == 200
    assert operator.get(order).status == 404
    log = boss.get("/portal/audit-log").text
    assert "ticket 4711" in log
    assert "Pat Example (operator)" in log
    assert "ended at" in log


def test_what_an_operator_changes_stands_under_their_name(
    app: Flask, new_shop: Callable[..., Shop], signed_in: Callable[..., Visitor]
) -> None:
    ours, theirs = new_shop(), new_shop()
    operator, boss = _operator(app, ours), signed_in(theirs)
    member = show("mem", _member(theirs))

    _visit(operator, theirs, role="support", may_change="y")
    assert operator.get("/portal/keys").status == 403
    _visit(operator, theirs, role="owner", may_change="y")
    operator.get(f"/portal/team/members/{member}").form("/role").send(role="viewer")

    log = " ".join(boss.get("/portal/audit-log").text.split())
    assert "Team member" in log
    assert "Pat Example (operator)" in log
    waiting = waiting_approval(theirs)
    name = f"operator:{show('usr', _user(operator))}"
    with pytest.raises(Denied):
        decide_approval.approve(theirs.business_id, waiting, actor=name)


def test_an_operator_suspends_a_business_and_its_portal_says_why(
    app: Flask, new_shop: Callable[..., Shop], signed_in: Callable[..., Visitor]
) -> None:
    ours, theirs = new_shop(), new_shop()
    operator, boss = _operator(app, ours), signed_in(theirs)
    home = f"/operator/businesses/{show('biz', theirs.business_id)}"
    assert "Enter a reason" in operator.get(home).form("/suspend").send(level="read_only").text

    suspended = operator.get(home).form("/suspend").send(level="read_only", why="ticket 4711")
    seen = boss.get("/portal/settings")
    refused = boss.get("/portal/keys/new").form("/keys").send(name="Till", kind="secret")
    themed = boss.get("/portal").form("/theme").send()
    partly = operator.get(home).form("/suspend").send(level="no_new_payments", why="ticket 4712")
    made = boss.get("/portal/keys/new").form("/keys").send(name="Till", kind="secret")
    lifted = operator.get(home).form("/lift").send()

    assert "Read-only since" in suspended.text
    assert "nothing can be changed" in seen.text
    assert "ticket 4711" in seen.text
    assert (refused.status, "business_suspended" in refused.text or "suspended" in refused.text) == (403, True)
    assert themed.status == 200
    assert "No new payments since" in partly.text
    assert made.status == 201
    assert not lifted.has_form("/lift")
    assert "suspended" not in boss.get("/portal").text
    log = boss.get("/portal/audit-log").text
    assert "ticket 4712" in log
    assert "Pat Example (operator)" in log


def test_an_operator_limits_a_business_and_its_portal_keeps_to_it(
    app: Flask, new_shop: Callable[..., Shop], signed_in: Callable[..., Visitor]
) -> None:
    ours, theirs = new_shop(), new_shop()
    operator, boss = _operator(app, ours), signed_in(theirs)
    limits = f"/operator/businesses/{show('biz', theirs.business_id)}/limits"

    below = operator.get(limits).form("/limits").send(scenario="portal", per_s="5", burst="4")
    nothing = operator.get(limits).form("/limits").send(scenario="portal", per_s="0", burst="1")
    saved = operator.get(limits).form("/limits").send(scenario="portal", per_s="1", burst="1")
    statuses = [boss.get("/portal/products").status for _ in range(12)]
    reset = operator.get(limits).form("/portal/reset").send()

    assert below.status == nothing.status == 422
    assert "Enter a number from 1 up." in nothing.text
    assert "Saved. The limit counts within a second." in saved.text
    assert 429 in statuses
    assert not reset.has_form("/portal/reset")
    assert "Pat Example (operator)" in boss.get("/portal/audit-log").text
    assert boss.get(limits).status == 404


def test_an_operator_limits_what_a_business_owns_and_it_sees_why_it_gets_no_more(
    app: Flask, new_shop: Callable[..., Shop], signed_in: Callable[..., Visitor]
) -> None:
    ours, theirs = new_shop(), new_shop()
    operator, boss = _operator(app, ours), signed_in(theirs)
    home = operator.get(f"/operator/businesses/{show('biz', theirs.business_id)}")
    limits = home.follow("See use and limits")

    nameless = limits.form("/resource-limits").send(resource="partners", most="0")
    beyond = limits.form("/resource-limits").send(resource="plans", most="1001", reason="Grown")
    saved = limits.form("/resource-limits").send(resource="partners", most="0", reason="Starter contract")
    refused = boss.get("/portal/partners/new").form("/new").send(name="Ada", kind="author", time_zone="UTC")
    settings = " ".join(boss.get("/portal/settings").text.split())
    back = operator.get(limits.path).form("/resource-limits").send(resource="partners", most="", reason="Grown")

    assert nameless.status == beyond.status == 422
    assert "Enter a reason." in nameless.text
    assert "Enter a number from 0 to 1,000." in beyond.text
    assert "Saved. The limit counts at once." in saved.text
    assert "Starter contract" in saved.text
    assert "Pat Example" in saved.text
    assert refused.status == 409
    assert "This business has 0 of at most 0 partners." in refused.text
    assert "Partners 0 of 0 Limit reached" in settings
    assert "Starter contract" not in back.text
    assert "Pat Example (operator)" in boss.get("/portal/audit-log").text
    assert boss.get(limits.path).status == 404


def test_an_operator_makes_a_portal_read_only_and_it_says_so(
    app: Flask, new_shop: Callable[..., Shop], signed_in: Callable[..., Visitor]
) -> None:
    ours, theirs = new_shop(), new_shop()
    operator, boss = _operator(app, ours), signed_in(theirs)
    switches = f"/operator/businesses/{show('biz', theirs.business_id)}/switches"
    page = boss.get("/portal/products/new")

    nothing = operator.get(switches).form("/switches").send(kind="portal_read_only", minutes="60", reason=" ")
    off = operator.get(switches).form("/switches").send(kind="portal_read_only", minutes="60", reason="Moving")
    refused = page.form("/products/new").send()
    seen = boss.get("/portal/products")
    on = operator.get(switches).form("/portal_read_only/end").send()

    assert nothing.status == 422
    assert "Enter a reason." in nothing.text
    assert "Moving" in off.text
    assert (refused.status, "The portal is read-only for a while" in refused.text) == (403, True)
    assert seen.status == 200
    assert "Switched off by the operator for a while: Read-only portal" in " ".join(seen.text.split())
    assert "Nothing. Everything works." in on.text
    assert page.form("/products/new").send().status != 403
    assert "Pat Example (operator)" in boss.get("/portal/audit-log").text
    assert boss.get(switches).status == boss.get("/operator/switches").status == 404


def test_a_visit_ends_by_itself_and_with_the_power(
    app: Flask, new_shop: Callable[..., Shop], clock: ModuleType
) -> None:
    ours, theirs = new_shop(), new_shop()
    login = make_user(ours.business_id)
    set_operator(login.email.upper(), is_operator=True)
    assert login.email in operators()
    operator = Visitor(app)
    operator.log_in(login.email, login.password)
    order = f"/portal/orders/{show('ord', theirs.place())}"
    _visit(operator, theirs, role="viewer")
    assert operator.get(order).status == 200

    clock.move(3000)
    assert operator.get(order).status == 200
    clock.move(601)
    assert operator.get(order).status == 404
    _visit(operator, theirs, role="viewer")
    set_operator(login.email, is_operator=False)

    assert operator.get(order).status == 404
    assert operator.get("/operator").status == 404


def test_a_visit_begins_with_fresh_proof(app: Flask, new_shop: Callable[..., Shop], clock: ModuleType) -> None:
    ours, theirs = new_shop(), new_shop()
    login = make_user(ours.business_id)
    set_operator(login.email, is_operator=True)
    operator = Visitor(app)
    operator.log_in(login.email, login.password)
    begin = operator.get(f"/operator/businesses/{show('biz', theirs.business_id)}").form("/visit")
    clock.move(REAUTHENTICATION_LASTS.total_seconds() + 1)

    response = begin.send(role="viewer", reason="ticket 4711")
    wrong = response.form("/visit").send(credential="not the password")
    home = wrong.form("/visit").send(credential=login.password)

    assert (response.status, response.heading) == (403, "Confirm it’s you")
    assert wrong.status == 422
    assert "You are visiting" in home.text


def test_an_operator_does_not_go_around_the_second_factor_that_a_business_requires(
    app: Flask, new_shop: Callable[..., Shop]
) -> None:
    ours, theirs = new_shop(), new_shop()
    operator = _operator(app, ours)
    boss = make_user(theirs.business_id)
    set_up_app(boss)
    require_second_factor(theirs.business_id, is_on=True, user_id=boss.user_id)
    begin = operator.get(f"/operator/businesses/{show('biz', theirs.business_id)}").form("/visit")

    refused = begin.send(role="viewer", reason="ticket 4711")

    assert (refused.status, "requires two-step verification" in refused.text) == (403, True)


def test_an_operator_without_a_seat_begins_at_the_console(app: Flask, shop: Shop) -> None:
    login = make_user(shop.business_id, "viewer")
    set_operator(login.email, is_operator=True)
    manage_team.remove(shop.business_id, _member(shop, login.email), actor="test")

    assert Visitor(app).log_in(login.email, login.password).heading == "Businesses"


def _operator(app: Flask, shop: Shop) -> Visitor:
    login, visitor = make_user(shop.business_id), Visitor(app)
    set_operator(login.email, is_operator=True)
    visitor.log_in(login.email, login.password)
    return visitor


def _visit(visitor: Visitor, shop: Shop, **typed: str) -> Page:
    page = visitor.get(f"/operator/businesses/{show('biz', shop.business_id)}").form("/visit")
    return page.send(reason="ticket 4711", **typed)


def _member(shop: Shop, email: str = "") -> object:
    from app.read.accounts.team import list_members

    make_user(shop.business_id, "support") if not email else None
    return next(row.id for row in list_members(shop.business_id) if not email or row.email == email)


def _user(visitor: Visitor) -> object:
    from app.read.accounts.portal_sessions import find

    with visitor.client.session_transaction() as session:
        found = find(session["_user_id"])
    assert found is not None
    return found.user.id


def _id(path: str) -> object:
    from app.core.ids import parse

    return parse("ord", path.rpartition("/")[2])

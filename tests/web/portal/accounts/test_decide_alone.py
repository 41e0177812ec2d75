"""Who is alone starts a delay on the page of the request, and cancels it there or by the link in the mail."""

from __future__ import annotations

from types import ModuleType

import pytest
from flask import Flask

from app.core.ids import parse, show
from app.domain.notifications.mails.models import UserMail
from app.read.accounts import approvals
from app.workflow.accounts.approvals import decide_approval
from app.workflow.accounts.approvals.set_approval_limits import set_approval_limits
from app.workflow.notifications.render_user_mail import render_user_mail
from tests.factories.people import Login, make_user, set_up_app
from tests.factories.settlements import accountant_of
from tests.factories.shop import Shop
from tests.factories.user_mails import mails_to
from tests.pages import Page, Visitor


@pytest.fixture
def login(shop: Shop) -> Login:
    return make_user(shop.business_id)


@pytest.fixture
def visitor(app: Flask, shop: Shop, login: Login) -> Visitor:
    set_approval_limits(shop.business_id, {"refund": {"USD": 1}}, decides_alone=True, alone_waits_h=2)
    visitor = Visitor(app)
    visitor.log_in(login.email, login.password)
    return visitor


def test_a_delay_takes_the_second_persons_place(shop: Shop, visitor: Visitor, login: Login, clock: ModuleType) -> None:
    page = _refund(shop, visitor)
    assert "Set up a second factor first" in page.text
    assert not page.has_form("/decide-alone")
    set_up_app(login)

    waiting = visitor.get(page.path).form("/decide-alone").send()
    clock.move(2 * 3600 + 60)
    decide_approval.sweep_approvals()
    shop.work_off()

    assert "takes effect after a delay" in waiting.text
    assert "Pat Example alone, after a delay" in waiting.text
    assert _status(shop, page) == "done"


def test_the_ledger_is_confirmed_alone_from_its_own_pages(shop: Shop, visitor: Visitor, login: Login) -> None:
    set_up_app(login)
    accountant, me = accountant_of(shop), show("usr", login.user_id)
    settlement = show("stl", accountant.record(actor=me))
    adjustment = show("adj", accountant.request(actor=me))

    first = visitor.get(f"/portal/settlements/{settlement}").form("/confirm-alone").send()
    second = visitor.get(f"/portal/adjustments/{adjustment}").form("/approve-alone").send()

    assert "takes effect after a delay" in first.text
    assert "takes effect after a delay" in second.text
    reference = accountant.row(parse("stl", settlement)).reference
    assert first.follow(reference).heading.startswith("Settlement of")
    assert visitor.get(f"/portal/adjustments/{adjustment}").follow("View the request").path == second.path


def test_it_is_cancelled_on_its_page(shop: Shop, visitor: Visitor, login: Login) -> None:
    set_up_app(login)
    page = _refund(shop, visitor).form("/decide-alone").send()

    cancelled = page.form("/call-off").send()

    assert "Cancelled. Nothing was changed." in cancelled.text
    assert _status(shop, page) == "failed"


@pytest.mark.usefixtures("box")
def test_it_is_cancelled_by_the_link_in_the_mail_without_signing_in(
    app: Flask, shop: Shop, visitor: Visitor, login: Login
) -> None:
    set_up_app(login)
    page = _refund(shop, visitor).form("/decide-alone").send()
    [mail] = [each for each in mails_to(login.email) if each.kind == "alone"]
    link = _link(mail)

    stranger = Visitor(app)
    done = stranger.get(link).form(link).send()

    assert "Cancelled. Nothing was changed." in done.text
    assert "no longer waiting" in stranger.get(link).text
    assert stranger.get(link[:-1] + ("A" if link[-1] != "A" else "B")).status == 404
    assert _status(shop, page) == "failed"


def test_choosing_it_is_a_wider_limit(shop: Shop, visitor: Visitor, login: Login, clock: ModuleType) -> None:
    set_approval_limits(shop.business_id, {"refund": {"USD": 1}}, decides_alone=False)
    set_up_app(login)

    wrong = visitor.get("/portal/approvals/limits").form("/limits").send(alone_waits_h="73")
    page = visitor.get("/portal/approvals/limits").form("/limits").send(decides_alone="y", alone_waits_h="1")
    before = approvals.rules_of(shop.business_id)
    clock.move(24 * 3600 + 60)
    decide_approval.sweep_approvals()
    after = approvals.rules_of(shop.business_id)

    assert "Enter 1 to 72 hours." in wrong.text
    assert "The only owner decides alone" in page.text
    assert (before.decides_alone, before.alone_waits_h) == (False, 2)
    assert (after.decides_alone, after.alone_waits_h) == (True, 1)


def _refund(shop: Shop, visitor: Visitor) -> Page:
    order = f"/portal/orders/{show('ord', shop.paid_order())}"
    review = visitor.get(order).form("/refund").send(extent="part", amount="6.00", reason="goodwill")
    return review.form("/refund").send()


def _link(mail: UserMail) -> str:
    message = render_user_mail(mail)
    assert message is not None
    body = message.get_body(("plain",))
    assert body is not None
    [link] = [line for line in body.get_content().splitlines() if "/portal/cancel/" in line]
    return "/portal/cancel/" + link.rpartition("/")[2]


def _status(shop: Shop, page: Page) -> str:
    return str(approvals.get_approval(shop.business_id, parse("apr", page.path.rpartition("/")[2])).status)

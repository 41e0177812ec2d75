"""The team: who is invited joins by the link alone, roles hold at once, limits hold on the server."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import db
from app.core.ids import show
from app.domain.notifications.mails.models import UserMail
from app.web.auth.throttle import LINKS_PER_ACCOUNT
from app.workflow.accounts.people.link_invitation import link_of, read_token
from app.workflow.notifications import send_user_mail
from tests.factories.people import add_membership, make_user
from tests.factories.shop import Shop
from tests.pages import Page, Visitor

PASSWORD = "correct horse battery"


def test_somebody_new_joins_by_the_link_and_it_works_once(app: Flask, owner: Visitor) -> None:
    email, link = _invited(owner, "support")
    newcomer = Visitor(app)

    offer = newcomer.get(link)
    short = offer.form("/new").send(name="Ada", password="short")
    home = offer.form("/new").send(name="Ada", password=PASSWORD)

    assert "as Support" in offer.text
    assert email in offer.text
    assert "At least 10" in short.text
    assert home.heading == "Home"
    assert newcomer.get("/portal/keys").status == 403
    assert "Ada" in owner.get("/portal/team").text
    again = Visitor(app).get(link)
    assert (again.status, "expired" in again.text) == (404, True)
    assert Visitor(app).log_in(email.upper(), PASSWORD).heading == "Home"
    assert "Team member" in owner.get("/portal/audit-log").text


def test_the_link_that_is_shown_makes_no_account_before_the_mailbox_is_proven(
    app: Flask, owner: Visitor, box: Path
) -> None:
    email = f"{secrets.token_hex(6)}@people.example"
    shown = _link(owner.get("/portal/team/invite").form("/invite").send(email=email, role="owner"))
    inviter = Visitor(app)

    page = inviter.get(shown)
    forged = inviter.post(f"{shown}/new", {**page.form("/mail").values(), "name": "Eve", "password": PASSWORD})
    sent = page.form("/mail").send()
    mailed = _links_in_mails(box, email)
    home = Visitor(app).get(mailed[0]).form("/new").send(name="Ada", password=PASSWORD)

    assert not page.has_form("/new")
    assert (forged.has_form("/new"), forged.has_form("/mail")) == (False, True)
    assert email in sent.text
    assert mailed[0] not in sent.source
    assert len(set(mailed)) == 1, "the invitation's own mail, and the one that was asked for"
    assert shown not in mailed
    assert home.heading == "Home"
    assert [page.form("/mail").send().status for _ in range(2)] == [404, 404], "it was accepted"


@pytest.mark.usefixtures("box")
def test_the_mailbox_is_not_written_to_without_end(app: Flask, owner: Visitor) -> None:
    email = f"{secrets.token_hex(6)}@people.example"
    shown = _link(owner.get("/portal/team/invite").form("/invite").send(email=email, role="viewer"))
    form = Visitor(app).get(shown).form("/mail")

    tries = [form.send().status for _ in range(LINKS_PER_ACCOUNT.times + 1)]

    assert tries == [200] * LINKS_PER_ACCOUNT.times + [429]


def test_without_mail_the_operator_has_the_link(app: Flask, owner: Visitor) -> None:
    email = f"{secrets.token_hex(6)}@people.example"
    shown = _link(owner.get("/portal/team/invite").form("/invite").send(email=email, role="viewer"))
    page = Visitor(app).get(shown)

    printed = app.test_cli_runner().invoke(args=["people", "join-link", email.upper()]).output

    assert "does not send mail" in page.text
    assert printed.strip().endswith(_mailed(shown))
    assert (
        "There is no pending invitation"
        in app.test_cli_runner().invoke(args=["people", "join-link", "x@y.example"]).output
    )


def test_somebody_with_an_account_joins_after_signing_in(
    app: Flask, new_shop: Callable[..., Shop], signed_in: Callable[..., Visitor]
) -> None:
    here, there = new_shop(), new_shop()
    login = make_user(there.business_id)
    email, link = _invited(signed_in(here), "finance", email=login.email)
    visitor = Visitor(app)

    response = visitor.get(link).form("/new").send(name="Eve", password=PASSWORD)
    signing_in = visitor.get(link).follow("Sign in to join")
    offer = signing_in.form("/portal/login").send(email=email, password=login.password)
    home = offer.form(link.rpartition("/")[2]).send()

    assert response.status == 409
    assert offer.heading.startswith("Join ")
    assert home.heading == "Home"
    assert len(home.document.all("button", name="business")) == 2
    stranger = signed_in(here, "viewer").get(_invited(signed_in(here), "viewer")[1])
    assert "You are signed in as" in stranger.text


def test_a_new_link_ends_the_old_one_and_revoking_ends_all(app: Flask, owner: Visitor) -> None:
    email, first = _invited(owner, "viewer")
    second = _link(owner.get("/portal/team").form("/renew").send())
    assert first != second
    assert Visitor(app).get(first).status == 404
    assert Visitor(app).get(second).status == 200
    assert Visitor(app).get(second[:-3] + "abc").status == 404

    page = owner.get("/portal/team").form("/revoke").send()

    assert email not in page.text
    assert Visitor(app).get(second).status == 404


def test_a_role_holds_from_the_next_click_and_who_is_removed_is_out(
    shop: Shop, owner: Visitor, signed_in: Callable[..., Visitor]
) -> None:
    helper = signed_in(shop, "support")
    member = _member(owner, "Support")
    assert helper.get("/portal/keys").status == 403

    owner.get(member).form("/role").send(role="developer")
    assert helper.get("/portal/keys").status == 200
    owner.get(member).form("/remove").send()

    response = helper.get("/portal/orders")
    assert (response.status, response.heading) == (403, "You are not on a team")
    assert "You are the only member" in owner.get("/portal/team").text


def test_who_loses_one_of_two_seats_does_nothing_in_the_other_by_mistake(
    app: Flask, new_shop: Callable[..., Shop], signed_in: Callable[..., Visitor]
) -> None:
    here, there = new_shop(), new_shop()
    login, boss = make_user(here.business_id, "developer"), signed_in(here)
    add_membership(login, there.business_id, role="developer")
    visitor = Visitor(app)
    visitor.log_in(login.email, login.password)
    home = visitor.get("/portal")
    home.form("/account/business").send(business=show("biz", here.business_id))
    form = visitor.get("/portal/products/new").form("/portal/products/new")

    boss.get(_member(boss, "Developer")).form("/remove").send()

    assert form.send(name="Meant for here").status == 403
    assert "Meant for here" not in visitor.get("/portal/products").text


def test_the_last_owner_stays(owner: Visitor) -> None:
    me = _member(owner, "Owner")

    refused = owner.get(me).form("/role").send(role="viewer")
    stays = owner.get(me).form("/remove").send()

    assert (refused.status, stays.status) == (409, 200)
    assert "This is the only owner" in refused.text
    assert owner.get("/portal/team").heading == "Team"


def test_a_role_of_ones_own_has_its_limits_on_the_server(app: Flask, shop: Shop, owner: Visitor) -> None:
    form = owner.get("/portal/team/roles/new", query={"like": "support"}).form("/roles/new")
    assert "Enter lines such as" in form.send(name="Support with limits", refund="five").text
    _new_role(owner, name="First line", refund="USD 5.00", rights=["refunds.write"])
    _email, link = _invited(owner, _key(owner, "First line"))
    ada = Visitor(app)
    ada.get(link).form("/new").send(name="Ada", password=PASSWORD)
    one, another = (f"/portal/orders/{show('ord', shop.paid_order())}" for _ in range(2))

    small = ada.get(one).form("/refund").send(extent="part", amount="4.99", reason="goodwill").form("/refund").send()
    large = ada.get(one).form("/refund").send(extent="part", amount="5.01", reason="goodwill").form("/refund").send()
    own = (
        owner.get(another).form("/refund").send(extent="part", amount="5.01", reason="goodwill").form("/refund").send()
    )

    assert "Approval requested" in large.text
    assert "is being refunded" in small.text
    assert "is being refunded" in own.text
    waiting = owner.get("/portal/approvals").follow("Refund $5.01")
    assert "Ada" in waiting.text
    assert "Approved and completed" in waiting.form("/decide").send(decision="approve", reason="fine").text
    shop.work_off()


def test_nobody_gives_more_than_they_have(app: Flask, owner: Visitor) -> None:
    rights = ["home.read", "orders.read", "team.read", "team.write", "refunds.write"]
    _new_role(owner, name="Team lead", refund="USD 5.00", rights=rights)
    _email, link = _invited(owner, _key(owner, "Team lead"))
    lead = Visitor(app)
    lead.get(link).form("/new").send(name="Lea", password=PASSWORD)

    offered = lead.get("/portal/team/invite").document.all("input", name="role")
    forged = lead.get("/portal/team/invite").form("/invite").send(email="x@people.example", role="owner")
    wider = _new_role(lead, name="Wider", rights=["home.read", "refunds.write"])
    alike = _new_role(lead, name="Alike", refund="USD 4.00", rights=["home.read", "refunds.write"])
    boss = lead.get(_member(owner, "Owner"))

    assert {each.get("value") for each in offered} == {_key(owner, "Team lead")}
    assert forged.status == 422
    assert (wider.status, alike.heading) == (403, "Roles")
    assert not boss.has_form("/remove")
    token = lead.get("/portal/team/invite").form("/invite").values()["csrf_token"]
    lead.post(f"{_member(owner, 'Owner')}/remove", {"csrf_token": token})
    assert owner.get("/portal").status == 200


def test_roles_are_compared_and_looked_at(owner: Visitor) -> None:
    roles = owner.get("/portal/team/roles")
    [table] = [each for each in roles.document.all("table") if "rights" in each.get("class")]
    assert "Refund, and approve refunds" in table.text

    seen = roles.form("/preview").send(role="viewer")

    assert "You are viewing the portal as Viewer" in seen.text
    assert owner.get("/portal/keys").status == 403
    assert owner.get("/portal/orders").status == 200
    assert owner.post("/portal/account/theme", _token(seen) | {"theme": "dark"}).status == 200
    assert owner.post("/portal/origins", _token(seen)).status == 403
    assert owner.get("/portal").form("/preview/stop").send().heading == "Roles"
    assert owner.get("/portal/keys").status == 200


def test_looking_as_a_role_changes_nothing(owner: Visitor) -> None:
    form = owner.get("/portal/products/new").form("/portal/products/new")
    owner.get("/portal/team/roles").form("/preview").send(role="owner")

    page = form.send(name="Not made")

    assert (page.status, "another role" in page.text) == (403, True)
    assert "Not made" not in owner.get("/portal/products").text


def test_a_role_that_somebody_has_stays(owner: Visitor) -> None:
    _new_role(owner, name="Books", rights=["home.read", "wallets.read"])
    key = _key(owner, "Books")
    _invited(owner, key)
    stored = owner.post(f"/portal/team/roles/{key}/archive", _token(owner.get("/portal")))
    assert "This role is assigned" in stored.text
    assert "already" in _new_role(owner, name="books", rights=["home.read"]).text

    changed = owner.get(f"/portal/team/roles/{key}").form(key).send(name="Bookkeeping")
    assert "Bookkeeping" in changed.text
    owner.get("/portal/team").form("/revoke").send()
    response = owner.get(f"/portal/team/roles/{key}").form("/archive").send()

    assert "Bookkeeping" not in response.text
    assert owner.get(f"/portal/team/roles/{key}").status == 404


def test_the_second_of_two_people_sees_what_the_role_says_now(owner: Visitor) -> None:
    _new_role(owner, name="Books", rights=["home.read", "wallets.read"], refund="USD 5.00")
    key = _key(owner, "Books")
    page = owner.get(f"/portal/team/roles/{key}")
    values = _token(page) | {"version": "1", "name": "Till", "refund": "USD 5.00"}
    owner.post(f"/portal/team/roles/{key}", values | {"permissions": ["home.read", "orders.read"]})

    mine = values | {"name": "Ledger", "permissions": ["home.read", "wallets.read"]}
    refused = owner.post(f"/portal/team/roles/{key}", mine)

    assert (refused.status, refused.form(key).values()["name"]) == (409, "Ledger")
    assert "The role says now Name Till Also allowed now View orders No longer allowed View wallets and" in refused.text
    assert "Ledger" in refused.form(key).send().text


def _invited(visitor: Visitor, role: str, *, email: str = "") -> tuple[str, str]:
    """The address that was invited, and the link that is mailed to it."""
    email = email or f"{secrets.token_hex(6)}@people.example"
    page = visitor.get("/portal/team/invite").form("/invite").send(email=email, role=role)
    assert page.heading == "Team", page.text
    return email, _mailed(_link(page))


def _mailed(link: str) -> str:
    """The link by mail that says the same as one that was shown."""
    named = read_token(link.rpartition("/")[2])
    mailed = link_of(named.business_id, named.invitation_id, named.round, by_mail=True)
    return "/portal/join/" + mailed.rpartition("/")[2]


def _link(page: Page) -> str:
    found = re.findall(r'data-copy="[^"]*(/portal/join/[^"]+)"', page.source)
    return str(found[0])


def _member(visitor: Visitor, role: str) -> str:
    """The page of the newest member with this role."""
    rows = visitor.get("/portal/team").document.all("tr")
    [found, *_] = [row for row in rows if row.all("a") and role in [cell.text for cell in row.all("td")]]
    return str(found.all("a")[0].get("href"))


def _new_role(visitor: Visitor, *, name: str, rights: list[str], refund: str = "") -> Page:
    page = visitor.get("/portal/team/roles/new")
    values = _token(page) | {"name": name, "refund": refund, "permissions": rights}
    return visitor.post("/portal/team/roles/new", values)


def _key(visitor: Visitor, name: str) -> str:
    return visitor.get("/portal/team/roles").link(name).rpartition("/")[2]


def _token(page: Page) -> dict[str, str]:
    return {"csrf_token": page.form("/logout").values()["csrf_token"]}


def _links_in_mails(box: Path, email: str) -> list[str]:
    """The links to join in the mails to somebody."""
    with db.system_reading():
        due = db.rows(select(UserMail.id).where(UserMail.recipient == email))
    assert [send_user_mail.send(row.id) for row in due] == [True] * len(due)
    mails: list[Any] = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in box.iterdir()]
    texts = [str(mail.get_body(("plain",)).get_content()) for mail in mails if mail["To"] == email]
    assert len(texts) == len(due) == 2
    return re.findall(r"/portal/join/\S+", "\n".join(texts))

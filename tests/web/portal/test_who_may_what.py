"""Every route of the portal × every role × one's own, another's and no business at all, drawn from the table of routes:
who may not is refused, nothing of another business is revealed, and nothing fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.core.ids import new_id, show
from app.domain.accounts.business.types import PERMISSIONS
from app.web.marks import marks_of
from app.web.portal.access import ANYBODY
from app.workflow.fulfilment.change_points import change_points
from tests.factories.people import make_user
from tests.factories.shop import Shop
from tests.pages import Visitor
from tests.web.portal.test_access import _ids, _rules, _url

# These name nothing that is there, so they lead nowhere.
ABSENT = {"import_id", "reservation_id", "session_id"}
BUYER = "buyer-1"
KINDS = {"movements": "top_up", "promotions": "percentage", "coupons": "percentage"}


@pytest.mark.early
def test_routes_roles_and_businesses(
    app: Flask, new_shop: Callable[..., Shop], signed_in: Callable[..., Visitor]
) -> None:
    ours, theirs = new_shop(), new_shop()
    own, foreign = _all_ids(ours), _all_ids(theirs)
    secrets = {text for text in foreign.values() if len(text) > 20}
    wrong: list[str] = []
    tried = 0
    for role in sorted(PERMISSIONS, key=lambda role: role == "owner"):  # owners last: what they may, they do
        visitor = signed_in(ours, role)
        token = visitor.get("/portal").form("/logout").values()["csrf_token"]
        requests: set[str] = set()
        for rule, method, may, ids in _calls(app, role, own, foreign):
            url = _url(app, rule, {**ids, "kind": KINDS.get(rule.endpoint.split(".")[1], "simulator")})
            requests.update(url.split("/"))
            answer = _request(visitor.client, url, method, token)
            tried += 1
            said = answer.data.decode(errors="replace")  # some answers are files
            leaked = {text for text in secrets - requests if text in said}
            leaked |= {BUYER} if ids is own and "buyers.read" not in PERMISSIONS[role] and BUYER in said else set()
            fault = f"tells {leaked}" if leaked else _fault(answer, rule, may=may, is_own=ids is own, named=own.keys())
            wrong += [f"{role}: {method} {url}: {fault}"] if fault else []

    for rule in _rules(app):
        if "POST" in (rule.methods or ()) and not rule.rule.startswith(("/portal/account", "/portal/security")):
            answer = _request(visitor.client, _url(app, rule, own), "POST", token)
            wrong += [f"owner: POST {rule.rule}: {answer.status_code}"] if answer.status_code in (403, 500) else []
    assert not wrong, "\n".join(wrong)
    assert tried > 700


def test_somebody_without_a_seat_sees_no_business(app: Flask, shop: Shop) -> None:
    visitor, login, ids = Visitor(app), make_user(shop.business_id), _ids(shop)
    visitor.log_in(login.email, login.password)
    token = visitor.get("/portal").form("/logout").values()["csrf_token"]
    _leave(shop, login.user_id)

    for rule in _rules(app):
        method = "GET" if "GET" in (rule.methods or ()) else "POST"
        answer = _request(visitor.client, _url(app, rule, ids), method, token)
        assert (answer.status_code, "You are not on a team" in answer.text) == (403, True), rule.rule


def _fault(answer: TestResponse, rule: Rule, *, may: bool, is_own: bool, named: Set[str]) -> str:
    """What is wrong with an answer; empty when nothing is."""
    status = answer.status_code
    if not may:
        return "" if status == 403 else f"{status}, not refused"
    if not is_own:
        # What is typed may be looked at before it is looked for; and a list may say what could not be done.
        return "" if status in (404, 422) or (status == 303 and rule.methods == {"POST", "OPTIONS"}) else f"{status}"
    if status == 404 and (rule.arguments & ABSENT or not rule.arguments <= named):
        return ""
    return "" if status in (200, 302, 303, 422) else f"{status}"  # 422: it wants more in its address


def _calls(
    app: Flask, role: str, own: dict[str, str], foreign: dict[str, str]
) -> Iterator[tuple[Rule, str, bool, dict[str, str]]]:
    """Route, method, whether the role may, ids. Who may not is refused before anything is looked for, and what changes
    something of one's own is tried in the end."""
    for rule in _rules(app):
        method, may = "GET" if "GET" in (rule.methods or ()) else "POST", _may(app, rule, role)
        if not may or method == "GET":
            yield rule, method, may, own
        if may and rule.arguments & foreign.keys():
            yield rule, method, may, foreign


def _may(app: Flask, rule: Rule, role: str) -> bool:
    permission = marks_of(app.view_functions[rule.endpoint]).permission
    return permission == ANYBODY or permission in PERMISSIONS[role]


def _request(client: FlaskClient, url: str, method: str, token: str) -> TestResponse:
    return client.open(url, method=method, data={"csrf_token": token} if method == "POST" else None)


def _all_ids(shop: Shop) -> dict[str, str]:
    order_id = shop.paid_order(buyer=BUYER)
    shop.keep_wallets()
    shop.fund(BUYER, 1000)
    change_points(shop.business_id, buyer=BUYER, change=5, reason="gift", actor="usr_somebody", entry_id=new_id())
    movement_id = shop.refund(order_id, 100)
    return {**_ids(shop), "order_id": show("ord", order_id), "movement_id": show("txn", movement_id)}


def _leave(shop: Shop, user_id: object) -> None:
    from app.read.accounts.team import list_members
    from app.workflow.accounts.people import manage_team

    [member] = [row for row in list_members(shop.business_id) if row.user_id == user_id]
    make_user(shop.business_id)
    manage_team.remove(shop.business_id, member.id, actor="test")

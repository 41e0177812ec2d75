"""Every page of the portal, by the route table: in a browser, wide and light, narrow and dark; axe finds nothing."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Browser, Route
from werkzeug.routing import Rule

from app.core.ids import show
from app.workflow.accounts.manage_keys import create_key
from app.workflow.catalog.import_products import start_import
from app.workflow.operations.log_requests import write_noted
from tests.e2e import both_looks
from tests.factories.people import make_user
from tests.factories.shop import Shop
from tests.pages import Visitor
from tests.web.portal.test_access import _ids, _rules, _url

GROUPS = 4
KINDS = {
    "portal.campaigns.make": {"trigger": "segment"},
    "portal.contract_metrics.behind": {"metric": "mrr"},
    "portal.coupons.make": {"kind": "percentage"},
    "portal.promotions.make": {"kind": "percentage"},
    "portal.movements.new": {"kind": "top_up"},
    "portal.reports.show": {"report": "sales"},
    "portal.settings.edit": {"section": "orders"},
}
# What is imported where: each of these sections shows its own files only.
FILES = {
    "imports": ("products", b"name\nBook\n"),
    "buyer_imports": ("buyers", b"reference\nada\n"),
    "membership_imports": ("memberships", b"buyer\nada\n"),
}
QUERIES = {
    "portal.bulk.new": "?action=close&ids={order_id}",
    "portal.cases.choose": "?action=resolve&ids={case_id}",
}
ORIGIN = "http://portal.example"
COVERED = """() => {
  // What can be pressed in a table's row and is not what lies at its own middle.
  const said = (each) => `${each.tagName} ${each.getAttribute("aria-label") ?? each.textContent.trim().slice(0, 40)}`;
  const pressed = (each) => {
    each.scrollIntoView({ block: "center", inline: "center" });
    const { left, top, width, height } = each.getClientRects()[0];
    const found = document.elementFromPoint(left + width / 2, top + height / 2);
    return each.contains(found) || [...(each.labels ?? [])].some((label) => label.contains(found));
  };
  const isSpokenOnly = (each) => each.closest("thead")?.getBoundingClientRect().width === 1;
  return [...document.querySelectorAll("tr :is(a, button, input, select, textarea, summary)")]
    .filter((each) => !isSpokenOnly(each) && each.checkVisibility() && each.getClientRects().length && !pressed(each))
    .map(said);
}"""


@pytest.mark.early
@pytest.mark.timeout(240)
@pytest.mark.parametrize("group", range(GROUPS))
def test_a_page_is_usable_by_everybody(app: Flask, browser: Browser, shop: Shop, group: int) -> None:
    ids = {**_ids(shop), "order_id": show("ord", shop.paid_order())}
    visitor, login = Visitor(app), make_user(shop.business_id)
    visitor.log_in(login.email, login.password)
    ids |= _listed(app, shop, visitor)
    found: list[str] = []
    context = both_looks.new_context(browser)
    context.route("**/*", _served_by(visitor))
    page = context.new_page()
    for rule in _pages(app)[group::GROUPS]:
        of_the_section = {"import_id": ids[name]} if (name := rule.endpoint.split(".")[1]) in FILES else {}
        address = _url(app, rule, {**ids, **KINDS.get(rule.endpoint, {}), **of_the_section})
        status = both_looks.open_wide(page, ORIGIN + address + QUERIES.get(rule.endpoint, "").format(**ids))
        if status != 200:
            found.append(f"{rule.endpoint}: {status}")
        found += [f"{rule.endpoint} {each}" for each in both_looks.wrong(page, covered=COVERED)]
    context.close()

    assert not found, "\n".join(found)


def _listed(app: Flask, shop: Shop, visitor: Visitor) -> dict[str, str]:
    """The ids of objects that come about by themselves, from where they are listed."""
    shop.keep_wallets()
    shop.fund("buyer-1", 1000)
    key = create_key(shop.business_id, name="Web server", kind="secret").secret
    app.test_client().get("/v1/orders", headers={"Authorization": f"Bearer {key}"})
    write_noted()
    ids = {}
    for section, (kind, content) in FILES.items():
        import_id = start_import(shop.business_id, io.BytesIO(content), actor="usr_somebody", kind=kind)
        ids[section] = show("imp", import_id)
    for section, prefix in (("movements", "txn"), ("reservations", "rsv"), ("requests", "req")):
        links = visitor.get(f"/portal/{section}").links
        ids[f"{section[:-1]}_id"] = next(name for link in links if (name := _last(link)).startswith(f"{prefix}_"))
    return ids


def _last(link: str) -> str:
    return link.rpartition("/")[2]


def _served_by(visitor: Visitor) -> Callable[[Route], None]:
    """The application answers in this process: no server, and every object it has to show can be made by a factory."""

    def serve(route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN)
        response = visitor.client.open(path, method=route.request.method, follow_redirects=True)
        headers = {name: value for name, value in response.headers.items() if name != "Set-Cookie"}
        route.fulfill(status=response.status_code, headers=headers, body=response.data)

    return serve


def _pages(app: Flask) -> list[Rule]:
    shown = (rule for rule in _rules(app) if "GET" in (rule.methods or ()))
    return sorted(shown, key=lambda rule: rule.rule)

"""Every form of every page of the portal takes back what was typed into it."""

from __future__ import annotations

from flask import Flask

from app.lib.form_filling import fill
from tests import html
from tests.factories.shop import Shop
from tests.pages import Form, Page, Visitor
from tests.web.portal.test_access import _ids, _rules, _url

TYPED = ("text", "number", "email", "url", "tel", "search", "date", "datetime-local", "time", "hidden", "")


def test_every_form_of_every_page_is_filled_in_again(app: Flask, shop: Shop, owner: Visitor) -> None:
    ids, tried, wrong = _ids(shop), set(), []
    for rule in _rules(app):
        if "GET" not in (rule.methods or ()):
            continue
        response = owner.client.get(_url(app, rule, ids), follow_redirects=True)
        if response.status_code != 200 or not response.content_type.startswith("text/html"):
            continue
        page = Page(owner, response, rule.rule)
        for element in page.document.all("form"):
            action = element.get("action")
            if element.get("method").lower() != "post" or (rule.endpoint, action) in tried:
                continue
            typed = _typed(Form(page, element))
            tried.add((rule.endpoint, action))
            filled = fill(page.source, action, list(typed.items()))
            if filled is None or filled.left:
                wrong.append(f"{rule.rule}: {action}: {filled and filled.left}")
                continue
            document, _ = html.read(filled.html)
            again = [Form(page, each).values() for each in document.all("form") if each.get("action") == action]
            if not any(typed.items() <= values.items() for values in again):
                wrong.append(f"{rule.rule}: {action}: {typed} became {again}")

    assert not wrong, "\n".join(wrong)
    assert len({action for _, action in tried}) > 80


def _typed(form: Form) -> dict[str, str]:
    """Something else than what is there: in every text a new one, of every choice the last one."""
    typed: dict[str, str] = {}
    for each in form.element.walk():
        name, kind = each.get("name"), each.get("type")
        if not name or name == "csrf_token" or "disabled" in each.attributes:
            continue
        if each.tag == "textarea" or (each.tag == "input" and kind in TYPED):
            typed.setdefault(name, f"typed <{name}> & “more”")
        elif each.tag == "select" and (options := [one for one in each.all("option") if "value" in one.attributes]):
            typed[name] = options[-1].get("value")
        elif kind in ("radio", "checkbox"):
            typed[name] = each.get("value") or "on"
    return typed

"""What a buyer owns, by signed link."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, current_app, g, request, url_for

from app.core import ids
from app.core.errors import AppError, NotFound
from app.core.i18n.language import match
from app.core.ids import new_id
from app.core.web.htmx import page, see_other
from app.domain.orders import billing
from app.read.checkout import appearance, brand
from app.read.fulfilment.owned import owned
from app.read.subscriptions.buyer_contracts import has_contracts
from app.texts import for_buyers
from app.web import documents
from app.web.checkout.locale import browser_language, translate
from app.web.checkout.owners import owner_of, private
from app.workflow.buyers import prove_mailbox
from app.workflow.checkout.link_buyer import make_link
from app.workflow.orders.correct_receipt import correct_receipt

FRESH = {"Cache-Control": "private, no-cache"}

blueprint = Blueprint("owned_items", __name__, url_prefix="/my")


@blueprint.get("/find/<business_id>")
def find(business_id: str) -> Response:
    """Where somebody who bought before proves the mailbox, on any device."""
    return _find(ids.parse("biz", business_id))


@blueprint.post("/find/<business_id>")
def send_code(business_id: str) -> Response:
    own_id, email = ids.parse("biz", business_id), request.form.get("email", "").strip()[:254]
    asked = {"locale": browser_language(), **_caller()}
    try:
        code_id = prove_mailbox.request_code(own_id, email, **asked)
    except AppError as error:
        return _find(own_id, email=email, problem=for_buyers(error.code, error.message), status=error.http_status)
    return _find(own_id, email=email, code_id=ids.show("mbc", code_id))


@blueprint.post("/find/<business_id>/code")
def take_code(business_id: str) -> Response:
    own_id, email = ids.parse("biz", business_id), request.form.get("email", "").strip()[:254]
    shown_id = request.form.get("code_id", "")
    try:
        code_id = ids.try_parse(shown_id, "mbc") or new_id()
        proven = prove_mailbox.prove(own_id, code_id, request.form.get("code", "")[:12], **_caller())
    except AppError as error:
        said = {"email": email, "problem": for_buyers(error.code, error.message)}
        return _find(own_id, code_id=shown_id, status=error.http_status, **said)
    return private(see_other(make_link(own_id, proven.reference).url))


def _caller() -> dict[str, Any]:
    return {"counter": current_app.extensions["counter"], "address": request.remote_addr}


def _find(business_id: uuid.UUID, *, status: int = 200, **said: str) -> Response:
    g.locale = browser_language()
    shop = brand.shop_of(business_id)
    return private(
        page(
            "checkout/find.html",
            status=status,
            shop=shop,
            business_id=ids.show("biz", business_id),
            email=said.get("email", ""),
            code_id=said.get("code_id", ""),
            problem=said.get("problem", ""),
            translate=translate,
            appearance=appearance.saved(business_id),
        )
    )


@blueprint.get("/find/<business_id>/appearance.css")
def find_appearance(business_id: str) -> Response:
    """How the business wants its pages to look."""
    sheet = appearance.sheet_of_business(ids.parse("biz", business_id))
    return Response(sheet, mimetype="text/css", headers=FRESH)


@blueprint.get("/<token>")
def show_owned(token: str) -> Response:
    business_id, buyer = owner_of(token)
    g.locale = browser_language()
    look = appearance.saved(business_id)
    drawn = page(
        "checkout/owned_items.html",
        found=owned(business_id, buyer),
        has_contracts=has_contracts(business_id, buyer),
        token=token,
        appearance=look,
    )
    return private(drawn)


@blueprint.get("/<token>/receipts/<order_id>")
def show_receipt(token: str, order_id: str) -> Response:
    """The receipt, in the language that was paid in; it prints on one page."""
    return _receipt(token, order_id)


@blueprint.post("/<token>/receipts/<order_id>/company")
def name_company(token: str, order_id: str) -> Response:
    """The buyer has the receipt made out to a company."""
    business_id, buyer = owner_of(token)
    said = {name: request.form.get(name, "")[:500] for name in billing.MEMBERS}
    try:
        correct_receipt(business_id, ids.parse("ord", order_id), said, buyer_reference=buyer)
    except NotFound:
        raise
    except AppError as error:
        return _receipt(
            token, order_id, typed=said, problem=for_buyers(error.code, error.message), status=error.http_status
        )
    return private(see_other(url_for(".show_receipt", token=token, order_id=order_id)))


@blueprint.get("/<token>/credit-notes/<note_id>.pdf")
def download_credit_note(token: str, note_id: str) -> Response:
    """A credit note as a file."""
    business_id, buyer = owner_of(token)
    return private(documents.credit_note_file(business_id, ids.parse("crn", note_id), buyer_reference=buyer))


def _receipt(
    token: str, order_id: str, *, typed: Mapping[str, str] | None = None, problem: str = "", status: int = 200
) -> Response:
    business_id, buyer = owner_of(token)
    paid = documents.made(business_id, ids.parse("ord", order_id), buyer_reference=buyer)
    g.locale = match(paid.locale) or browser_language()
    g.time_zone = paid.time_zone
    return private(
        page(
            "checkout/receipt.html",
            status=status,
            paid=paid,
            token=token,
            appearance=appearance.saved(business_id),
            typed=typed or dict.fromkeys(billing.MEMBERS, ""),
            problem=problem,
            translate=translate,
        )
    )


@blueprint.get("/<token>/receipts/<order_id>.pdf")
def download_receipt(token: str, order_id: str) -> Response:
    """The receipt as a file."""
    business_id, buyer = owner_of(token)
    return private(documents.made_pdf(business_id, ids.parse("ord", order_id), buyer_reference=buyer))


@blueprint.get("/<token>/appearance.css")
def appearance_css(token: str) -> Response:
    """How the business wants its pages to look."""
    business_id, _buyer = owner_of(token)
    return Response(appearance.sheet_of_business(business_id), mimetype="text/css", headers=FRESH)

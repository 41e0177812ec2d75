"""What a buyer owns, by signed link."""

from __future__ import annotations

from flask import Blueprint, Response, g

from app.core import ids
from app.core.i18n.language import match
from app.core.web.htmx import page
from app.read.checkout import appearance
from app.read.fulfilment.owned import owned
from app.web import documents
from app.web.checkout.locale import browser_language
from app.web.checkout.owners import owner_of

FRESH = {"Cache-Control": "private, no-cache"}

blueprint = Blueprint("owned_items", __name__, url_prefix="/my")


@blueprint.get("/<token>")
def show_owned(token: str) -> Response:
    business_id, buyer = owner_of(token)
    g.locale = browser_language()
    look = appearance.saved(business_id)
    drawn = page("checkout/owned_items.html", found=owned(business_id, buyer), token=token, appearance=look)
    return _private(drawn)


@blueprint.get("/<token>/receipts/<order_id>")
def show_receipt(token: str, order_id: str) -> Response:
    """The receipt, in the language that was paid in; it prints on one page."""
    business_id, buyer = owner_of(token)
    paid = documents.made(business_id, ids.parse("ord", order_id), buyer_reference=buyer)
    g.locale = match(paid.locale) or browser_language()
    g.time_zone = paid.time_zone
    look = appearance.saved(business_id)
    return _private(page("checkout/receipt.html", paid=paid, token=token, appearance=look))


@blueprint.get("/<token>/receipts/<order_id>.pdf")
def download_receipt(token: str, order_id: str) -> Response:
    """The receipt as a file."""
    business_id, buyer = owner_of(token)
    return _private(documents.made_pdf(business_id, ids.parse("ord", order_id), buyer_reference=buyer))


def _private(drawn: Response) -> Response:
    # Whoever has the address sees keys: it goes nowhere else.
    drawn.headers["Cache-Control"] = "no-store"
    drawn.headers["Referrer-Policy"] = "no-referrer"
    drawn.headers["X-Robots-Tag"] = "noindex"
    return drawn


@blueprint.get("/<token>/appearance.css")
def appearance_css(token: str) -> Response:
    """How the business wants its pages to look."""
    business_id, _buyer = owner_of(token)
    return Response(appearance.sheet_of_business(business_id), mimetype="text/css", headers=FRESH)

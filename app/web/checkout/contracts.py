"""A buyer's contracts, by signed link: what they cost, when and until when, and how to end them. Plain forms only."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, g, request, url_for

from app.core import ids
from app.core.errors import AppError
from app.core.ids import new_id
from app.core.web.htmx import page, see_other
from app.read.checkout import appearance, brand
from app.read.subscriptions import buyer_contracts as read
from app.texts import for_buyers
from app.web.checkout.locale import browser_language, translate
from app.web.checkout.owners import owner_of, private
from app.workflow.subscriptions import act_for_buyer, change_contract

blueprint = Blueprint("buyer_contracts", __name__, url_prefix="/my/<token>/contracts")


@blueprint.get("")
def index(token: str) -> Response:
    business_id, buyer = owner_of(token)
    return _draw("checkout/contracts.html", business_id, token, found=read.contracts_of(business_id, buyer))


@blueprint.get("/<contract_id>")
def show(token: str, contract_id: str) -> Response:
    business_id, buyer = owner_of(token)
    return _contract(business_id, buyer, token, ids.parse("con", contract_id))


@blueprint.get("/<contract_id>/cancel")
def ask(token: str, contract_id: str) -> Response:
    """What cancelling means, before it is done."""
    business_id, buyer = owner_of(token)
    found = read.contract_of(business_id, buyer, ids.parse("con", contract_id))
    if not found.can_cancel:
        return _back(token, found.id)
    g.time_zone = found.row.time_zone
    return _draw("checkout/contract_cancel.html", business_id, token, each=found)


@blueprint.post("/<contract_id>/cancel")
def cancel(token: str, contract_id: str) -> Response:
    return _done(token, contract_id, act_for_buyer.cancel_keeping)


@blueprint.post("/<contract_id>/uncancel")
def uncancel(token: str, contract_id: str) -> Response:
    return _done(token, contract_id, change_contract.uncancel)


@blueprint.post("/<contract_id>/pause")
def pause(token: str, contract_id: str) -> Response:
    return _done(
        token,
        contract_id,
        lambda business_id, known: change_contract.pause_contract(
            business_id, known, resumes_at=None, actor=act_for_buyer.BUYER
        ),
    )


@blueprint.post("/<contract_id>/resume")
def resume(token: str, contract_id: str) -> Response:
    return _done(
        token,
        contract_id,
        lambda business_id, known: change_contract.resume_contract(business_id, known, actor=act_for_buyer.BUYER),
    )


@blueprint.post("/<contract_id>/pay")
def pay(token: str, contract_id: str) -> Response:
    request_id = ids.try_parse(request.form.get("request_id", ""), "req") or new_id()
    return _done(
        token,
        contract_id,
        lambda business_id, known: act_for_buyer.pay_open_cycle(business_id, known, request_id=request_id),
    )


def _done(token: str, contract_id: str, work: Callable[[uuid.UUID, uuid.UUID], None]) -> Response:
    """Do it to the buyer's own contract, and show how it stands now."""
    business_id, buyer = owner_of(token)
    known = read.contract_of(business_id, buyer, ids.parse("con", contract_id)).id
    try:
        work(business_id, known)
    except AppError as error:
        problem = for_buyers(error.code, error.message)
        return _contract(business_id, buyer, token, known, problem=problem, status=error.http_status)
    return _back(token, known)


def _back(token: str, contract_id: uuid.UUID) -> Response:
    address = url_for("buyer_contracts.show", token=token, contract_id=ids.show("con", contract_id))
    return private(see_other(address))


def _contract(
    business_id: uuid.UUID, buyer: str, token: str, contract_id: uuid.UUID, *, problem: str = "", status: int = 200
) -> Response:
    found = read.detail(business_id, buyer, contract_id, cursor=request.args.get("cursor", ""))
    g.time_zone = found.contract.row.time_zone
    return _draw(
        "checkout/contract.html",
        business_id,
        token,
        status=status,
        each=found.contract,
        cycles=found.cycles,
        consent=found.consent,
        problem=problem,
        request_id=ids.show("req", new_id()),
    )


def _draw(template: str, business_id: uuid.UUID, token: str, *, status: int = 200, **shown: Any) -> Response:
    g.locale = browser_language()
    drawn = page(
        template,
        status=status,
        shop=brand.shop_of(business_id),
        token=token,
        translate=translate,
        appearance=appearance.saved(business_id),
        **shown,
    )
    return private(drawn)

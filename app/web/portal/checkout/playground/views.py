"""The playground: options on one side, the panel and the code on the other. Looking at it makes nothing; a test
checkout is opened when a button is pressed."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, jsonify, request, url_for

from app.core import settings
from app.core.errors import Denied
from app.core.web.htmx import page, see_other
from app.read.accounts.keys import publishable_key
from app.read.checkout.playground import things_to_sell
from app.read.payments.channels import payable_channels
from app.web.portal.access import actor, needs
from app.web.portal.checkout.configurations.snippets import loader_tag, sdk_at
from app.web.portal.checkout.playground.state import Option, Tried, markup_of, options, script_of
from app.workflow.checkout.open_configured import open_trial

blueprint = Blueprint("playground", __name__, url_prefix="/playground")


@blueprint.get("")
@needs("checkout.read")
def index() -> Response:
    who, offered = actor(), _options()
    tried = Tried.from_request(offered)
    key = publishable_key(who.business_id) or f"pk_{who.membership.mode}_…"
    return page(
        "portal/checkout/playground/index.html",
        {"playground-code": "code"},
        options=offered,
        tried=tried,
        key=key,
        is_test=who.membership.mode == "test",
        script=script_of(tried, key=key, address=f"{sdk_at()}/bursar.mjs"),
        markup=markup_of(tried, loader=loader_tag(key)),
    )


@blueprint.post("")
@needs("checkout.write")
def start() -> Response:
    who, tried = actor(), Tried.from_request(_options())
    if who.membership.mode != "test":
        raise Denied("denied", "The playground opens checkouts in test mode only.")
    opened = open_trial(
        who.business_id,
        tried.sells,
        counter=current_app.extensions["counter"],
        address=request.remote_addr,
        locale=tried.locale or None,
        return_url=_here(tried),
    )
    return _answer(opened.client_secret)


def _answer(secret: str) -> Response:
    if request.accept_mimetypes.best == "application/json":
        response = jsonify(client_secret=secret)
        response.headers["Cache-Control"] = "no-store"
        return response
    session_id = secret.partition("_secret_")[0]
    return see_other(url_for("checkout.show_session", session_id=session_id, key=secret))


def _options() -> tuple[Option, ...]:
    business_id = actor().business_id
    ways = tuple(way for way in payable_channels(business_id) if way[0] != "wallet")
    return options(things_to_sell(business_id), ways)


def _here(tried: Tried) -> str:
    query = {name: value for name, value in tried.as_dict().items() if value}
    return f"{settings.current().public_url}{url_for('portal.playground.index')}?{urlencode(query)}"

"""Where a buyer signs a plan, by a link: who it is, what it costs and until when, and one button. Plain forms."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode, urlsplit, urlunsplit

from flask import Blueprint, Response, current_app, g, request, url_for

from app.core import clock, context, ids, settings
from app.core.errors import AppError, NotFound
from app.core.ids import new_id
from app.core.limits.ratelimit import Counter, Limit
from app.core.web.htmx import page, see_other
from app.domain.orders.types import Buyer
from app.domain.signing.errors import PlanUnavailable
from app.domain.signing.states import ContractStatus
from app.domain.signing.types import Consent, SignTerms
from app.read.checkout import appearance, brand
from app.read.subscriptions import contracts as read
from app.read.subscriptions.sign_pages import SignPage, sign_page
from app.texts import for_buyers
from app.texts import translate as translate_to
from app.web.checkout.locale import browser_language, translate
from app.web.checkout.owners import private
from app.web.checkout.views import keep_grant
from app.workflow.buyers import prove_mailbox
from app.workflow.checkout import link_buyer
from app.workflow.subscriptions import follow_mandates, link_signer, sign_contract
from app.workflow.subscriptions.link_signer import LASTS, Signer

blueprint = Blueprint("signing", __name__, url_prefix="/s/<plan_id>")
COOKIE = "bursar_signer"
RETURNS = Limit("signing.return", times=6, window_s=60)


@blueprint.get("")
def show(plan_id: str) -> Response:
    key = request.args.get("key", "")
    if not key:
        return _draw(plan_id, _signer(plan_id))
    link_signer.read_key(key, ids.parse("plan", plan_id))
    return _let_in(plan_id, key)


@blueprint.post("/email")
def send_code(plan_id: str) -> Response:
    """Send a code to the mailbox, by which the buyer is known here."""
    business_id, email = _business(plan_id), request.form.get("email", "").strip()[:254]
    try:
        code_id = prove_mailbox.request_code(
            business_id, email, locale=browser_language(), counter=_counter(), address=request.remote_addr
        )
    except AppError as error:
        said = for_buyers(error.code, error.message)
        return _draw(plan_id, None, email=email, problem=said, status=error.http_status)
    return _draw(plan_id, None, email=email, code_id=ids.show("mbc", code_id))


@blueprint.post("/code")
def take_code(plan_id: str) -> Response:
    business_id, shown_id = _business(plan_id), request.form.get("code_id", "")
    email = request.form.get("email", "").strip()[:254]
    try:
        code_id = ids.try_parse(shown_id, "mbc") or new_id()
        typed = request.form.get("code", "")[:12]
        proven = prove_mailbox.prove(business_id, code_id, typed, counter=_counter(), address=request.remote_addr)
    except AppError as error:
        said = for_buyers(error.code, error.message)
        return _draw(plan_id, None, email=email, code_id=shown_id, problem=said, status=error.http_status)
    signer = Signer(
        business_id=business_id, plan_id=ids.parse("plan", plan_id), reference=proven.reference, email=email
    )
    return _let_in(plan_id, link_signer.make_key(signer, clock.actual() + LASTS))


@blueprint.post("")
def sign(plan_id: str) -> Response:
    signer = _signer(plan_id)
    if signer is None:
        return _draw(plan_id, None, status=422)
    contract_id = ids.try_parse(request.form.get("contract_id", ""), "con") or new_id()
    try:
        _sign(signer, contract_id)
    except AppError as error:
        return _draw(plan_id, signer, problem=for_buyers(error.code, error.message), status=error.http_status)
    return private(see_other(url_for("signing.go_on", plan_id=plan_id, contract_id=ids.show("con", contract_id))))


@blueprint.get("/go-on/<contract_id>")
def go_on(plan_id: str, contract_id: str) -> Response:
    """On to the company where the buyer agrees, or to whoever waits; a page, since the policy lets no form lead to
    another origin."""
    signer = _signer(plan_id)
    if signer is None:
        _business(plan_id)
        return see_other(url_for("signing.show", plan_id=plan_id))
    found = _own(signer, ids.parse("con", contract_id))
    action = found.mandate.action if found.mandate is not None else None
    is_waiting = found.row.status == ContractStatus.PENDING and action is not None
    url = (
        str(action["url"])
        if is_waiting and action
        else url_for("signing.done", plan_id=plan_id, contract_id=contract_id)
    )
    g.locale = browser_language()
    look, shop = appearance.saved(signer.business_id), brand.shop_of(signer.business_id)
    drawn = page(
        "checkout/sign_going.html", plan_id=plan_id, shop=shop, url=url, to_company=is_waiting, appearance=look
    )
    drawn.headers["Refresh"] = f"0; url={url}"
    return private(drawn)


@blueprint.get("/done/<contract_id>")
def done(plan_id: str, contract_id: str) -> Response:
    """Back from the payment company: on to the merchant who waits for the buyer, or to the contract."""
    signer = _signer(plan_id)
    if signer is None:
        return see_other(url_for("owned_items.find", business_id=ids.show("biz", _business(plan_id))))
    found = _own(signer, ids.parse("con", contract_id))
    is_open = found.row.status == ContractStatus.PENDING
    # The company is asked no more often than a buyer could have a reason to come back.
    if is_open and found.mandate is not None and _counter().hit(RETURNS, contract_id) == 0:
        follow_mandates.ask(signer.business_id, found.mandate.id, force=True)
    if signer.return_url:
        return private(see_other(_with_contract(signer.return_url, contract_id)))
    page_of = f"contracts/{ids.show('con', found.row.id)}"
    return private(see_other(link_buyer.make_link(signer.business_id, signer.reference, page=page_of).url))


@blueprint.get("/appearance.css")
def appearance_css(plan_id: str) -> Response:
    """How the business wants its pages to look."""
    sheet = appearance.sheet_of_business(_business(plan_id))
    return Response(sheet, mimetype="text/css", headers={"Cache-Control": "private, no-cache"})


def _sign(signer: Signer, contract_id: uuid.UUID) -> None:
    form = request.form
    currency, quantity = _choice(signer)
    own = url_for(
        "signing.done", plan_id=ids.show("plan", signer.plan_id), contract_id=ids.show("con", contract_id)
    )  # fmt: skip
    agreements = [
        (known, value)
        for name, value in form.items()
        if (known := ids.try_parse(name.removeprefix("agreement_"), "agr")) is not None
    ]
    sign_contract.sign_contract(
        signer.business_id,
        signer.plan_id,
        SignTerms(
            currency=currency,
            quantity=quantity,
            channel=form.get("method", ""),
            return_url=settings.current().public_url + own,
        ),
        buyer=Buyer(reference=signer.reference, email=signer.email),
        consent=Consent(
            given_to=sign_contract.PAGE,
            locale=browser_language(),
            buyer_ip=request.remote_addr,
            seen_hash=form.get("terms_hash", ""),
            agreements=agreements,
        ),
        contract_id=contract_id,
        actor="buyer",
    )


def _choice(signer: Signer | None) -> tuple[str, int]:
    """The currency and the quantity: as the link says, or as the buyer chose."""
    chosen = request.values.get("currency", "").strip().upper()[:3]
    typed = request.values.get("quantity", "1")
    quantity = int(typed) if typed.isdecimal() and len(typed) <= 4 else 1
    if signer is None:
        return chosen, quantity
    return signer.currency or chosen, quantity if signer.quantity == 1 else signer.quantity


def _own(signer: Signer, contract_id: uuid.UUID) -> read.ContractDetail:
    """The contract, if it is this buyer's.

    Raises:
        NotFound: it is not, or there is none.
    """
    found = read.contract(signer.business_id, contract_id)
    if found.row.buyer_reference != signer.reference:
        raise NotFound("not_found", "There is no such contract.")
    return found


def _business(plan_id: str) -> uuid.UUID:
    business_id = link_signer.business_of(ids.parse("plan", plan_id))
    context.bind(business_id=ids.show("biz", business_id))
    return business_id


def _signer(plan_id: str) -> Signer | None:
    """Who this browser has shown to be; None: nobody yet."""
    try:
        signer = link_signer.read_key(request.cookies.get(COOKIE, ""), ids.parse("plan", plan_id))
    except NotFound:
        return None
    context.bind(business_id=ids.show("biz", signer.business_id))
    return signer


def _let_in(plan_id: str, key: str) -> Response:
    """Keep who signs where scripts and addresses do not show it."""
    path = url_for("signing.show", plan_id=plan_id)
    return private(keep_grant(see_other(path), key, path=path, name=COOKIE))


def _counter() -> Counter:
    counter: Counter = current_app.extensions["counter"]
    return counter


def _with_contract(url: str, contract_id: str) -> str:
    parts = urlsplit(url)
    query = "&".join(filter(None, [parts.query, urlencode({"bursar_contract": contract_id})]))
    return urlunsplit(parts._replace(query=query))


def _draw(plan_id: str, signer: Signer | None, *, problem: str = "", status: int = 200, **said: str) -> Response:
    business_id = _business(plan_id)
    g.locale = locale = browser_language()
    found: SignPage | None = None
    try:
        found = _found(business_id, ids.parse("plan", plan_id), signer, locale)
    except PlanUnavailable as error:
        problem, status = for_buyers(error.code, error.message), error.http_status
    drawn = page(
        "checkout/sign.html",
        status=status,
        shop=brand.shop_of(business_id),
        plan_id=plan_id,
        found=found,
        signer=signer,
        email=said.get("email", ""),
        code_id=said.get("code_id", ""),
        problem=problem,
        contract_id=ids.show("con", new_id()),
        chosen=request.form.get("method", ""),
        ticked={name.removeprefix("agreement_") for name in request.form if name.startswith("agreement_")},
        translate=translate,
        appearance=appearance.saved(business_id),
    )
    return private(drawn)


def _found(business_id: uuid.UUID, plan_id: uuid.UUID, signer: Signer | None, locale: str) -> SignPage:
    currency, quantity = _choice(signer)
    return sign_page(
        business_id,
        plan_id,
        currency=currency,
        quantity=quantity,
        buyer=signer.reference if signer is not None else None,
        locale=locale,
        say=lambda each: translate_to(each, locale),
    )

"""Signing: a contract is written with the order that it is signed by, and runs once that order is paid."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import partial

from sqlalchemy import func, select

from app.core import clock, db, settings, states
from app.core.db.retry import in_phase
from app.core.i18n.marks import N_
from app.core.ids import derive
from app.core.money import Money
from app.domain.accounts.business.models import Business
from app.domain.accounts.business.origins import check_return_url
from app.domain.catalog.models import Sku
from app.domain.orders.types import Buyer, ContractOrder, OrderItem, Placed, PlaceOrderCommand
from app.domain.payments.channels import registry
from app.domain.payments.channels.types import Recurring
from app.domain.payments.routing_rows import RoutingFacts
from app.domain.signing import mandates, offers, rules
from app.domain.signing import service as signing
from app.domain.signing.errors import PlanUnavailable, TermsChanged
from app.domain.signing.models import Contract, ContractConsent, Plan, PlanPrice
from app.domain.signing.offers import Offer
from app.domain.signing.states import CONTRACT
from app.domain.signing.types import Consent, PlanPriceTerms, SignTerms
from app.texts import translate
from app.workflow.orders import reserve_remotely
from app.workflow.payments import pay_order
from app.workflow.payments.deduct_order import SCENE
from app.workflow.steps.checkout.accept_agreements import accept_agreements
from app.workflow.steps.orders.lock_order import lock_order
from app.workflow.steps.orders.write_order import write_order
from app.workflow.steps.payments import begin_payment, choose_route
from app.workflow.steps.payments.begin_payment import Begun
from app.workflow.subscriptions.start_mandate import start_mandate

PAGE = "page"  # where a buyer agrees with us, not with the merchant's server
contracts, plans, prices = db.table(Contract), db.table(Plan), db.table(PlanPrice)


@dataclass(frozen=True)
class _Signed:
    """What is signed: the plan, what it costs in the currency, and the offer of this moment."""

    plan: Plan
    price: PlanPriceTerms
    offer: Offer


def sign_contract(
    business_id: uuid.UUID,
    plan_id: uuid.UUID,
    terms: SignTerms,
    *,
    buyer: Buyer,
    consent: Consent,
    contract_id: uuid.UUID,
    actor: str,
) -> uuid.UUID:
    """Sign a plan for a buyer and pay its first cycle by the channel that every other is paid by; the contract's id. It
    runs as soon as that is paid; while it is not, the contract is pending. Where a company deducts, the buyer agrees on
    its page first (the mandate's `action`), and the first cycle is deducted then. The same `contract_id` again goes on
    where the first call stopped.

    Raises:
        NotFound: no such plan. PlanUnavailable: it cannot be signed. Invalid: the buyer may not be sent back there.
            TermsChanged: they are not those that the buyer saw. AgreementNeeded: one was not accepted on our page.
            InsufficientFunds, NotOnSale, NoChannel and what else placing and paying an order refuses: nothing was
            begun.
    """
    order_id = derive(contract_id, "first order")

    if not is_wallet(terms.channel):
        write = partial(_write, plan_id, terms, buyer, consent, contract_id=contract_id, order_id=order_id, actor=actor)
        in_phase("sign_contract.write", business_id, lambda: None if _exists(contract_id) else write())
        start_mandate(business_id, contract_id)
        return contract_id

    def sign() -> tuple[bool, Begun | None]:
        if _exists(contract_id):
            order = lock_order(order_id)
            return order.needs_remote_reservation, _begin(order_id, terms.channel, contract_id, None)
        placed = _write(plan_id, terms, buyer, consent, contract_id=contract_id, order_id=order_id, actor=actor)
        if placed.needs_remote_reservation:
            return True, None
        return False, _begin(order_id, terms.channel, contract_id, placed)

    needs_remote_reservation, reserved = in_phase("sign_contract.reserve", business_id, sign)
    if needs_remote_reservation and reserved is None:
        reserve_remotely.reserve(business_id, order_id)
        reserved = in_phase(
            "sign_contract.pay", business_id, lambda: _begin(order_id, terms.channel, contract_id, None)
        )
    if reserved is not None:
        pay_order.call(business_id, reserved)
    return contract_id


def is_wallet(channel: str) -> bool:
    """Whether a contract's cycles are paid from the buyer's balance with us, which needs no mandate."""
    known = registry.CHANNELS.get(channel)
    return known is not None and known.capabilities.is_internal


def scene_of(channel: str) -> str:
    """How a contract's orders are paid at the wallet; otherwise nobody is shown anything."""
    return registry.CHANNELS[channel].capabilities.scenes[0] if is_wallet(channel) else SCENE


def _exists(contract_id: uuid.UUID) -> bool:
    mine = contracts.c.business_id == db.here(), contracts.c.id == contract_id
    return db.first(select(contracts.c.id).where(*mine)) is not None


def _begin(order_id: uuid.UUID, channel: str, contract_id: uuid.UUID, placed: Placed | None) -> Begun | None:
    order = placed or lock_order(order_id)
    if begin_payment.is_paid_free(order):
        return None
    return begin_payment.reserve(
        order,
        channel=channel,
        scene=scene_of(channel),
        return_url=None,
        request_id=derive(contract_id, "first payment"),
    )


def _write(
    plan_id: uuid.UUID,
    terms: SignTerms,
    buyer: Buyer,
    consent: Consent,
    *,
    contract_id: uuid.UUID,
    order_id: uuid.UUID,
    actor: str,
) -> Placed:
    signed = _signed(plan_id, terms)
    first = signed.offer.first
    largest = _largest(signed.plan, signed.price, terms)
    account = None if is_wallet(terms.channel) else _deducting(terms.channel, largest, contract_id)
    if account is not None:
        check_return_url(terms.return_url, account.return_origins, own=settings.current().public_url)
    _add_contract(signed, terms, buyer, consent, contract_id=contract_id, account=account)
    states.born(CONTRACT, contract_id, reason="signed", actor=actor)
    _add_consent(signed, terms, consent, contract_id=contract_id)
    if account is not None:
        return_url = terms.return_url or ""
        mandates.add(contract_id, account.id, scene=terms.scene, largest=largest, return_url=return_url)
    cycle = ContractOrder(
        contract_id=contract_id,
        unit_minor=signed.offer.unit.minor,
        starts_at=first.span.starts_at,
        ends_at=first.span.ends_at,
        expires_at=None,
        is_renewal=False,
    )
    placed = write_order(
        order_id,
        PlaceOrderCommand(
            items=[OrderItem(signed.plan.sku_id, terms.quantity)],
            buyer=buyer,
            currency=terms.currency,
            details={"metadata": dict(terms.details), "locale": consent.locale},
            contract=cycle,
        ),
    )
    if consent.given_to == PAGE:
        product_id = db.get(Sku, signed.plan.sku_id).product_id
        accept_agreements(order_id, consent.agreements, product_ids=[product_id], buyer_ip=consent.buyer_ip)
    amount = Money(placed.total_minor, placed.currency)
    signing.add_cycle(contract_id, first.number, first.span, amount=amount, order_id=order_id)
    return placed


def _largest(plan: Plan, price: PlanPriceTerms, terms: SignTerms) -> Money:
    """The most that one cycle costs, by this plan or another that the buyer can change to."""
    most = max(price.unit_minor, price.intro_minor or 0)
    if plan.change_group is not None:
        group = (
            prices.c.business_id == db.here(),
            prices.c.currency == price.currency,
            prices.c.plan_id.in_(
                select(plans.c.id).where(plans.c.business_id == db.here(), plans.c.change_group == plan.change_group)
            ),
        )
        most = max(most, int(db.scalar(select(func.max(prices.c.unit_minor)).where(*group)) or 0))
    return Money(most * terms.quantity, price.currency)


def _deducting(channel: str, largest: Money, contract_id: uuid.UUID) -> RoutingFacts:
    """The account of this channel (or of this id) whose company deducts so much.

    Raises:
        PlanUnavailable: the channel cannot. NoChannel: none of its accounts can now.
    """
    known = registry.CHANNELS.get(channel)
    text = "This payment method cannot be charged again without the buyer."
    if known is not None and not isinstance(known, Recurring):
        raise PlanUnavailable("channel_cannot_recur", text, details={"param": "channel"})
    if not largest.minor:
        raise PlanUnavailable("channel_cannot_recur", "There is nothing to deduct.", details={"param": "channel"})
    chosen = choose_route.choose(largest, seed=contract_id, scene=SCENE, requested_channel=channel, kind="deduction")
    return chosen.account


def _signed(plan_id: uuid.UUID, terms: SignTerms) -> _Signed:
    plan = signing.plan(plan_id)
    mine = prices.c.business_id == db.here(), prices.c.plan_id == plan_id, prices.c.currency == terms.currency
    price = rules.check_offered(plan, db.first(select(prices).where(*mine)), terms.currency, terms.quantity)
    zone = rules.check_zone(str(db.scalar(select(Business.time_zone).where(Business.id == db.here()))))
    offered = offers.offer(plan, price, quantity=terms.quantity, zone=zone, moment=clock.now())
    return _Signed(plan, price, offered)


def _add_consent(signed: _Signed, terms: SignTerms, consent: Consent, *, contract_id: uuid.UUID) -> None:
    """The terms as they stand above the button, in the buyer's language."""
    sentences = offers.describe(signed.plan, signed.price, signed.offer, quantity=terms.quantity)
    said = offers.consent_text(sentences, lambda each: translate(each, consent.locale))
    terms_hash = offers.text_hash(said)
    if consent.seen_hash not in (None, terms_hash):
        raise TermsChanged("terms_changed", N_("The terms have changed. Please read them again."))
    db.add(
        ContractConsent,
        contract_id=contract_id,
        given_to=consent.given_to,
        locale=consent.locale,
        terms=said,
        terms_hash=terms_hash,
        buyer_ip=consent.buyer_ip,
    )


def _add_contract(
    signed: _Signed,
    terms: SignTerms,
    buyer: Buyer,
    consent: Consent,
    *,
    contract_id: uuid.UUID,
    account: RoutingFacts | None,
) -> None:
    db.add(
        Contract,
        id=contract_id,
        plan_id=signed.plan.id,
        sku_id=signed.plan.sku_id,
        buyer_reference=buyer.reference,
        buyer_email=buyer.email,
        buyer_phone=buyer.phone,
        locale=consent.locale,
        channel=terms.channel if account is None else account.channel,
        channel_account_id=None if account is None else account.id,
        quantity=terms.quantity,
        currency=terms.currency,
        unit_minor=signed.price.unit_minor,
        intro_minor=signed.price.intro_minor,
        details=dict(terms.details),
        anchor_at=signed.offer.anchor.at,
        anchor_number=signed.offer.anchor.number,
        anchor_day=signed.offer.anchor.day,
        time_zone=signed.offer.zone,
        runs_from=signed.offer.first.span.starts_at,
        next_cycle=signed.offer.first.number,
    )

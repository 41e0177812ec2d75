"""The merchant's portal: one blueprint, one folder a section."""

from __future__ import annotations

from flask import Blueprint, Flask

from app.web.portal import access, buyers, orders, payments, reauthentication, wallets, webhooks
from app.web.portal.accounts import (
    account,
    approvals,
    closing,
    going_live,
    keys,
    password,
    privacy,
    security,
    settings,
    team,
)
from app.web.portal.catalog import (
    buyer_imports,
    categories,
    deliverables,
    images,
    imports,
    matrix,
    membership_imports,
    prices,
    products,
    sellers,
    stock,
)
from app.web.portal.checkout import agreements, appearance, brand, configurations, origins, playground
from app.web.portal.frame import frame
from app.web.portal.fulfilment import downloads, memberships, parcels, points, warehouses
from app.web.portal.insights import exports, home, lists, metrics, reports, requests
from app.web.portal.ledger import adjustments, bank_accounts, settlements
from app.web.portal.marketing import campaigns, coupons, promotions
from app.web.portal.notifications import alerts
from app.web.portal.operations import audit_log, flows, jobs, test_clock, trace
from app.web.portal.orders import bulk, reservations, splitting, tax_rates
from app.web.portal.payments import bank_transfers, channel_bills, channels, disputes, payment_orders, refunds, routing
from app.web.portal.reconciliation import cases
from app.web.portal.risk import risk_decisions, risk_entries, risk_reviews, risk_rules
from app.web.portal.settlement import clearing, holidays, partners, settlement_batches, settlement_holds, split_rules
from app.web.portal.subscriptions import contract_metrics, contracts, plans
from app.web.portal.wallets import movements
from app.web.portal.webhooks import inbound

SECTIONS = (
    security,
    *(matrix, prices, points, memberships, inbound, parcels, warehouses),
    *(metrics, alerts, reports),
    *(buyer_imports, membership_imports),
    *(team, password, privacy, settings, going_live, closing),
    *(
        home,
        orders,
        buyers,
        products,
        promotions,
        agreements,
        wallets,
        movements,
        reservations,
        bank_transfers,
        channels,
    ),
    *(
        routing,
        keys,
        requests,
        images,
        categories,
        downloads,
        coupons,
        stock,
        deliverables,
        splitting,
        tax_rates,
        imports,
        sellers,
        campaigns,
        audit_log,
    ),
    *(configurations, origins, playground, appearance, brand, approvals),
    *(account, webhooks, flows, jobs, trace, lists, exports, payments, refunds, bulk, payment_orders, cases),
    *(bank_accounts, settlements, adjustments, test_clock, contracts, contract_metrics, plans),
    *(partners, split_rules, clearing, settlement_batches, settlement_holds, holidays),
    *(channel_bills, disputes),
    *(risk_entries, risk_rules, risk_reviews, risk_decisions),
)


def init_portal(app: Flask) -> None:
    """Wire every section into the app; a route without a permission stops the start."""
    portal = Blueprint("portal", __name__, url_prefix="/portal")
    for section in SECTIONS:
        portal.register_blueprint(section.views.blueprint)
    portal.before_request(access.guard)
    portal.after_request(access.put_form_back)
    app.register_blueprint(portal)
    app.context_processor(frame)
    access.check_declared(app)
    reauthentication.init_reauthentication(app)

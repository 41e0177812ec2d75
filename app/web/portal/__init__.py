"""The merchant's portal: one blueprint, one folder a section."""

from __future__ import annotations

from flask import Blueprint, Flask

from app.web.portal import (
    access,
    account,
    agreements,
    alerts,
    appearance,
    approvals,
    audit_log,
    bank_transfers,
    brand,
    bulk,
    categories,
    channels,
    configurations,
    coupons,
    downloads,
    exports,
    flows,
    goods,
    home,
    imports,
    jobs,
    keys,
    lists,
    matrix,
    metrics,
    movements,
    orders,
    origins,
    password,
    payments,
    pictures,
    playground,
    points,
    prices,
    privacy,
    products,
    promotions,
    proof,
    refunds,
    reports,
    requests,
    reservations,
    routing,
    security,
    splitting,
    stock,
    team,
    trace,
    wallets,
    webhooks,
)
from app.web.portal.frame import frame

SECTIONS = (
    security,
    *(matrix, prices, points),
    *(metrics, alerts, reports),
    *(team, password, privacy),
    *(home, orders, products, promotions, agreements, wallets, movements, reservations, bank_transfers, channels),
    *(routing, keys, requests, pictures, categories, downloads, coupons, stock, goods, splitting, imports, audit_log),
    *(configurations, origins, playground, appearance, brand, approvals),
    *(account, webhooks, flows, jobs, trace, lists, exports, payments, refunds, bulk),
)


def init_portal(app: Flask) -> None:
    """Wire every section into the app; a route without a permission stops the start."""
    portal = Blueprint("portal", __name__, url_prefix="/portal")
    for section in SECTIONS:
        portal.register_blueprint(section.views.blueprint)
    portal.before_request(access.guard)
    app.register_blueprint(portal)
    app.context_processor(frame)
    access.check_declared(app)
    proof.init_proof(app)

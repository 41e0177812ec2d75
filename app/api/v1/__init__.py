"""The JSON for merchants' servers, under a secret key. One file per resource; `api` holds the surface."""

from app.api.v1.accounts import approvals, business, business_modes, keys, privacy, team
from app.api.v1.api import v1
from app.api.v1.catalog import (
    categories,
    deliverables,
    images,
    prices,
    product_imports,
    product_options,
    product_schedules,
    products,
    stock,
    systems,
)
from app.api.v1.checkout import (
    agreement_drafts,
    agreement_texts,
    agreements,
    appearance,
    brand,
    buyer_links,
    configurations,
    origins,
    sessions,
)
from app.api.v1.fulfilment import deliveries, entitlements, files, licence_keys, points
from app.api.v1.insights import exports, reports, request_logs, saved_views
from app.api.v1.ledger import bank_accounts, settlements
from app.api.v1.marketing import coupon_templates, coupons, promotions
from app.api.v1.notifications import alert_chats, alerts
from app.api.v1.operations import jobs, traces
from app.api.v1.orders import actions, bulk_runs, orders, receipts, reservations, splitting, tax_rates, transitions
from app.api.v1.payments import (
    attempts,
    channel_accounts,
    channel_terms,
    channels,
    payment_orders,
    refunds,
    route_previews,
    routing_rules,
)
from app.api.v1.reconciliation import bulk_cases, cases
from app.api.v1.wallets import holds, movements, payouts, wallets
from app.api.v1.webhooks import events, webhook_deliveries, webhook_endpoints

__all__ = [
    "agreement_drafts",
    "agreement_texts",
    "agreements",
    "alert_chats",
    "alerts",
    "appearance",
    "approvals",
    "attempts",
    "bank_accounts",
    "brand",
    "bulk_cases",
    "bulk_runs",
    "business",
    "business_modes",
    "buyer_links",
    "cases",
    "categories",
    "channel_accounts",
    "channel_terms",
    "channels",
    "configurations",
    "coupon_templates",
    "coupons",
    "deliveries",
    "entitlements",
    "events",
    "exports",
    "files",
    "holds",
    "deliverables",
    "images",
    "jobs",
    "keys",
    "licence_keys",
    "movements",
    "transitions",
    "actions",
    "orders",
    "origins",
    "payment_orders",
    "payouts",
    "points",
    "prices",
    "privacy",
    "product_imports",
    "product_options",
    "product_schedules",
    "products",
    "promotions",
    "receipts",
    "refunds",
    "reports",
    "request_logs",
    "reservations",
    "route_previews",
    "routing_rules",
    "saved_views",
    "sessions",
    "settlements",
    "splitting",
    "stock",
    "systems",
    "tax_rates",
    "team",
    "traces",
    "v1",
    "wallets",
    "webhook_deliveries",
    "webhook_endpoints",
]

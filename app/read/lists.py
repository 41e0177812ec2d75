"""The lists of the portal: each file makes one known to core/lists, by which pages, exports and the API find it."""

from __future__ import annotations

from app.read.buyers import buyers_list as buyers
from app.read.catalog import products_list as products
from app.read.catalog import sellers_list as sellers
from app.read.fulfilment import members_list as members
from app.read.fulfilment import parcels_list as parcels
from app.read.insights import requests_list as requests
from app.read.marketing import coupons_list as coupons
from app.read.orders import orders_list as orders
from app.read.payments import payments_list as payments
from app.read.payments import refunds_list as refunds
from app.read.reconciliation import cases_list as cases
from app.read.settlement import clearing_list as clearing
from app.read.settlement import partners_list as partners
from app.read.wallets import movements_list as movements
from app.read.webhooks import inbound_events as inbound
from app.read.webhooks import webhook_deliveries_list as webhook_deliveries

EVERY = (
    orders.ORDERS,
    buyers.BUYERS,
    cases.CASES,
    members.MEMBERS,
    movements.MOVEMENTS,
    parcels.PARCELS,
    payments.PAYMENTS,
    products.PRODUCTS,
    sellers.SELLERS,
    partners.PARTNERS,
    clearing.CLEARING,
    coupons.COUPON_TEMPLATES,
    coupons.COUPONS,
    refunds.REFUNDS,
    requests.REQUESTS,
    inbound.INBOUND_EVENTS,
    webhook_deliveries.WEBHOOK_DELIVERIES,
)

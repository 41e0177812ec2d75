"""The lists of the portal: each file makes one known to core/lists, by which pages, exports and the API find it."""

from __future__ import annotations

from app.read.lists import coupons as coupons
from app.read.lists import movements as movements
from app.read.lists import orders as orders
from app.read.lists import payments as payments
from app.read.lists import products as products
from app.read.lists import refunds as refunds
from app.read.lists import requests as requests
from app.read.lists import webhook_deliveries as webhook_deliveries

EVERY = (
    orders.ORDERS,
    movements.MOVEMENTS,
    payments.PAYMENTS,
    products.PRODUCTS,
    coupons.COUPON_TEMPLATES,
    coupons.COUPONS,
    refunds.REFUNDS,
    requests.REQUESTS,
    webhook_deliveries.WEBHOOK_DELIVERIES,
)

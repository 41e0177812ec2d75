"""The lists of the portal: each file makes one known to core/lists, by which pages, exports and the API find it."""

from __future__ import annotations

from app.read.lists import movements as movements
from app.read.lists import orders as orders
from app.read.lists import payments as payments
from app.read.lists import refunds as refunds
from app.read.lists import requests as requests

EVERY = (orders.ORDERS, movements.MOVEMENTS, payments.PAYMENTS, refunds.REFUNDS, requests.REQUESTS)

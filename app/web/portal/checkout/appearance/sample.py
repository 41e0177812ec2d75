"""A made-up checkout in each of its states, in the JSON that a panel speaks: for looking at, never for paying."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.lib import qr

Snapshot = dict[str, Any]

_TERMS = [
    ["p", "You buy ", ["strong", "membership time"], ". It begins with your payment and ends by itself."],
    ["ul", ["li", "You may use it on all of your own devices."], ["li", "Unused days are paid back on request."]],
]
_MONTH = {"id": "sku_1", "name": "1 month", "unit_price_minor": 900, "available": True, "specification": {}}
_YEAR = {"id": "sku_2", "name": "1 year", "unit_price_minor": 8900, "available": True, "specification": {}}
_CHANNELS = [
    ("cha_card", "Card", "web", True),
    ("cha_scan", "Scan and pay", "qr", True),
    ("cha_bank", "Bank transfer", "bank", True),
    ("cha_late", "Pay later", "web", False),
]


def sample(state: str = "form") -> Snapshot:
    """The snapshot of a state; `STATES` names them."""
    return STATES[state]()


def _line(key: str, name: str, sku: Snapshot, quantity: int) -> Snapshot:
    subtotal = int(sku["unit_price_minor"]) * quantity
    product: Snapshot = {"id": f"prd_{key}", "name": name, "image": None, "options": []}
    return {
        "key": key, "sku_id": sku["id"], "product": product, "name": sku["name"], "specification": {}, "skus": [sku],
        "quantity": quantity, "quantity_min": 1, "quantity_max": 10, "unit_price_minor": sku["unit_price_minor"],
        "subtotal_minor": subtotal, "discount_minor": 0, "total_minor": subtotal, "available": True,
    }  # fmt: skip


def _form(**changes: Any) -> Snapshot:
    line = {**_line("1", "Membership", _YEAR, 1), "skus": [_MONTH, _YEAR]}
    only = ("skus", "sku_id", "quantity", "quantity_min", "quantity_max", "unit_price_minor")
    text = "All articles and the whole archive, on every device."
    product = {**line["product"], "description": text, "description_content": [["p", text]], "attributes": []}
    terms = {"id": "agr_1", "code": "terms", "version": 2, "title": "terms of membership", "body": "",
             "content": _TERMS, "locale": "en", "hash": "0"}  # fmt: skip
    return {
        "session_id": "ses_sample", "version": 1, "status": "ready", "mode": "live", "locale": "en",
        "merchant": {"name": "Northwind Press", "website": None, "logo": None},
        "lines": [line], "product": product, **{name: line[name] for name in only},
        "steps": [{"code": "promotion", "text": "Welcome: 10 % off $89.00", "discount_minor": 890}],
        "discounts": [{"name": "Welcome offer", "amount_minor": 890}],
        "coupons": [], "coupons_open": True, "subtotal_minor": 8900, "discount_minor": 890, "total_minor": 8010,
        "currency": "USD", "currency_exponent": 2,
        "payment_methods": [{"id": each, "name": each, "title": title, "scene": scene, "available": available,
                      "reason": None if available else "currency"} for each, title, scene, available in _CHANNELS],
        "payment_method_id": "cha_card", "wallet": None, "agreements": [terms], "action": None, "error": None,
        "order_id": None, "order_changeable": False, "receipt_url": None, "return_url": None, "hosted_url": "/",
        "expires_at": "2030-05-01T12:00:00+00:00", "delivered": True, "request_id": "req_sample", **changes,
    }  # fmt: skip


def _cart() -> Snapshot:
    lines = [
        _line("1", "Membership", _YEAR, 1),
        {**_line("2", "Serif family", {**_MONTH, "id": "sku_3", "name": "Desktop", "unit_price_minor": 2500}, 2)},
        {**_line("3", "Night reader", {**_MONTH, "id": "sku_4", "name": "", "unit_price_minor": 450}, 1)},
    ]
    coupon = {"code": "SPRING", "name": "Spring", "discount_minor": 890, "reason": None, "text": None}
    one = ("product", "sku_id", "quantity", "quantity_min", "quantity_max", "unit_price_minor")
    steps = [{"code": "coupon", "text": "Spring: $8.90 off memberships", "discount_minor": 890}]
    return _form(
        lines=lines, **dict.fromkeys(one), skus=[], steps=steps, coupons=[coupon],
        discounts=[{"name": "Coupon SPRING", "amount_minor": 890}], subtotal_minor=14350, total_minor=13460,
    )  # fmt: skip


def _wallet() -> Snapshot:
    return _form(wallet={"available_minor": 2500, "used_minor": 0})


def _free() -> Snapshot:
    return _form(discounts=[{"name": "Welcome offer", "amount_minor": 8900}], discount_minor=8900, total_minor=0)


def _failed() -> Snapshot:
    why = "The card was declined. Please try another payment method."
    error = {"code": "declined", "type": "channel", "message": why, "retryable": True}
    return _ordered("failed", error=error, order_changeable=True)


def _ordered(status: str, **changes: Any) -> Snapshot:
    return _form(**{"status": status, "order_id": "ord_01k2v8q5m4e7j9w3x6c0", "agreements": [], **changes})


def _action(kind: str, channel: str = "cha_card", **more: Any) -> Callable[[], Snapshot]:
    action = {"type": kind, "url": "https://pay.example.com/p/8d41", **more}
    return lambda: _ordered("requires_action", action=action, payment_method_id=channel)


def _qr() -> Snapshot:
    content = "https://pay.example.com/p/8d41c0"
    code = qr.draw(content)
    drawn = {"content": content, "content_svg_path": code.path, "content_svg_size": code.size}
    return _action("qr", "cha_scan", **drawn)()


_BANK = {
    "account_holder": "Northwind Press Ltd",
    "bank_name": "First Bank",
    "account_number": "GB33 BUKB 2020 1555 5555 55",
}

STATES: dict[str, Callable[[], Snapshot]] = {
    "form": _form,
    "cart": _cart,
    "wallet": _wallet,
    "free": _free,
    "failed": _failed,
    "requires_action": _action("redirect"),
    "showing_qr": _qr,
    "awaiting_app": _action("app"),
    "bank": _action("instructions", "cha_bank", reference="NW-4821-77", details=_BANK, url=None),
    "processing": lambda: _ordered("processing"),
    "unknown": lambda: _ordered("unknown"),
    "succeeded": lambda: _ordered("succeeded", return_url="https://shop.example.com/thanks", receipt_url="/"),
    "preparing": lambda: _ordered("succeeded", delivered=False, receipt_url="/"),
    "expired": lambda: _form(status="expired"),
    "cancelled": lambda: _form(status="cancelled"),
}

"""What a buyer is told when something cannot be done, by the code of the error (docs/reference/errors.md)."""

from __future__ import annotations

from app.core.i18n.marks import N_

_LOOK_AGAIN = N_("Your order was changed in another window. Please review it.")
SOMETHING = N_("Something went wrong. Please try again.")
_ORDERED = N_("Your order has already been placed and can no longer be changed.")
_OTHER_WAY = N_("Please choose another payment method.")
_OVER = N_("This checkout has expired. Please start again from the shop.")
_GONE = N_("This is no longer on sale.")
_NOT_SELLING = N_("This shop is not taking payments at the moment.")
_LATER = N_("This shop is taking no new orders at the moment. Please come back a little later.")
_WAIT = N_("Too many attempts. Please wait a while.")

REFUSALS = {
    "business_suspended": _NOT_SELLING,
    "business_closed": _NOT_SELLING,
    "orders_later": _LATER,
    "agreement_required": N_("Please accept the terms to continue."),
    "out_of_stock": N_("There are not enough left in stock."),
    "channel_unavailable": _OTHER_WAY,
    "payment_method_required": _OTHER_WAY,
    "request_unsupported": _OTHER_WAY,
    "payment_method_mismatch": N_("This price is for another payment method."),
    "payment_in_progress": N_("Your payment is already in progress."),
    "price_changed": N_("The price has changed. Please review it before you pay."),
    "not_on_sale": _GONE,
    "no_price": _GONE,
    "currency_not_accepted": _GONE,
    "configuration_inactive": _GONE,
    "coupons_closed": N_("This checkout does not accept codes."),
    "quantity_not_allowed": N_("This quantity is not available."),
    "buyer_limit": N_("You have reached the limit per buyer for this item."),
    "sku_twice": N_("This is already in your order. Change its quantity there."),
    "last_line": N_("The last item cannot be removed. You can cancel the checkout instead."),
    "no_such_line": _LOOK_AGAIN,
    "session_changed": _LOOK_AGAIN,
    "version_conflict": _LOOK_AGAIN,
    "already_ordered": _ORDERED,
    "session_closed": _OVER,
    "session_expired": _OVER,
    "client_secret_invalid": _OVER,
    "order_state": _OVER,
    "plan_archived": N_("This membership is not offered any more."),
    "plan_quantity": N_("This quantity is not available."),
    "plan_no_price": N_("This membership is not sold in this currency."),
    "channel_cannot_recur": _OTHER_WAY,
    "terms_changed": N_("The terms have changed. Please read them again."),
    "contract_state": N_("This is not possible any more."),
    "nothing_to_pay": N_("This is not possible any more."),
    "cycle_in_progress": N_("Your payment is already in progress."),
    "order_expired": _OVER,
    "not_reserved": N_("The shop could not reserve this item. Nothing was ordered. Please try again."),
    "wallet_not_allowed": N_("Please sign in at the shop to pay from your balance."),
    "insufficient_funds": N_("Your balance is too low for this payment."),
    "amount_too_large": N_("This amount is too large for a single payment."),
    "too_many_declines": N_("Several payments were declined. Please wait a moment, then try again."),
    "means_declined": N_(
        "Payments with this card or account were declined too often. Please wait a while, then try again."
    ),
    "declines_exhausted": N_("Too many payments were declined. Please come back later or contact the shop."),
    "risk_blocked": N_("This payment cannot be accepted. Please contact the shop."),
    "risk_review": N_("The shop is checking this payment. Nothing was charged. Please try again in a few minutes."),
    "email_required": N_("Enter your email address."),
    "email_invalid": N_("Enter a valid email address."),
    "email_unverified": N_("Confirm your email address with the code that we send you."),
    "phone_required": N_("Enter your phone number."),
    "phone_invalid": N_("Enter a phone number with its country code, such as +49 151 12345678."),
    "address_required": N_("Enter the address to ship to."),
    "field_required": N_("Fill in everything that is required."),
    "field_invalid": N_("Check what you entered."),
    "code_invalid": N_("This code is wrong or has expired. Check it, or request a new one."),
    "mail_code_limit": N_("Too many codes were requested. Please wait a while."),
    "mail_off": SOMETHING,
    "invalid_buyer": SOMETHING,
    "too_many_codes": _WAIT,
    "rate_limited": _WAIT,
    "unknown_split_strategy": SOMETHING,
    "internal": SOMETHING,
    "unavailable": SOMETHING,
    "storage": SOMETHING,
}

# What a buyer meets only where a page or a program is at fault: they read SOMETHING, the page's author the code.
FOR_PROGRAMMERS = frozenset(
    {
        *(
            "buyer_token_invalid",
            "api_key_expired",
            "api_key_invalid",
            "bad_request",
            "body_too_large",
            "denied",
            "idempotency_in_flight",
        ),
        *("idempotency_key_invalid", "idempotency_key_missing", "idempotency_key_reused", "invalid_amount"),
        *("invalid_parameter", "line_needed", "malformed_body", "mixed_currencies", "not_found", "origin_denied"),
        *("return_url_denied", "too_many_streams", "unauthenticated", "unsupported_media_type", "wrong_currency"),
        "business_not_activated",
        "wrong_product",
    }
)
# Whose message is written for buyers where it is raised, with what it is about.
SAYS_ITSELF = frozenset({"coupon_refused"})

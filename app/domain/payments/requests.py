"""What a company can be asked for at all. Whatever is not passes no further: nothing is written, nobody is asked, and
no attempt is left whose end nobody knows."""

from __future__ import annotations

import re

from app.core import ids
from app.core.money import MAX_MINOR
from app.domain.payments.channels.types import (
    Capabilities,
    Channel,
    DeductionRequest,
    PayoutRequest,
    PayRequest,
    RefundRequest,
    Request,
    Settings,
    Validating,
)
from app.domain.payments.errors import Unsupported

MAX_TEXT_LENGTH = 4_000
MAX_ADDRESS_LENGTH = 2_048
_KINDS = {
    PayRequest: {"charge"},
    RefundRequest: {"refund"},
    PayoutRequest: {"withdrawal", "payout"},
    DeductionRequest: {"deduction"},
}


def validate(channel: Channel, settings: Settings, request: Request) -> None:
    """Refuse what this channel cannot put to its company, by its capabilities and by its own word.

    Raises:
        Unsupported: `details.reason` says what it is about.
    """
    can = channel.capabilities
    if not _KINDS[type(request)] & can.kinds:
        raise Unsupported("kind_unsupported", f"{channel.title} does not support this.")
    _check_reference(request.attempt_ref)
    _check_amount(can, request)
    _check_texts(request)
    if isinstance(request, PayRequest):
        _check_scene(can, request)
    if isinstance(request, PayoutRequest) and not pays_to(can, request.payee_account):
        raise Unsupported("payee_account_invalid", f"{channel.title} cannot pay to this account.")
    if isinstance(channel, Validating):
        channel.validate_request(settings, request)


def pays_to(can: Capabilities, payee_account: str) -> bool:
    """Whether the account reads like one that the channel pays out to."""
    return can.payees is None or re.fullmatch(can.payees, payee_account) is not None


def _check_reference(ref: str) -> None:
    """Companies take it as our number of the payment; some find a payment by when its number was made."""
    known = ids.try_parse(ref, "att")
    if known is None or ids.made_at(known) is None:
        raise Unsupported("reference_unsupported", "This attempt’s ID is too long for the payment company.")


def _check_amount(can: Capabilities, request: Request) -> None:
    amount = request.amount
    if can.currencies and amount.currency not in can.currencies:
        raise Unsupported("currency_unsupported", f"{amount.currency} is not supported.")
    largest = MAX_MINOR if can.max_minor is None else can.max_minor
    if isinstance(request, RefundRequest):
        paid = request.charge_amount
        if amount.currency != paid.currency:
            raise Unsupported("currency_unsupported", f"It was paid in {paid.currency}.")
        smallest, largest = 1, paid.minor
    else:
        smallest = can.min_minor
    if not smallest <= amount.minor <= largest:
        raise Unsupported("amount_unsupported", "The amount is outside the supported range.")


def _check_texts(request: Request) -> None:
    for name, value in vars(request).items():
        if not isinstance(value, str):
            continue
        longest = MAX_ADDRESS_LENGTH if name.endswith("_url") else MAX_TEXT_LENGTH
        if len(value) > longest or "\x00" in value or not _is_unicode(value):
            raise Unsupported("text_unsupported", f"{name} is too long or contains unsupported characters.")
        if name.endswith("_url") and not value.startswith(("https://", "http://")):
            raise Unsupported("address_unsupported", f"{name} is not a valid URL.")


def _is_unicode(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a pair
        return False
    return True


def _check_scene(can: Capabilities, request: PayRequest) -> None:
    if can.is_internal or can.is_manual:
        return  # nobody outside shows the buyer anything
    if request.scene not in can.scenes:
        raise Unsupported("scene_unsupported", f"The scene {request.scene} is not supported.")
    detail = can.required_details.get(request.scene)
    if detail and not request.details.get(detail):
        raise Unsupported("detail_missing", f"The scene {request.scene} needs the payer's {detail}.")

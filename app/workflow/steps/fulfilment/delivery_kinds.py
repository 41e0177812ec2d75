"""Every kind of delivery by name: those of the noun, those that meet other nouns, and those that others do."""

from __future__ import annotations

from app.domain.fulfilment.kinds.registry import KINDS
from app.domain.fulfilment.types import SHIPPING, DeliveryKind
from app.workflow.steps.wallets.give_credit import CreditKind

CALLBACK = "callback"
CREDIT = "credit"
DOWNLOAD = "download"
ENTITLEMENT = "entitlement"
OUR_KINDS: dict[str, DeliveryKind] = {**KINDS, CREDIT: CreditKind()}
DELIVERY_KINDS = (*OUR_KINDS, CALLBACK, SHIPPING)

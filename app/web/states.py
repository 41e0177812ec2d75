"""The states and sets of states that templates may name, each as it is defined in its noun."""

from __future__ import annotations

from typing import Any

from flask import Flask

from app.domain.accounts.business.states import ApprovalStatus
from app.domain.buyers.states import BuyerStatus
from app.domain.catalog.sellers.states import SellerStatus
from app.domain.catalog.states import DISCARDABLE, PUBLISHABLE, ImportStatus, ProductStatus
from app.domain.fulfilment.parcels.states import ParcelStatus
from app.domain.fulfilment.states import DeliveryStatus, LicenceKeyStatus
from app.domain.ledger.adjustments.states import AdjustmentStatus
from app.domain.ledger.settlements.states import SettlementStatus
from app.domain.marketing.campaigns.states import CampaignStatus
from app.domain.marketing.states import STARTABLE, CouponStatus, PromotionStatus, TemplateStatus
from app.domain.orders.reservations.states import ReservationStatus
from app.domain.orders.states import PAYABLE, OrderStatus
from app.domain.payments.channel_bills.states import BillStatus
from app.domain.payments.disputes.states import DisputeStatus
from app.domain.payments.payment_orders.states import CANCELLABLE, DOWNLOADABLE, PaymentLineStatus, PaymentOrderStatus
from app.domain.payments.states import AttemptStatus, BankTransferStatus, TransactionStatus
from app.domain.reconciliation.states import CaseStatus
from app.domain.risk.states import ReviewStatus, RuleSetStatus
from app.domain.settlement.batches.states import PAYABLE_BATCHES, BatchStatus
from app.domain.settlement.clearing.states import VersionStatus
from app.domain.settlement.holds.states import SettlementHoldStatus
from app.domain.settlement.partners.states import PartnerStatus
from app.domain.signing.states import ChangeStatus, ContractStatus, CycleStatus, PlanStatus
from app.domain.webhooks.states import EndpointStatus, WebhookDeliveryStatus

_ENUMS = (
    AdjustmentStatus,
    ApprovalStatus,
    AttemptStatus,
    BankTransferStatus,
    BuyerStatus,
    BatchStatus,
    CampaignStatus,
    CaseStatus,
    ContractStatus,
    PlanStatus,
    CouponStatus,
    ChangeStatus,
    CycleStatus,
    DeliveryStatus,
    BillStatus,
    DisputeStatus,
    EndpointStatus,
    ImportStatus,
    LicenceKeyStatus,
    OrderStatus,
    ParcelStatus,
    PartnerStatus,
    PaymentLineStatus,
    PaymentOrderStatus,
    ProductStatus,
    PromotionStatus,
    ReservationStatus,
    SellerStatus,
    ReviewStatus,
    RuleSetStatus,
    SettlementHoldStatus,
    SettlementStatus,
    TemplateStatus,
    TransactionStatus,
    VersionStatus,
    WebhookDeliveryStatus,
)
NAMES: dict[str, Any] = {
    **{each.__name__: each for each in _ENUMS},
    "CANCELLABLE": CANCELLABLE,
    "DISCARDABLE": DISCARDABLE,
    "DOWNLOADABLE": DOWNLOADABLE,
    "PAYABLE": PAYABLE,
    "PAYABLE_BATCHES": PAYABLE_BATCHES,
    "PUBLISHABLE": PUBLISHABLE,
    "STARTABLE": STARTABLE,
}


def init_states(app: Flask) -> None:
    """Make them known to every template."""
    app.jinja_env.globals.update(NAMES)

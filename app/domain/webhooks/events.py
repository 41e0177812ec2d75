"""The catalogue of what the outside hears, and how an event is shown there: the same body at /v1/events and in every
delivery. Data are ids and amounts as they were when it happened; an object is read for the rest."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, TypedDict

from app.core.ids import show
from app.domain.webhooks.event_type import PREFIXES, EventType, types_of

_MONEY = ("transaction_id", "amount_minor", "currency")
_COUPON = ("coupon_id", "coupon_template_id")
_USE = ("order_id", "coupon_template_id", "coupon_id?", "spent_minor")
_DELIVERY = ("delivery_id", "order_id")
_SAID = ("amount_minor?", "currency?", "reason?")
_MEMBERSHIP = ("membership_id", "product_id", "buyer_reference", "level", "ends_at")
_PAYMENT = ("transaction_id", "order_id?")

EVENT_TYPES: dict[str, EventType] = {
    each.topic: each
    for each in (
        *types_of(
            ("order_id",),
            order__created="An order was placed and is not paid yet.",
            order__paid="The order is fully paid. If you deliver yourself, deliver now.",
            order__payment_failed="A payment failed. The buyer can retry until the order expires.",
            order__fulfilled="All deliverables were delivered.",
            order__completed="The buyer confirmed receipt, or the objection period ended.",
            order__refund_failed="A full refund was refused; the order returned to its previous state.",
            order__refunded="The order was fully refunded.",
        ),
        *types_of(
            ("order_id", "reason?"),
            order__closed="The order was closed without payment. After changed_by_buyer another order follows.",
        ),
        *types_of(
            _PAYMENT,
            payment__succeeded="A payment or another movement of money succeeded.",
            payment__failed="A payment or another movement of money failed.",
            payment__cancelled="A payment or another movement of money was cancelled.",
        ),
        *types_of(
            ("parcel_id", "order_id"),
            parcel__packed="A parcel was packed and waits to be shipped.",
            parcel__shipped="A parcel left. The buyer is told by email.",
            parcel__delivered="A parcel arrived. Lines all of whose units arrived are delivered.",
            parcel__lost="A parcel was lost on its way.",
            parcel__returned="A parcel came back. Refund its lines if the buyer is owed money.",
            parcel__cancelled="A parcel was unpacked before it left, or its order was refunded.",
        ),
        *types_of(
            ("attempt_id", "order_id?", "transaction_id?"),
            payment__unknown="The outcome of an attempt is unknown; we poll for it.",
        ),
        *types_of(
            ("order_id", "attempt_id", "kind"),
            payment__surplus="A payment arrived for an order that needs none; it is refunded automatically.",
        ),
        *types_of(("order_id", *_MONEY), refund__succeeded="Money was refunded to the buyer."),
        *types_of(
            _MONEY,
            top_up__succeeded="A wallet was topped up.",
            top_up__failed="A top-up failed.",
            transfer__succeeded="Money was transferred between wallets.",
            withdrawal__succeeded="Money was withdrawn from a wallet.",
            withdrawal__failed="A withdrawal failed; the money is back in the wallet.",
            payout__succeeded="Money was paid out.",
            payout__failed="A payout failed.",
        ),
        *types_of(
            (*_MONEY, "reason?"),
            withdrawal__returned="The payee’s bank returned a withdrawal; the money is back in the wallet.",
            payout__returned="The payee’s bank returned a payout; the money is owed to the merchant again.",
        ),
        *types_of(
            ("payment_order_id",),
            payment_order__created="A payment order was made and waits for a second person.",
            payment_order__approved="A payment order was approved and can be downloaded.",
            payment_order__sent="The file of a payment order was downloaded for the bank.",
            payment_order__completed="Every line of a payment order was executed or rejected.",
            payment_order__cancelled="A payment order was cancelled; its movements wait for another one.",
        ),
        *types_of(
            ("hold_id", "buyer_reference", "amount_minor", "currency"),
            wallet_hold__created="A hold was placed on a part of a wallet.",
            wallet_hold__released="A hold was released, in whole or in part: the money can be spent again.",
        ),
        *types_of(
            _DELIVERY,
            delivery__delivered="A delivery succeeded.",
            delivery__failed="A delivery failed and is refunded.",
            delivery__revoked="A delivered item was revoked.",
            delivery__revocation_failed="A delivered item could not be revoked although it was refunded.",
        ),
        *types_of(
            _MEMBERSHIP,
            membership__started="A buyer became a member, or is one again.",
            membership__changed="A membership ends at another time: extended, shortened or refunded in part.",
            membership__ending="A membership ends soon: as many days before as your settings say.",
            membership__ended="A membership ended.",
        ),
        *types_of(
            (*_MEMBERSHIP, "previous_level"),
            membership__level_changed="A member is at another level from now on.",
        ),
        *types_of(
            (*_COUPON, "campaign_id?"),
            coupon__issued="A coupon was issued, by a campaign if it names one.",
        ),
        *types_of(
            _COUPON,
            coupon__expired="A coupon expired.",
            coupon__revoked="A coupon was revoked.",
        ),
        *types_of(
            ("campaign_id",),
            campaign__scheduled="A campaign waits for its start.",
            campaign__started="A campaign started, or went on after a pause.",
            campaign__paused="A campaign was paused, or paused because its coupon cannot be issued.",
            campaign__ended="A campaign ended: by hand, at its end, or because its coupons or budget are used up.",
        ),
        *types_of(
            _USE,
            coupon__used="A coupon was used by a paid order.",
            coupon__returned="A coupon can be used again.",
        ),
        *types_of(
            ("checkout_session_id",),
            checkout_session__completed="The buyer confirmed and an order was placed.",
            checkout_session__expired="The session expired without confirmation.",
            checkout_session__cancelled="It was cancelled.",
        ),
        *types_of(
            ("buyer_id",),
            buyer__created="A buyer is known: by the API, in the portal, by a paid order or a proven mailbox.",
            buyer__updated="A buyer’s contact, name, groups, attributes or addresses changed.",
            buyer__erased="A buyer was erased; a pseudonym is left.",
        ),
        *types_of(
            ("buyer_id", "merged_into_id"),
            buyer__merged="A buyer was merged into another one, who has everything of theirs now.",
        ),
        *types_of(
            ("product_id",),
            product__published="A product went on sale.",
            product__unpublished="A product was taken off sale.",
        ),
        *types_of(
            ("seller_id",),
            seller__created="A seller was created.",
            seller__updated="A seller’s name, reference or contact changed.",
            seller__archived="A seller was archived.",
            seller__restored="An archived seller is active again.",
        ),
        *types_of(
            ("partner_id",),
            partner__created="A partner was added.",
            partner__updated="A partner changed.",
            partner__suspended="A partner was suspended: it gets its shares, but no money.",
            partner__resumed="A suspended partner is active again.",
            partner__closed="A partnership ended.",
        ),
        *types_of(
            ("order_id", "risk_decision_id"),
            risk__payment_blocked="Your rules refused a payment; its order was closed.",
        ),
        *types_of(
            ("order_id", "risk_review_id"),
            risk__review_opened="Your rules held a payment; somebody has to release or refuse it.",
            risk__review_decided="Somebody released a held payment, or refused it and closed its order.",
        ),
        *types_of(
            ("risk_rule_set_id",),
            risk__rules_on="A rule set was approved and decides about payments.",
            risk__rules_off="A rule set no longer decides about payments.",
        ),
        *types_of(("split_rule_id",), split_rule__in_force="A version of a split rule was approved."),
        *types_of(
            ("settlement_id",),
            settlement__recorded="What a payment company paid to the bank was recorded, and waits for a second person.",
            settlement__confirmed="A second person saw a settlement in the bank; it is in the ledger.",
            settlement__rejected="A settlement was rejected before it was in the ledger.",
            settlement__reversed="A confirmed settlement was reversed by an adjustment.",
        ),
        *types_of(
            ("adjustment_id",),
            adjustment__requested="An adjustment of the ledger was requested, and waits for a second person.",
            adjustment__posted="A second person approved an adjustment; it is in the ledger.",
            adjustment__rejected="An adjustment was rejected or taken back; nothing was posted.",
            adjustment__reversed="A posted adjustment was reversed by another one.",
        ),
        *types_of(
            ("settlement_batch_id",),
            settlement_batch__closed="What a partner is owed was closed into a batch.",
            settlement_batch__approved="A second person approved a batch.",
            settlement_batch__paid="A partner was paid.",
            settlement_batch__failed="The payment of a batch failed; it can be paid again.",
            settlement_batch__returned="The partner’s bank returned a payment; it can be paid again.",
        ),
        *types_of(
            ("settlement_hold_id",),
            settlement_hold__placed="Money of partners was put on hold: of a partner, an order or a line.",
            settlement_hold__released="A hold was released.",
        ),
        *types_of(("order_id",), clearing__cleared="The lines of an order were divided among partners."),
        *types_of(
            ("order_id", "transaction_id?", "dispute_id?"),
            clearing__reversed="A refund or a lost dispute took back what it returned of partners’ shares.",
        ),
        *types_of(
            ("case_id", "kind", "order_id?"),
            case__opened="A case was opened: something needs a person.",
            case__updated="A case was assigned, snoozed, commented on or escalated.",
            case__resolved="A case was resolved, by itself or by a person.",
        ),
        *types_of(
            ("channel_notice_id", "channel_account_id", "contract_id?", "subject_ref", "event", "status"),
            channel_notice__contract_received="A payment company reported on a contract to deduct: signed or ended.",
        ),
        *types_of(
            ("channel_notice_id", "channel_account_id", "attempt_id?", "subject_ref", "event", "status", *_SAID),
            channel_notice__dispute_received="A payment company reported on a buyer’s dispute or complaint.",
            channel_notice__payment_method_received="A payment company reported that a buyer’s payment method is gone.",
            channel_notice__payout_received="A payment company reported a payout to your bank.",
            channel_notice__bill_received="A payment company reported that a bill can be read.",
        ),
        *types_of(
            ("dispute_id", "channel_account_id", "order_id?"),
            dispute__opened="A payment company reported a new dispute or complaint about a payment.",
            dispute__needs_response="A payment company waits for your answer to a dispute again.",
            dispute__under_review="A dispute was answered; the payment company or the bank reviews it.",
            dispute__won="A dispute was decided in your favor; what was held is yours again.",
            dispute__lost="A dispute was lost; the buyer has the money.",
            dispute__partly_lost="A dispute was lost in part; the buyer has a part of the money.",
            dispute__accepted="You accepted a dispute; the buyer has the money.",
            dispute__closed="A dispute ended without a decision about money.",
        ),
        *types_of(
            ("channel_bill_id", "channel_account_id", "day"),
            channel_bill__fetched="A payment company’s bill of a day was fetched; its lines can be read.",
            channel_bill__late="A payment company’s bill of a day is not there in time. We keep asking for it.",
            channel_bill__failed="A payment company never gave its bill of a day. We do not ask for it any more.",
        ),
        *types_of(
            ("test_clock_id",),
            test_clock__advancing="A test clock is moving the time of your test business on.",
            test_clock__ready="A test clock arrived; what was due on the way was done.",
            test_clock__internal_failure="A test clock stopped on the way; advance it again.",
        ),
        *types_of(
            ("contract_id",),
            contract__trialing="A contract was signed and its trial began.",
            contract__active="A contract was signed and paid, or is paid for again.",
            contract__paused="A contract was paused; nothing is charged.",
            contract__resumed="A paused contract runs again.",
            contract__updated="A contract was cancelled at the end of its period, or kept after all.",
        ),
        *types_of(
            ("contract_id", "next_attempt_at?"),
            contract__past_due="A cycle of a contract could not be charged; without `next_attempt_at` it is not tried "
            "again.",
        ),
        *types_of(
            ("contract_id", "change_id", "order_id?"),
            contract__change_scheduled="A change of a contract will be made when its period ends.",
            contract__changed="A change of a contract is in force: its plan, quantity or calendar is another one. "
            "`order_id` is the order of the cycle that it ended early.",
            contract__change_cancelled="A scheduled change of a contract was taken back, or its contract has ended.",
            contract__change_failed="A change of a contract could not be charged; the contract goes on as it was.",
        ),
        *types_of(("contract_id", "reason"), contract__ended="A contract ended; nothing is charged any more."),
        *types_of(
            ("cycle_id", "contract_id?", "order_id?"),
            cycle__paid="A cycle of a contract was paid.",
            cycle__unpaid="A cycle of a contract was given up; its order is closed.",
            cycle__skipped="A cycle of a contract was missed, and is not charged.",
            cycle__refunded="The order of a cycle was refunded in full.",
        ),
        *types_of(
            ("cycle_id", "contract_id", "order_id?", "reason?", "next_attempt_at?"),
            cycle__payment_failed="A cycle could not be charged (`reason`); without `next_attempt_at` it is given up.",
        ),
        *types_of(
            ("webhook_endpoint_id", "reason?"),
            webhook_endpoint__paused="An endpoint was paused; its events are queued.",
            webhook_endpoint__enabled="An endpoint was enabled again.",
        ),
        *types_of(("webhook_endpoint_id", "note"), webhook__test="A test event, sent to this endpoint only."),
    )
}


class EventBody(TypedDict):
    """An event as the outside sees it."""

    id: str
    type: str
    object_id: str | None
    sequence: int
    created_at: str
    data: dict[str, Any]


def body_of(
    event_id: uuid.UUID, topic: str, *, object_id: uuid.UUID, sequence: int, at: datetime, payload: dict[str, Any]
) -> EventBody:
    """An event as the outside sees it. `object_id` is shown as the member of the payload that names it is."""
    moment = at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
    named = next((name for name, value in payload.items() if value == str(object_id) and name in PREFIXES), None)
    return {
        "id": show("evt", event_id),
        "type": topic,
        "object_id": show(PREFIXES[named], object_id) if named else None,
        "sequence": sequence,
        "created_at": moment,
        "data": _shown(payload),
    }


def is_filter(text: str) -> bool:
    """Whether an endpoint may ask for this: a type, `order.*` for all of an object's, `*` for all."""
    heads = {topic.partition(".")[0] for topic in EVENT_TYPES}
    return text == "*" or text in EVENT_TYPES or (text.endswith(".*") and text[:-2] in heads)


def _shown(payload: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name, value in payload.items():
        if not name.endswith("_id"):
            shown[name] = value
        elif name in PREFIXES and value is not None:
            shown[name] = show(PREFIXES[name], uuid.UUID(value))
    return shown


INTERNAL_TOPICS = frozenset({"contract.refund_due", "order.clearing_due", "order.coupons_due"})

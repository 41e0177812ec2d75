"""A shop that shares its revenue: partners, and rules that two people have put in force."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, func, select

from app.core.ids import show
from app.core.last_read import LastRead
from app.domain.ledger.models import LedgerAccount, LedgerEntry
from app.domain.payments.channels.types import Outcome
from app.domain.payments.types import Payee
from app.domain.settlement.batches.models import SettlementBatch
from app.domain.settlement.clearing.models import ClearingEntry, SplitRuleVersion
from app.domain.settlement.clearing.types import ShareTerms, SplitTerms
from app.domain.settlement.partners.states import PartnerKind
from app.workflow.accounts.approvals import decide_approval
from app.workflow.orders.complete_orders import complete_order
from app.workflow.payments import record_result
from app.workflow.settlement import (
    change_payee,
    close_batches,
    hold_money,
    manage_holidays,
    manage_partners,
    manage_split_rules,
    pay_batch,
)
from app.workflow.settlement.hold_money import HoldCommand
from app.workflow.settlement.manage_partners import PartnerCommand
from app.workflow.settlement.manage_split_rules import RuleCommand, VersionCommand
from tests.factories.people import make_user
from tests.factories.shop import Shop


@dataclass(frozen=True)
class Sharer:
    """The shop's two owners, with the verbs a test of clearing needs."""

    shop: Shop
    maker: str
    checker: str

    def partner(self, name: str = "Ada", *, kind: PartnerKind = PartnerKind.AUTHOR, **more: Any) -> uuid.UUID:
        """A new partner."""
        command = PartnerCommand(**{"kind": kind, "name": name, "time_zone": "UTC"} | more)
        return manage_partners.add(self.shop.business_id, command, actor=self.maker)

    def rule(
        self, *shares: ShareTerms, scope: str = "business", subject_id: uuid.UUID | None = None, **terms: Any
    ) -> uuid.UUID:
        """A rule that is in force."""
        rule_id = manage_split_rules.create(
            self.shop.business_id,
            RuleCommand(name=f"Rule of {scope}", scope=scope, subject_id=subject_id),
            VersionCommand(terms=SplitTerms(shares=shares, **terms), reason="Agreed"),
            actor=self.maker,
        )
        self.approve(rule_id)
        return rule_id

    def revise(self, rule_id: uuid.UUID, *shares: ShareTerms, **terms: Any) -> None:
        """Another version of a rule, in force at once."""
        self.revise_draft(rule_id, *shares, **terms)
        self.approve(rule_id)

    def revise_draft(self, rule_id: uuid.UUID, *shares: ShareTerms, **terms: Any) -> None:
        """Another version of a rule, as a draft."""
        version = VersionCommand(terms=SplitTerms(shares=shares, **terms))
        manage_split_rules.save_draft(self.shop.business_id, rule_id, version, actor=self.maker)

    def version_id(self, rule_id: uuid.UUID, number: int) -> uuid.UUID:
        """The rule's version with this number."""
        table = SplitRuleVersion.__table__
        found = self.shop.one(select(table).where(table.c.rule_id == rule_id, table.c.number == number))
        return uuid.UUID(str(found.id))

    def approve(self, rule_id: uuid.UUID) -> str:
        """One asks for the draft, the other approves it; the approval's status."""
        approval_id = manage_split_rules.request(self.shop.business_id, rule_id, actor=self.maker)
        return decide_approval.approve(self.shop.business_id, approval_id, actor=self.checker)

    def complete(self, order_id: uuid.UUID) -> None:
        """The order is completed, and what follows is done."""
        complete_order(self.shop.business_id, order_id, actor="test", then=LastRead(lambda: None))
        self.shop.work_off()

    def sold(self, quantity: int = 1) -> uuid.UUID:
        """An order that was paid, delivered and completed."""
        order_id = self.shop.paid_order(quantity)
        self.complete(order_id)
        return order_id

    def refund(self, order_id: uuid.UUID, minor: int | None = None) -> uuid.UUID:
        """A refund that succeeded, and what follows is done; its transaction."""
        transaction_id = self.shop.refund(order_id, minor)
        self.shop.poll(self.shop.refund_attempt(transaction_id).id)
        self.shop.work_off()
        return transaction_id

    def entries(self, order_id: uuid.UUID) -> list[Row[Any]]:
        """What was cleared of the order, in the order in which it was written."""
        table = ClearingEntry.__table__
        found: list[Row[Any]] = self.shop.many(select(table).where(table.c.order_id == order_id).order_by(table.c.id))
        return found

    def sums(self, order_id: uuid.UUID, *kinds: str) -> dict[str, int]:
        """What each party got of the order, by these kinds of entries (all of them by default)."""
        found: Counter[str] = Counter()
        for entry in self.entries(order_id):
            if not kinds or entry.kind in kinds:
                found[entry.party] += entry.amount_minor
        return dict(found)

    def owed(self, partner_id: uuid.UUID, kind: str = "partner") -> int:
        """What the ledger says that a partner is owed."""
        total = (
            select(func.coalesce(-func.sum(LedgerEntry.amount_minor), 0))
            .join(
                LedgerAccount,
                (LedgerAccount.business_id == LedgerEntry.business_id) & (LedgerAccount.id == LedgerEntry.account_id),
            )
            .where(LedgerAccount.kind == kind, LedgerAccount.owner == str(partner_id), LedgerEntry.layer == "posted")
        )
        return int(self.shop.one(total)[0])

    def pay_to(self, partner_id: uuid.UUID, account: str = "DE89 3704 0044 0532 0130 00") -> str:
        """The partner's money goes to this account, which a second person approved; the approval's status."""
        payee = Payee(account=account, name="Ada Example")
        approval_id = change_payee.request(self.shop.business_id, partner_id, payee, actor=self.maker)
        return decide_approval.approve(self.shop.business_id, approval_id, actor=self.checker)

    def close(self, partner_id: uuid.UUID, currency: str = "USD") -> uuid.UUID:
        """A batch of what the partner is owed by now."""
        return close_batches.close(self.shop.business_id, partner_id, currency=currency, actor=self.maker)

    def settle(self, batch_id: uuid.UUID) -> str:
        """One asks for the batch, the other approves it, and its money leaves; the batch's status."""
        approval_id = pay_batch.request(self.shop.business_id, batch_id, actor=self.maker)
        decide_approval.approve(self.shop.business_id, approval_id, actor=self.checker)
        return str(self.batch(batch_id).status)

    def paid(self, batch_id: uuid.UUID) -> None:
        """The batch is asked for, approved, and its money arrives."""
        self.settle(batch_id)
        self.shop.poll(self.shop.refund_attempt(self.batch(batch_id).transaction_id).id)

    def send_back(self, batch_id: uuid.UUID) -> None:
        """The partner's bank returns what was paid."""
        attempt = self.shop.refund_attempt(self.batch(batch_id).transaction_id)
        back = Outcome(status="returned", channel_ref=attempt.channel_ref, decline_code="account_closed")
        record_result.record(self.shop.business_id, attempt.id, back, source="poll")

    def batch(self, batch_id: uuid.UUID) -> Row[Any]:
        """The batch as it is now."""
        table = SettlementBatch.__table__
        found: Row[Any] = self.shop.one(select(table).where(table.c.id == batch_id))
        return found

    def batches(self, partner_id: uuid.UUID) -> list[Row[Any]]:
        """The partner's batches, oldest first."""
        table = SettlementBatch.__table__
        found: list[Row[Any]] = self.shop.many(
            select(table).where(table.c.partner_id == partner_id).order_by(table.c.id)
        )
        return found


def sharer_of(shop: Shop) -> Sharer:
    """The shop, with two owners who are independent of each other."""
    maker, checker = (show("usr", make_user(shop.business_id).user_id) for _ in range(2))
    return Sharer(shop, maker, checker)


def partner_ids(shop: Shop) -> dict[str, str]:
    """A partner, a rule that is in force, and a batch that waits for somebody."""
    sharer = sharer_of(shop)
    ada = sharer.partner()
    rule_id = sharer.rule(ShareTerms(party=str(ada), bps=7000))
    sharer.sold()
    batch_id = sharer.close(ada)
    hold = HoldCommand(partner_id=ada, reason="Under review")
    hold_id = hold_money.hold(shop.business_id, hold, actor=sharer.maker)
    holiday_id = manage_holidays.add(shop.business_id, calendar="DE", day=date(2026, 12, 25), name="Christmas Day")
    draft = VersionCommand(terms=SplitTerms(shares=(ShareTerms(party=str(ada), bps=6000),)))
    manage_split_rules.save_draft(shop.business_id, rule_id, draft, actor=sharer.maker)
    return {
        "partner_id": show("par", ada),
        "split_rule_id": show("spr", rule_id),
        "settlement_batch_id": show("sba", batch_id),
        "holiday_id": show("hol", holiday_id),
        "settlement_hold_id": show("shd", hold_id),
    }

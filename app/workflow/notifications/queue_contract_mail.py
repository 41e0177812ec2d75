"""A buyer is to be written to about a contract. What the mail says is decided here, and kept so that it can be said in
the buyer's language when it is sent."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.core import clock, context, db, mail
from app.core.i18n.language import DEFAULT, Amount, Day, Translatable, match
from app.core.ids import derive, show
from app.core.money import Money
from app.domain.accounts.business.models import Business
from app.domain.buyers.models import Buyer
from app.domain.buyers.states import BuyerStatus
from app.domain.notifications.mails.models import Mail
from app.domain.signing import change_rows, offers, rules
from app.domain.signing import service as signing
from app.domain.signing.models import Contract, ContractConsent
from app.domain.signing.retry_schedule import is_refusal_told
from app.domain.signing.states import RUNNING, ContractStatus, EndReason

consents, buyers = db.table(ContractConsent), db.table(Buyer)


def queue_signed(business_id: uuid.UUID, contract_id: uuid.UUID) -> None:
    """The buyer signed: what was agreed to, and how to end it. Told once, when the contract begins to run."""
    if not mail.is_on():
        return
    with db.phase("queue_contract_mail.signed", business_id):
        contract = signing.look(contract_id)
        mine = consents.c.business_id == business_id, consents.c.contract_id == contract_id
        consent = db.first(select(consents).where(*mine).order_by(consents.c.created_at, consents.c.id).limit(1))
        name = signing.plan(contract.plan_id).name
        said = [Translatable("%(name)s has begun", name=name), Translatable("This is what you agreed to:")]
        how = Translatable("You can see, pause and cancel it on your page at any time.")
        terms = consent.terms.split("\n") if consent is not None else []
        _add(contract, "contract_signed", contract_id, [*said, *terms, how])


def queue_refused(business_id: uuid.UUID, contract_id: uuid.UUID) -> None:
    """A cycle could not be charged: when it is tried again, or until when it can be paid, and where. Told once a try,
    and not of a cycle that was paid since."""
    if not mail.is_on():
        return
    with db.phase("queue_contract_mail.refused", business_id):
        contract, cycle = signing.look(contract_id), signing.open_cycle(contract_id)
        if contract.status != ContractStatus.PAST_DUE or cycle is None:
            return
        plan = signing.plan(contract.plan_id)
        if not is_refusal_told(plan, contract.try_count) or contract.acts_at is None:
            return  # it was the last try: the buyer hears of the end
        amount, day = Amount(cycle.amount_minor, cycle.currency), _day(contract, contract.acts_at)
        said = [
            Translatable("Your payment for %(name)s failed", name=plan.name),
            Translatable("We could not take %(amount)s.", amount=amount),
            Translatable("We will not try again. Pay by %(day)s to keep it.", day=day)
            if contract.retries_over
            else Translatable("We will try again on %(day)s. You can also pay now.", day=day),
        ]
        source_id = derive(cycle.id, f"refused {contract.try_count}")
        _add(contract, "contract_refused", source_id, said, action=Translatable("Pay now"))


def queue_changed(business_id: uuid.UUID, contract_id: uuid.UUID, change_id: uuid.UUID) -> None:
    """Other terms are in force: what they are, what was charged for them, and what is charged next."""
    if not mail.is_on():
        return
    with db.phase("queue_contract_mail.changed", business_id):
        contract, change = signing.look(contract_id), change_rows.get(change_id)
        plan = signing.plan(contract.plan_id)
        said = [
            Translatable("%(name)s has changed", name=plan.name),
            offers.describe_price(plan, Amount(contract.unit_minor * contract.quantity, contract.currency)),
        ]
        if change.due_minor:
            charged = Amount(change.due_minor, change.currency)
            said.append(Translatable("You paid %(amount)s for the rest of this period.", amount=charged))
        if contract.credit_minor:
            credit = Amount(contract.credit_minor, contract.currency)
            said.append(Translatable("A credit of %(amount)s pays for what comes next.", amount=credit))
        _add(contract, "contract_changed", change_id, said)


def queue_cancelled(business_id: uuid.UUID, contract_id: uuid.UUID, *, event_id: uuid.UUID) -> None:
    """The contract ends with its period, or does no more: said only of the first."""
    if not mail.is_on():
        return
    with db.phase("queue_contract_mail.cancelled", business_id):
        contract = signing.look(contract_id)
        if not contract.cancel_at_period_end or contract.status not in RUNNING or contract.acts_at is None:
            return
        day = _day(contract, contract.acts_at)
        said = [
            Translatable("%(name)s is cancelled", name=signing.plan(contract.plan_id).name),
            Translatable("It ends on %(day)s. Until then you keep all that you have paid for.", day=day),
            Translatable("Nothing more is charged. Until it ends you can change your mind."),
        ]
        _add(contract, "contract_cancelled", event_id, said)


def queue_ended(business_id: uuid.UUID, contract_id: uuid.UUID) -> None:
    """The contract has ended, and why. Not said of one that never began."""
    if not mail.is_on():
        return
    with db.phase("queue_contract_mail.ended", business_id):
        contract = signing.look(contract_id)
        if contract.started_at is None or contract.status != ContractStatus.ENDED:
            return
        said = [Translatable("%(name)s has ended", name=signing.plan(contract.plan_id).name)]
        if contract.end_reason == EndReason.UNPAID:
            said.append(Translatable("The last payment could not be taken."))
        said.append(Translatable("Nothing more is charged."))
        _add(contract, "contract_ended", contract_id, said)


def queue_reminder_here(contract: Contract, source_id: uuid.UUID) -> None:
    """In the caller's phase: what is charged next and when, or that the trial ends."""
    plan, due_at = signing.plan(contract.plan_id), contract.next_due_at
    if not mail.is_on() or due_at is None:
        return
    unit = rules.unit_price(
        plan, rules.price_of(contract), rules.anchor_of(contract), contract.next_cycle, runs_from=contract.runs_from
    )
    price_minor = unit.minor * contract.quantity
    amount = Money(price_minor - min(contract.credit_minor, price_minor), unit.currency)
    day = _day(contract, due_at)
    if contract.status == ContractStatus.TRIALING:
        opening = Translatable("Your free trial of %(name)s ends on %(day)s", name=plan.name, day=day)
    else:
        opening = Translatable("%(name)s renews on %(day)s", name=plan.name, day=day)
    charged = Amount(amount.minor, amount.currency)
    price = offers.describe_price(plan, Amount(contract.unit_minor * contract.quantity, contract.currency))
    said = [
        opening,
        Translatable("We will then charge %(amount)s.", amount=charged),
        price,
        Translatable("If you do not want that, cancel before that day."),
    ]
    _add(contract, "contract_reminder", source_id, said)


def _add(
    contract: Contract,
    kind: str,
    source_id: uuid.UUID,
    said: Sequence[str],
    *,
    action: Translatable | None = None,
) -> None:
    """Once for each source; `said` is its heading and the sentences below it."""
    silent = db.scalar(select(Business.silent_mails).where(Business.id == contract.business_id))
    recipient = contract.buyer_email or _known_address(contract)
    if not recipient or kind in (silent or ()):
        return
    pressed = action or Translatable("View your membership")
    db.add_once(
        Mail,
        kind=kind,
        source_id=source_id,
        recipient=recipient,
        locale=match(contract.locale) or DEFAULT,
        details={
            "buyer": contract.buyer_reference,
            "page": f"contracts/{show('con', contract.id)}",
            "said": [each.data() if isinstance(each, Translatable) else each for each in said],
            "action": pressed.data(),
        },
        next_attempt_at=clock.now(),
        request_id=context.request_of(contract.id),
    )


def _known_address(contract: Contract) -> str | None:
    """Where the buyer is known to be reached, when none was said at signing."""
    mine = buyers.c.business_id == db.here(), buyers.c.reference == contract.buyer_reference
    found: str | None = db.scalar(select(buyers.c.email).where(*mine, buyers.c.status == BuyerStatus.ACTIVE))
    return found


def _day(contract: Contract, moment: datetime) -> Day:
    return Day(moment.astimezone(ZoneInfo(contract.time_zone)).date())

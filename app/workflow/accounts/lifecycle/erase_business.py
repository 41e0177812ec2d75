"""A closed business is erased: who bought there, what they wrote and every key and secret go; the ledger, receipts,
orders and the audit chain stay, with pseudonyms in the place of people.

An owner asks for it, another person approves, and after a waiting time in which it can be cancelled the rows are gone
through page by page, each page a transaction of its own. How far it came is written down, so that whoever comes after a
kill goes on there. The pseudonyms are made with a random salt, which is kept encrypted until the end and then
forgotten: one buyer keeps one pseudonym in all tables, and nobody can tell who it was.
"""

from __future__ import annotations

import secrets
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import and_, delete, func, or_, select, text, update

from app.core import clock, context, db, states
from app.core.db import erasing
from app.core.db.models import EventStatus, OutboxEvent
from app.core.errors import AppError, Conflict, Denied, Invalid, Unavailable
from app.core.files import store
from app.core.ids import new_id, try_parse
from app.core.security import crypto
from app.domain.accounts.business.errors import ApprovalNeeded
from app.domain.accounts.business.models import ApiKey, Approval, Business, Invitation, Membership
from app.domain.accounts.business.states import ApprovalStatus
from app.domain.accounts.privacy.kinds import columns
from app.domain.accounts.privacy.models import Erasure
from app.domain.buyers.models import Buyer as BuyerRow
from app.domain.catalog.models import ProductImage
from app.domain.fulfilment.models import DownloadVersion, LicenceKey
from app.domain.ledger.settlements.models import BankAccount
from app.domain.notifications.alerts.models import AlertChat
from app.domain.notifications.mails.models import Mail
from app.domain.orders.models import Order
from app.domain.orders.states import UNDER_WAY
from app.domain.payments.models import ChannelAccount, PaymentAttempt
from app.domain.signing.models import Contract, Mandate
from app.domain.signing.states import ContractStatus
from app.domain.webhooks.models import WebhookEndpoint
from app.domain.webhooks.states import ENDPOINT, EndpointStatus
from app.workflow.accounts.erase_buyer import encryption_context
from app.workflow.steps.accounts import erasures as erasing_now
from app.workflow.steps.accounts import request_approval
from app.workflow.steps.accounts.write_settings import write_settings

KIND = "business_erasure"
PAGE, SLICE_S = 5_000, 5.0
MAX_REASON = 500
# Rows that no book needs, those that point to others first.
REMOVED = (
    *("webhook_attempts", "webhook_deliveries", "event_listeners", "request_logs", "refused_notices", "alerts"),
    *("alert_preferences", "alert_chats", "report_schedules", "saved_views", "export_parts", "exports"),
    *("idempotency_keys", "agreement_drafts"),
)
REPLACED = tuple(sorted(set(columns()) - set(REMOVED)))
STEPS = (*REMOVED, *REPLACED)
# What of the business itself goes; its legal name, address and tax number are printed on receipts, and stay with them.
_EMPTIED = ("contact_email", "support_phone", "website", "receipt_footer", "return_url")
_ERASE = text("SELECT last, changed FROM bursar_erase_all(:business, :wanted, :salt, :after, :most)")
_WALLETS = text(
    "SELECT 1 AS one FROM ledger_accounts a JOIN ledger_entries e ON e.business_id = a.business_id"
    " AND e.account_id = a.id WHERE a.business_id = :business AND a.kind = 'wallet'"
    " GROUP BY a.id HAVING sum(e.amount_minor) <> 0 LIMIT 1"
)
approvals, businesses, erasures = db.table(Approval), db.table(Business), db.table(Erasure)
members = db.table(Membership)


@dataclass(frozen=True)
class _Run:
    """An erasure that has begun: its row, the salt of its pseudonyms, and where it goes on."""

    id: uuid.UUID
    salt: str
    step: int
    after: uuid.UUID


def request_business_erasure(business_id: uuid.UUID, *, reason: str, actor: str) -> ApprovalNeeded:
    """Ask for the closed business to be erased; the error that names the approval. While one waits, that one.

    Raises:
        Invalid: no reason. Denied: `actor` is no owner themselves. Conflict: it is not closed, or something is open
            (see `check_nothing_open`).
    """
    why = " ".join(reason.split())[:MAX_REASON]
    if not why:
        raise Invalid("invalid_parameter", "Enter a reason.", details={"param": "reason"})
    with db.phase("erase_business.request", business_id):
        _check_owner(actor)
        check_nothing_open()
        waits = and_(approvals.c.status == ApprovalStatus.REQUESTED, approvals.c.expires_at > clock.actual())
        still = or_(approvals.c.status == ApprovalStatus.APPROVED, waits)
        query = select(approvals.c.id).where(approvals.c.business_id == db.here(), approvals.c.kind == KIND, still)
        approval_id = db.scalar(query.limit(1))
        if approval_id is None:
            approval_id = request_approval.request(KIND, new_id(), actor=actor, reason=why, payload={})
    return request_approval.approval_required(approval_id, "Erasing the business")


def check_nothing_open() -> None:
    """Require, in the open phase, that the business is closed and owes nobody.

    Raises:
        Conflict: `business_open`: it is not closed; `business_has_open`: an order, payment, contract or event is under
            way; `business_has_money`: buyers have money in wallets.
    """
    if db.scalar(select(businesses.c.closed_at).where(businesses.c.id == db.here())) is None:
        raise Conflict("business_open", "Close the business first.")
    open_ = (
        select(Order.id).where(Order.business_id == db.here(), Order.status.in_(UNDER_WAY)),
        select(PaymentAttempt.id).where(
            PaymentAttempt.business_id == db.here(), PaymentAttempt.next_poll_at.is_not(None)
        ),
        select(Contract.id).where(Contract.business_id == db.here(), Contract.status != ContractStatus.ENDED),
        select(Mandate.id).where(Mandate.business_id == db.here(), Mandate.next_poll_at.is_not(None)),
        select(OutboxEvent.id).where(OutboxEvent.business_id == db.here(), OutboxEvent.status == EventStatus.PENDING),
    )
    if any(db.first(query.limit(1)) is not None for query in open_):
        text_ = "Orders, payments or contracts are still open. Complete, refund, close or cancel them first."
        raise Conflict("business_has_open", text_)
    if db.rows(_WALLETS, business=db.here()):
        raise Conflict("business_has_money", "Buyers still have money in wallets. Pay it out first.")


def carry_out_business_erasure(business_id: uuid.UUID, approval: Approval) -> None:
    """Erase the business, as was approved, for a while. Safe to call again.

    Raises:
        Conflict: something was opened meanwhile. Unavailable: there is more to do; call again.
    """
    run = _begin(business_id, approval)
    if run is None:
        return
    ends_s = time.monotonic() + SLICE_S
    # The system goes through the rows: what each was before must not be noted in the audit log.
    with context.work(erasure=str(run.id)):
        for step in range(run.step, len(STEPS)):
            after: uuid.UUID | None = run.after if step == run.step else uuid.UUID(int=0)
            while after is not None:
                if time.monotonic() > ends_s:
                    _note(business_id, run, step, after)
                    raise Unavailable("erasing", "The business is being erased.")
                after = _page(business_id, STEPS[step], run.salt, after)
        _remove_files(business_id)
        _finish(business_id, run)


def _begin(business_id: uuid.UUID, approval: Approval) -> _Run | None:
    """Take everybody's access away and write down that it begins; or where it goes on. None when it is done."""
    run_id, salt = new_id(), secrets.token_hex(32)
    ciphertext = {"salt": crypto.encrypt(salt, context=encryption_context(run_id, "salt"))}
    with db.phase("erase_business.lock_out", business_id):
        erasing_now.hold()  # of two at once one begins, and the other goes on
        own = erasures.c.business_id == business_id, erasures.c.approval_id == approval.id
        known = db.first(select(erasures).where(*own))
        if known is not None:
            return _known(known) if known.finished_at is None else None
        check_nothing_open()
        moment = clock.actual()
        db.write(
            db.new_row(
                Erasure,
                id=run_id,
                business_id=business_id,
                pseudonym=erasing.PSEUDONYM,
                ciphertext=ciphertext,
                reason=approval.reason,
                requested_by=approval.requested_by,
                agreed="approved",
                approval_id=approval.id,
            )
        )
        _take_access(business_id, moment)
    return _Run(run_id, salt, 0, uuid.UUID(int=0))


def _known(row: Erasure) -> _Run:
    salt = crypto.decrypt(row.ciphertext["salt"], context=encryption_context(row.id, "salt"))
    step, _, after = row.ciphertext.get("at", "0 ").partition(" ")
    return _Run(row.id, salt, int(step), uuid.UUID(after) if after else uuid.UUID(int=0))


def _take_access(business_id: uuid.UUID, moment: object) -> None:
    """Keys, channel credentials, secrets of endpoints, bank accounts and licence keys go, and so does the team."""
    db.run(
        update(ApiKey)
        .where(ApiKey.business_id == business_id)
        .values(
            revoked=True,
            revoked_at=func.coalesce(ApiKey.revoked_at, moment),
            secret_hash=func.concat("erased:", ApiKey.id),
            public_text=None,
            hint="",
            last_used_address=None,
        )
    )
    gone = {"settings": {}, "platform_keys": {}, "enabled": False, "connected_at": None}
    db.run(update(ChannelAccount).where(ChannelAccount.business_id == business_id).values(**gone))
    db.run(update(BankAccount).where(BankAccount.business_id == business_id).values(number="", number_hint=""))
    db.run(update(LicenceKey).where(LicenceKey.business_id == business_id).values(ciphertext=""))
    db.run(update(AlertChat).where(AlertChat.business_id == business_id).values(secrets={}, enabled=False))
    waiting = Invitation.business_id == business_id, Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None)
    db.run(update(Invitation).where(*waiting).values(revoked_at=moment))
    db.run(
        update(Invitation)
        .where(Invitation.business_id == business_id)
        .values(email=func.concat("erased:", Invitation.id))
    )
    still = Membership.business_id == business_id, Membership.left_at.is_(None)
    db.run(update(Membership).where(*still).values(left_at=moment))
    unproven = {"email_verified_at": None, "phone_verified_at": None}
    db.run(update(BuyerRow).where(BuyerRow.business_id == business_id).values(**unproven))
    undelivered = Mail.business_id == business_id, Mail.next_attempt_at.is_not(None)
    db.run(update(Mail).where(*undelivered).values(next_attempt_at=None, discarded_at=moment))
    endpoints = db.table(WebhookEndpoint)
    alive = endpoints.c.business_id == business_id, endpoints.c.status != EndpointStatus.REMOVED
    for row in db.rows(select(endpoints).where(*alive).with_for_update()):
        states.advance(ENDPOINT, row, EndpointStatus.REMOVED, reason="erased", actor="system", pause_reason=None)
    db.flush()
    bare: dict[str, object] = {
        "secrets": {},
        "previous_secret_until": None,
        "url": "",
        "description": "",
        "due_at": None,
    }
    db.run(update(WebhookEndpoint).where(WebhookEndpoint.business_id == business_id).values(**bare))


def _page(business_id: uuid.UUID, name: str, salt: str, after: uuid.UUID) -> uuid.UUID | None:
    """Remove, or put pseudonyms into, the next rows of a table; the last of them, None at its end."""
    with db.system_phase("erase_business.page"):
        if name in REMOVED:
            table = db.Base.metadata.tables[name]
            some = select(table.c.id).where(table.c.business_id == business_id).limit(PAGE)
            db.run(delete(table).where(table.c.business_id == business_id, table.c.id.in_(some)))
            # Fewer than a page may be gone because somebody else removed them meanwhile: that says nothing of the rest.
            left = db.first(select(table.c.id).where(table.c.business_id == business_id).limit(1))
            return uuid.UUID(int=0) if left is not None else None
        (row,) = db.rows(_ERASE, business=business_id, wanted=name, salt=salt, after=after, most=PAGE)
        last: uuid.UUID | None = row.last
        return last


def _note(business_id: uuid.UUID, run: _Run, step: int, after: uuid.UUID) -> None:
    """Write down where it goes on."""
    with db.system_phase("erase_business.note"):
        own = erasures.c.business_id == business_id, erasures.c.id == run.id
        known = db.first(select(erasures).where(*own).with_for_update())
        if known is None or known.finished_at is not None:
            return  # somebody else has finished it
        db.run(update(Erasure).where(*own).values(ciphertext={**known.ciphertext, "at": f"{step} {after}"}))


def _remove_files(business_id: uuid.UUID) -> None:
    """Images, and files that buyers downloaded. Documents of adjustments stay with the ledger, and the files of exports
    are swept away."""
    images, versions = db.table(ProductImage), db.table(DownloadVersion)
    with db.system_reading():
        pictures = db.rows(select(images.c.key, images.c.widths).where(images.c.business_id == business_id))
        files = db.rows(select(versions.c.key).where(versions.c.business_id == business_id))
        logo = db.first(select(businesses.c.logo_key, businesses.c.logo_widths).where(businesses.c.id == business_id))
    keys = [store.part_of(row.key, str(width)) for row in pictures for width in row.widths]
    keys += [row.key for row in files]
    if logo is not None and logo.logo_key:
        keys += [store.part_of(logo.logo_key, str(width)) for width in logo.logo_widths]
    for key in keys:
        with suppress(AppError):  # what is not there is gone
            store.delete(key)


def _finish(business_id: uuid.UUID, run: _Run) -> None:
    with db.system_phase("erase_business.finish"):
        unfinished = erasures.c.business_id == business_id, erasures.c.id == run.id, erasures.c.finished_at.is_(None)
        if db.first(select(erasures.c.id).where(*unfinished).with_for_update()) is None:
            return  # somebody else was quicker
        write_settings(business_id, dict.fromkeys(_EMPTIED), actor="system", reason="Erased")
        bare: dict[str, object] = {
            "logo_key": None,
            "logo_widths": [],
            "logo_height": 0,
            "allowed_origins": [],
            "appearance": {},
        }
        moment = clock.actual()
        db.run(update(Business).where(Business.id == business_id).values(erased_at=moment, **bare))
        own = Erasure.business_id == business_id, Erasure.id == run.id
        db.run(update(Erasure).where(*own).values(ciphertext={}, finished_at=moment))


def _check_owner(actor: str) -> None:
    own = members.c.business_id == db.here(), members.c.user_id == try_parse(actor, "usr")
    if db.scalar(select(members.c.role).where(*own, members.c.left_at.is_(None))) != "owner":
        raise Denied("denied", "Only an owner of the business can do this.")

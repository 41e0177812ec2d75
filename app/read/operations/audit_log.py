"""The audit log: who changed what, newest first, and whether its seals still fit."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, func, select, text

from app.core import db, ids, paging
from app.core.db.models import AuditEntry, AuditSeal
from app.core.errors import Invalid
from app.core.security import crypto
from app.core.security.seals import CONTEXT, signed_text

PAGE = 50
MAX_EXPORTED = 100_000
SEALS_AT_ONCE = 100
ACTIONS = ("created", "changed", "removed")
# What each noted table is called, and the prefix of its ids in the open.
SUBJECTS: dict[str, tuple[str, str]] = {
    "agreement_drafts": ("Agreement draft", "agt"),
    "agreement_products": ("Product agreement", "agt"),
    "agreement_templates": ("Agreement", "agt"),
    "agreements": ("Agreement version", "agr"),
    "alert_chats": ("Chat for alerts", "alc"),
    "api_keys": ("API key", "key"),
    "approvals": ("Approval", "apr"),
    "bank_transfers": ("Bank transfer", "btr"),
    "bulk_runs": ("Bulk action on orders", "blk"),
    "businesses": ("Business settings", "biz"),
    "cases": ("Case", "case"),
    "buyer_consents": ("Consent of a buyer", "cns"),
    "buyer_merges": ("Merge of buyers", "bym"),
    "buyer_notes": ("Note about a buyer", "byn"),
    "buyers": ("Buyer", "byr"),
    "campaigns": ("Campaign", "cmp"),
    "categories": ("Category", "cat"),
    "channel_accounts": ("Channel", "cha"),
    "checkout_configurations": ("Checkout configuration", "cfg"),
    "channel_terms": ("Channel limits and fees", "cha"),
    "coupon_batches": ("Coupon batch", "cpb"),
    "coupon_templates": ("Coupon template", "cpt"),
    "coupons": ("Coupon", "cpn"),
    "download_files": ("File", "fil"),
    "exports": ("List export", "exp"),
    "download_versions": ("File version", "fil"),
    "adjustments": ("Adjustment", "adj"),
    "bank_accounts": ("Bank account", "bka"),
    "settlements": ("Settlement", "stl"),
    "disputes": ("Dispute", "dsp"),
    "channel_bills": ("Channel bill", "bil"),
    "hold_releases": ("Release of a hold", "hlr"),
    "erasures": ("Erased buyer", "era"),
    "invitations": ("Team invitation", "inv"),
    "licence_keys": ("Licence key", "lky"),
    "mails": ("Email to a buyer", "mail"),
    "membership_changes": ("Membership", "mbc"),
    "memberships": ("Team member", "mem"),
    "order_notes": ("Order note", "not"),
    "outbox_events": ("Event", "evt"),
    "partners": ("Partner", "par"),
    "payment_order_lines": ("Line of a payment order", "pol"),
    "payment_orders": ("Payment order", "por"),
    "payment_transactions": ("Movement", "txn"),
    "plan_prices": ("Price of a plan", "plp"),
    "plans": ("Plan", "plan"),
    "points_entries": ("Points", "pte"),
    "product_categories": ("Product category", "prd"),
    "product_images": ("Image", "img"),
    "product_imports": ("Product import", "imp"),
    "products": ("Product", "prd"),
    "promotions": ("Promotion", "prm"),
    "roles": ("Role", "rol"),
    "routing_rules": ("Routing rule", "rul"),
    "saved_views": ("Saved view", "vie"),
    "risk_entries": ("List entry", "rle"),
    "risk_reviews": ("Review", "rrv"),
    "risk_rule_sets": ("Rule set", "rrs"),
    "sellers": ("Seller", "sel"),
    "warehouses": ("Warehouse", "whs"),
    "sku_prices": ("Price", "prc"),
    "skus": ("SKU", "sku"),
    "settlement_batches": ("Settlement batch", "sba"),
    "holidays": ("Holiday", "hol"),
    "settlement_reserves": ("Reserve of a partner", "srv"),
    "settlement_holds": ("Settlement hold", "shd"),
    "split_rule_versions": ("Version of a split rule", "spv"),
    "split_rules": ("Split rule", "spr"),
    "stock_changes": ("Stock", "stc"),
    "tax_rates": ("Tax rate", "txr"),
    "test_clocks": ("Test clock", "tcl"),
    "visits": ("Operator visit", "vis"),
    "wallet_holds": ("Hold on a wallet", "hld"),
    "webhook_endpoints": ("Webhook endpoint", "whe"),
}


class _Seal(db.JoinedRow):
    """A seal beside what it should be; `follows`: the seal before it is there."""

    business_id: uuid.UUID
    id: uuid.UUID
    number: int
    through_id: uuid.UUID
    entries: int
    hash: str
    signature: str
    entries_now: int
    hash_now: str
    follows: bool


class _Actor(db.JoinedRow):
    actor: str


_SOME_SEALS = db.select_as(
    _Seal,
    text(
        "SELECT * FROM audit_seals_now WHERE (CAST(:business AS uuid) IS NULL OR business_id = :business)"
        " AND (business_id, number) > (:after, :number) ORDER BY business_id, number LIMIT :most"
    ),
)

entries = db.table(AuditEntry)
seals = db.table(AuditSeal)


@dataclass(frozen=True, kw_only=True)
class LogFilter:
    """What to list; what is empty does not narrow. `until` is exclusive."""

    actor: str = ""
    table: str = ""
    action: str = ""
    subject_id: uuid.UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Change:
    """One field of an entry, as text; None where the row did not have it."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Entry:
    """One entry and what it changed."""

    row: AuditEntry
    changes: tuple[Change, ...]

    @property
    def title(self) -> str:
        """What was changed, in words."""
        return SUBJECTS[self.row.subject_table][0]

    @property
    def subject(self) -> str:
        """Its id in the open."""
        return ids.show(SUBJECTS[self.row.subject_table][1], self.row.subject_id)

    @property
    def reason(self) -> str:
        """Why, when the row says so."""
        return str(self.row.after.get("reason") or "")


@dataclass(frozen=True)
class Finding:
    """What is wrong with the seals of one business; `number` is the first seal that does not fit."""

    business_id: uuid.UUID
    number: int
    problem: Literal["entries", "signature", "unknown_key"]


@dataclass(frozen=True)
class Sealed:
    """How far one business's log is sealed."""

    seals: int
    entries: int
    last_at: datetime | None
    open_entries: int


def page_of_entries(business_id: uuid.UUID, filters: LogFilter, *, cursor: str) -> paging.Page[Entry]:
    """A page of the list, newest first."""
    with db.reading(business_id):
        found = db.rows(_query(business_id, filters, paging.key_of(cursor)).limit(PAGE + 1))
    kept, following = paging.cut(found, PAGE)
    return paging.Page(tuple(_entry(row) for row in kept), following)


def entries_of(business_id: uuid.UUID, filters: LogFilter) -> Iterator[Entry]:
    """Everything the filter finds, newest first, read a thousand at a time.

    Raises:
        Invalid: at once; there are more than MAX_EXPORTED.
    """
    with db.reading(business_id):
        some_more = _query(business_id, filters, None).with_only_columns(entries.c.id).limit(MAX_EXPORTED + 1)
        number = db.scalar(select(func.count()).select_from(some_more.subquery()))
    if number > MAX_EXPORTED:
        text = f"The list has more than {MAX_EXPORTED:,} entries, too many for a file. Narrow it, for example by date."
        raise Invalid("invalid_list", text)
    return _all_of(business_id, filters)


def _all_of(business_id: uuid.UUID, filters: LogFilter) -> Iterator[Entry]:
    key = None
    while True:
        with db.reading(business_id):
            found = db.rows(_query(business_id, filters, key).limit(1000))
        yield from map(_entry, found)
        if len(found) < 1000:
            return
        key = found[-1].created_at, found[-1].id


def actors(business_id: uuid.UUID) -> Sequence[str]:
    """Everybody who changed something, by the index one after another."""
    asked = text(
        "WITH RECURSIVE each AS ((SELECT actor FROM audit_entries WHERE business_id = :business ORDER BY actor LIMIT 1)"
        " UNION ALL SELECT (SELECT e.actor FROM audit_entries e WHERE e.business_id = :business"
        " AND e.actor > each.actor ORDER BY e.actor LIMIT 1) FROM each WHERE each.actor IS NOT NULL)"
        " SELECT actor FROM each WHERE actor IS NOT NULL LIMIT 200"
    )
    with db.reading(business_id):
        return [row.actor for row in db.rows(db.select_as(_Actor, asked), business=business_id)]


def sealed(business_id: uuid.UUID) -> Sealed:
    """How far the log is sealed, and how many entries wait for the next seal."""
    with db.reading(business_id):
        last = db.first(
            select(seals).where(seals.c.business_id == business_id).order_by(seals.c.number.desc()).limit(1)
        )
        total = db.scalar(select(func.sum(seals.c.entries)).where(seals.c.business_id == business_id))
        behind = select(entries.c.id).where(entries.c.business_id == business_id)
        if last is not None:
            behind = behind.where(entries.c.id > last.through_id)
        waiting = db.scalar(select(func.count()).select_from(behind.limit(10_000).subquery()))
    return Sealed(last.number if last else 0, int(total or 0), last.created_at if last else None, int(waiting))


def verify(business_id: uuid.UUID | None = None) -> tuple[int, list[Finding]]:
    """Compute every seal anew and check its signature: how many seals were looked at, and the first of each business
    that does not fit. Without a business, of all."""
    looked = 0
    wrong: dict[uuid.UUID, Finding] = {}
    for row in _seals(business_id):
        looked += 1
        problem = _problem(row)
        if problem:
            wrong.setdefault(row.business_id, Finding(row.business_id, row.number, problem))
    return looked, list(wrong.values())


def _seals(business_id: uuid.UUID | None) -> Iterator[_Seal]:
    """Every seal beside what it should be, SEALS_AT_ONCE in each transaction."""
    after, number = uuid.UUID(int=0), 0
    while True:
        with db.system_reading():
            values = {"business": business_id, "after": after, "number": number, "most": SEALS_AT_ONCE}
            found = db.rows(_SOME_SEALS, **values)
        yield from found
        if len(found) < SEALS_AT_ONCE:
            return
        after, number = found[-1].business_id, found[-1].number


def _problem(row: _Seal) -> Literal["entries", "signature", "unknown_key"] | None:
    if not row.follows or row.entries != row.entries_now or row.hash != row.hash_now:
        return "entries"
    text_signed = signed_text(row.business_id, row.number, row.through_id, row.entries, row.hash)
    found = crypto.check_signature(text_signed, row.signature, context=CONTEXT)
    return None if found == "good" else "unknown_key" if found == "unknown_key" else "signature"


def _query(business_id: uuid.UUID, filters: LogFilter, key: tuple[datetime, uuid.UUID] | None) -> Select[AuditEntry]:
    query = select(entries).where(entries.c.business_id == business_id)
    if filters.actor:
        query = query.where(entries.c.actor == filters.actor)
    if filters.table:
        query = query.where(entries.c.subject_table == filters.table)
    if filters.action:
        query = query.where(entries.c.action == filters.action)
    if filters.subject_id:
        query = query.where(entries.c.subject_id == filters.subject_id)
    if filters.since:
        query = query.where(entries.c.id >= ids.first_at(filters.since))
    if filters.until:
        query = query.where(entries.c.id < ids.first_at(filters.until))
    if key is not None:
        query = query.where(entries.c.id < key[1])
    return query.order_by(entries.c.id.desc())


def _entry(row: AuditEntry) -> Entry:
    names = [name for name in {**row.before, **row.after} if name not in ("id", "created_at")]
    changes = [Change(name, _shown(row.before, name), _shown(row.after, name)) for name in names]
    return Entry(row, tuple(change for change in changes if change.before != change.after or row.action == "changed"))


def _shown(values: dict[str, Any], name: str) -> str | None:
    if name not in values or values[name] in (None, "", [], {}):
        return None
    value = values[name]
    if name == "url":  # whoever reads the log does not get the token that an address may carry
        address, mark, _ = value.partition("?")
        return f"{address}{mark}{'…' if mark else ''}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

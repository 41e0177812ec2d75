"""Rows of a file of members, compared with what each has, and granted as by hand (grant_membership.py)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.core import clock, db
from app.core.money import Money
from app.domain.accounts.business import rules as business_rules
from app.domain.accounts.business.models import Business
from app.domain.buyers.models import Buyer
from app.domain.buyers.states import BuyerStatus
from app.domain.catalog.models import Product, ProductImport, ProductImportRow, Sku
from app.domain.catalog.sheet import MAX_SUBJECT, Verdict
from app.domain.fulfilment import members, rules
from app.domain.fulfilment.members import Contact, Member, NewChange, Pair
from app.domain.fulfilment.membership import standing, timeline
from app.lib.some import some
from app.workflow.fulfilment.grant_membership import DAY_S, give, level_of
from app.workflow.steps.accounts.request_approval import MovementCommand, needs_another
from app.workflow.steps.fulfilment.delivery_kinds import ENTITLEMENT

BATCH = 100
COLUMNS = ("buyer", "email", "sku", "starts", "ends", "reason")
MAX_REASON = 200
_buyers, _skus, _products = db.table(Buyer), db.table(Sku), db.table(Product)


def _accountable(run: ProductImport) -> str:
    """Whose limits count: who has it applied; before that, who sent it."""
    return run.applied_by or run.actor


def named(values: Mapping[str, str]) -> str:
    """Who a row is about, as it names them."""
    return values.get("buyer") or values.get("email", "").lower()


def subject_of(values: Mapping[str, str]) -> str:
    """What a row is about: a buyer and a SKU."""
    return f"{named(values)} {values['sku']}" if named(values) else ""


@dataclass
class KnownMembers:
    """What there is of all that a batch of rows names. `references` leads from what rows call buyers to what they are
    called now; `skus` are those of memberships."""

    run: ProductImport
    zone: ZoneInfo
    moment: datetime
    references: Mapping[str, str]
    by_email: Mapping[str, Buyer]
    skus: Mapping[str, Sku]
    members: dict[Pair, Member] = field(default_factory=dict)

    def pair_of(self, values: Mapping[str, str]) -> Pair | None:
        """The buyer and the product that the row is about; None: one of them is unknown."""
        named, sku = values.get("buyer", ""), self.skus.get(values["sku"])
        if not named and (found := self.by_email.get(values.get("email", "").lower())) is not None:
            named = found.reference
        return (self.references.get(named, named), sku.product_id) if named and sku is not None else None

    def judge(self, values: Mapping[str, str]) -> Verdict:
        """What the row does now: who is a member at that level until then already stays as they are."""
        errors = self._unknown(values)
        starts_at = self._moment(values, "starts", errors) or self.moment
        ends_at = self._moment(values, "ends", errors)
        if ends_at is not None and ends_at <= max(starts_at, self.moment):
            errors["ends"] = "must lie ahead, and after starts"
        if starts_at > self.moment:
            errors["starts"] = "lies ahead: import it once it has begun"
        if len(values.get("reason", "")) > MAX_REASON:
            errors["reason"] = f"at most {MAX_REASON} characters"
        pair = self.pair_of(values)
        if errors or pair is None or ends_at is None:
            return Verdict("refused", errors)
        return self._compared(self.skus[values["sku"]], self.members[pair], starts_at, ends_at)

    def _compared(self, sku: Sku, member: Member, starts_at: datetime, ends_at: datetime) -> Verdict:
        now = standing(timeline(member.purchases), self.moment)
        level = level_of(sku)
        if now is not None and (now.level, now.rank) != (level["level"], level["rank"]):
            return Verdict("refused", {"sku": f"is a member at the level “{now.level}”; change it by hand"})
        if now is not None and now.ends_at >= ends_at:
            return Verdict()
        since = now.ends_at if now is not None else self.moment if member.rows else starts_at
        seconds = ceil((ends_at - since).total_seconds())
        days = ceil(seconds / DAY_S)
        if days > rules.MAX_DAYS:
            return Verdict("refused", {"ends": f"at most {rules.MAX_DAYS:,} days"})
        money = Money(days, business_rules.DAYS)
        if needs_another(MovementCommand("membership", money, member.pair[0], _accountable(self.run))):
            return Verdict("refused", {"ends": "more days than may be given without an approval; grant it by hand"})
        at = None if member.rows else starts_at
        return Verdict(
            "create" if now is None else "change",
            {},
            {"ends": [now.ends_at.isoformat(), ends_at.isoformat()]} if now is not None else {},
            {"seconds": seconds, "at": at, "level": level},
        )

    def _unknown(self, values: Mapping[str, str]) -> dict[str, str]:
        errors = {}
        named, email = values.get("buyer", ""), values.get("email", "")
        if not named and not email:
            errors["buyer"] = "name the buyer by a reference, or by a proven email address"
        elif not named and email.lower() not in self.by_email:
            errors["email"] = "no buyer has proven this address; name the buyer by a reference"
        if len(named) > MAX_SUBJECT or not named.isprintable():
            errors["buyer"] = f"at most {MAX_SUBJECT} printable characters"
        if values["sku"] not in self.skus:
            errors["sku"] = "no SKU of a membership"
        return errors

    def _moment(self, values: Mapping[str, str], column: str, errors: dict[str, str]) -> datetime | None:
        """A day is all of it in the time zone of the business, so a membership ends when its last day is over."""
        text = values.get(column, "")
        if not text:
            if column == "ends":
                errors[column] = "write a date, such as 2027-01-31"
            return None
        try:
            if len(text) == len("2027-01-31"):
                day = date.fromisoformat(text) + timedelta(days=1 if column == "ends" else 0)
                return datetime.combine(day, time(), self.zone)
            found = datetime.fromisoformat(text)
        except (ValueError, OverflowError):
            errors[column] = "write a date, such as 2027-01-31"
            return None
        return found if found.tzinfo is not None else found.replace(tzinfo=self.zone)


def load(run: ProductImport, rows: Sequence[Mapping[str, str]], *, lock: bool) -> KnownMembers:
    """What these rows are about; with `lock` nobody else changes what the members have until the phase ends."""
    zone = db.scalar(select(Business.time_zone).where(Business.id == db.here()))
    named = {values.get("buyer", "") for values in rows} - {""}
    emails = {values.get("email", "").lower() for values in rows if not values.get("buyer")} - {""}
    there = KnownMembers(run, ZoneInfo(zone), clock.now(), _references(named), _proven(emails), _membership_skus(rows))
    pairs = [pair for values in rows if (pair := there.pair_of(values)) is not None]
    there.members = members.locked(pairs) if lock else members.read(sorted(set(pairs)))
    return there


def write(run: ProductImport, rows: Sequence[ProductImportRow]) -> Mapping[int, Verdict]:
    """Grant what the rows ask for; those that were refused after all, by line."""
    there = load(run, [row.cells for row in rows], lock=True)
    refused: dict[int, Verdict] = {}
    for row in rows:
        verdict, pair = there.judge(row.cells), there.pair_of(row.cells)
        if verdict.kind == "refused":
            refused[row.line] = verdict
        elif verdict.kind != "unchanged" and pair is not None:
            _give(run, row, there.members[pair], verdict.values)
            there.members |= members.read([pair])  # another row may call the same buyer otherwise
    return refused


def _give(run: ProductImport, row: ProductImportRow, member: Member, values: Mapping[str, Any]) -> uuid.UUID:
    # Who is written to is in the file, or has an order that says how.
    contact = Contact(email=row.cells.get("email") or None) if run.with_mail else None
    reason = row.cells.get("reason") or "Imported"
    change = NewChange(id=row.id, kind="imported", seconds=values["seconds"], reason=reason, actor=_accountable(run))
    return give(member, values["level"], change, contact=contact, at=values["at"])


def _references(named: set[str]) -> dict[str, str]:
    """What buyers who were merged are called now."""
    into = _buyers.alias("into_buyer")
    same = (into.c.business_id == _buyers.c.business_id) & (into.c.id == _buyers.c.merged_into_id)
    query = select(_buyers.c.reference.label("before"), into.c.reference.label("now")).select_from(
        _buyers.join(into, same)
    )
    query = query.where(_buyers.c.business_id == db.here(), _buyers.c.reference.in_(sorted(named)))
    return {row.before: row.now for row in db.rows(db.select_as(_Renamed, query))} if named else {}


class _Renamed(db.JoinedRow):
    before: str
    now: str


def _proven(emails: set[str]) -> dict[str, Buyer]:
    query = select(_buyers).where(
        _buyers.c.business_id == db.here(),
        _buyers.c.email.in_(sorted(emails)),
        _buyers.c.email_verified_at.is_not(None),
        _buyers.c.status == BuyerStatus.ACTIVE,
    )
    return {some(row.email): row for row in db.rows(query)} if emails else {}


def _membership_skus(rows: Sequence[Mapping[str, str]]) -> dict[str, Sku]:
    same = (_products.c.business_id == _skus.c.business_id) & (_products.c.id == _skus.c.product_id)
    query = select(_skus).select_from(_skus.join(_products, same))
    codes = sorted({values["sku"] for values in rows})
    query = query.where(
        _skus.c.business_id == db.here(), _skus.c.code.in_(codes), _products.c.delivery_kind == ENTITLEMENT
    )
    return {row.code: row for row in db.rows(query)}

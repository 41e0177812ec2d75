"""Coupons with orders: found by their codes, held with an order, used when it is paid, given back when it is not.

Rows are locked in one order everywhere: promotions, templates by id, coupons by id, then buyers.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, or_, select, text, update

from app.core import clock, db, outbox, states
from app.core.i18n.language import Translatable, stored
from app.core.i18n.marks import N_
from app.domain.marketing import coupons_of_order, rule_rows
from app.domain.marketing.codes import device_key, email_key, normal, shown
from app.domain.marketing.errors import CouponRefused
from app.domain.marketing.models import Coupon as CouponRow
from app.domain.marketing.models import CouponTemplate, CouponUse
from app.domain.marketing.states import COUPON, CouponStatus, TemplateStatus
from app.domain.marketing.types import Coupon, DiscountRule, Priced, Usage
from app.lib.some import some

templates, coupons, uses = db.table(CouponTemplate), db.table(CouponRow), db.table(CouponUse)
IDENTITIES = ("account", "email", "device")
_BUYERS = 0x6370  # the class of advisory locks on a buyer of a template


@dataclass(frozen=True)
class Identity:
    """By what a buyer is known again; see codes. `also` are references that were merged into this one: what was used
    under them counts too."""

    reference: str
    email_key: str | None = None
    device_key: str | None = None
    also: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, reference: str, *, email: str | None = None, device: str | None = None, also: Sequence[str] = ()
    ) -> Identity:
        """The identity of a buyer as the merchant names one."""
        return cls(reference, email_key(email), device_key(device), tuple(also))

    def known(self, kinds: Collection[str]) -> dict[str, str]:
        """What is known of these kinds, by the column it is kept in."""
        by_kind = {
            "account": ("buyer_reference", self.reference),
            "email": ("email_key", self.email_key),
            "device": ("device_key", self.device_key),
        }
        return {column: value for kind in kinds for column, value in [by_kind[kind]] if value is not None}


@dataclass(frozen=True)
class Refused:
    """A code that cannot be used, whatever is in the cart. `reason`: unknown_code, not_active, reserved, used, expired,
    revoked, other_buyer."""

    code: str
    reason: str
    text: str
    coupon_id: uuid.UUID | None = None


@dataclass(frozen=True)
class Found:
    """The coupons behind some codes: what pricing knows of them, their rows by id, how far their limits are used; and
    the codes that lead to none."""

    coupons: tuple[Coupon, ...] = ()
    rows: Mapping[uuid.UUID, CouponRow | CouponTemplate] = field(default_factory=dict)
    usage: Mapping[uuid.UUID, Usage] = field(default_factory=dict)
    refused: tuple[Refused, ...] = ()


def has_active_template() -> bool:
    """Whether the open transaction's business has a template whose codes can be used now."""
    active = select(templates.c.id).where(
        templates.c.business_id == db.here(),
        templates.c.status == TemplateStatus.ACTIVE,
        or_(templates.c.ends_at.is_(None), templates.c.ends_at > clock.now()),
    )
    return db.scalar(active.limit(1)) is not None


def find(typed: Sequence[str], who: Identity, *, lock: bool, on_trial: bool = False) -> Found:
    """The coupons behind the codes, each code once. With `lock` everything that could be used up meanwhile stays
    locked until the phase ends, so that what is priced with them can be kept. `on_trial`: those of templates that are
    in draft or paused as well."""
    typed_by_code = {normal(code): code.strip()[:60] for code in typed}
    if not typed_by_code:
        return Found()
    by_code = _read(typed_by_code, lock=lock)
    found: list[Coupon] = []
    rows: dict[uuid.UUID, CouponRow | CouponTemplate] = {}
    refused: list[Refused] = []
    for code, as_typed in typed_by_code.items():
        template, row = by_code.get(code, (None, None))
        why = _refusal(
            template,
            row,
            who,
            {TemplateStatus.ACTIVE, TemplateStatus.DRAFT, TemplateStatus.PAUSED}
            if on_trial
            else {TemplateStatus.ACTIVE},
        )
        if why is not None:
            # A code of a buyer's own is told to nobody else, nor that there is one.
            refused.append(Refused(as_typed, *why, coupon_id=row.id if row is not None else None))
            continue
        assert template is not None
        coupon = coupon_of(template, row)
        found.append(coupon)
        rows[coupon.id] = row if row is not None else template
    chosen = {template.id: template for template, _ in by_code.values()}
    known = {coupon.rule.id: chosen[coupon.rule.id] for coupon in found}
    return Found(tuple(found), rows, usage_of(known.values(), who, lock=lock), tuple(refused))


def coupon_of(template: CouponTemplate, row: CouponRow | None) -> Coupon:
    """What pricing needs of a coupon, or (without a row) of a shared code."""
    if row is None:
        return Coupon(template.id, some(template.shared_code), rule_of(template))
    return Coupon(row.id, shown(row.code), rule_of(template, ends_at=row.expires_at))


def rule_of(template: CouponTemplate, *, ends_at: datetime | None = None) -> DiscountRule:
    """The rule a row of `coupon_templates` stands for. Of one template one coupon can be used with an order."""
    return rule_rows.rule_of(
        template,
        limits=rule_rows.limits_of(template, max_uses_per_buyer=_most_of_buyer(template)),
        ends_at=ends_at or template.ends_at,
        combinable=template.combinable,
        exclusion_group=template.exclusion_group or str(template.id),
    )


def usage_of(found: Iterable[CouponTemplate], who: Identity, *, lock: bool) -> dict[uuid.UUID, Usage]:
    """How far the limits of these templates are used; a buyer counts as the one, of all they are known by, that used
    it most. With `lock` nobody else uses them as this buyer until the phase ends."""
    limited = [row for row in found if _most_of_buyer(row) is not None]
    if lock:
        _lock_buyers(limited, who)
    by_buyer = {row.id: _times(row, who) for row in limited}
    return {
        row.id: Usage(uses=row.uses, uses_by_buyer=by_buyer.get(row.id, 0), spent_minor=row.spent_minor)
        for row in found
    }


def _most_of_buyer(template: CouponTemplate) -> int | None:
    """Orders of one buyer; whoever has another account by the same email address has no second first purchase."""
    most: int | None = template.max_uses_per_buyer
    return 1 if template.kind == "first_purchase" else most


def refuse_unused(found: Found, priced: Priced) -> None:
    """Require that every code takes something off.

    Raises:
        CouponRefused: one is not.
    """
    for each in found.refused:
        raise refuse_code(each.code, each.reason, each.text)
    codes = {coupon.id: coupon.code for coupon in found.coupons}
    for verdict in priced.verdicts:
        if verdict.coupon_id in codes:
            raise refuse_code(codes[verdict.coupon_id], verdict.reason, verdict.text)


def reserve(order_id: uuid.UUID, priced: Priced, found: Found, who: Identity) -> None:
    """Reserve the coupons that give something with the order, in the phase that locked them in `find`."""
    by_id = {coupon.id: coupon for coupon in found.coupons}
    steps = {step.coupon_id: step for step in priced.steps}
    for each in priced.consumed:
        if each.coupon_id is None:
            continue
        row, is_shared = found.rows[each.coupon_id], each.coupon_id == each.rule_id
        step = steps[each.coupon_id]
        db.add(
            CouponUse,
            template_id=each.rule_id,
            coupon_id=None if is_shared else each.coupon_id,
            order_id=order_id,
            code=by_id[each.coupon_id].code,
            name=step.name,
            explanation=step.why,
            explained=stored(step.why),
            buyer_reference=who.reference,
            email_key=who.email_key,
            device_key=who.device_key,
            spent_minor=each.spent_minor,
        )
        if not is_shared:
            states.advance(
                COUPON,
                row,
                CouponStatus.RESERVED,
                reason="order placed",
                actor=f"buyer:{who.reference}",
                order_id=order_id,
            )
    for each in sorted((each for each in priced.consumed if each.coupon_id), key=lambda each: each.rule_id):
        db.write(rule_rows.counted(CouponTemplate, each.rule_id, uses=1, spent_minor=each.spent_minor))


def confirm(order_id: uuid.UUID) -> None:
    """The order was paid: mark the coupons that it reserved as used, and tell the templates that issue for orders. Safe
    when it has none."""
    found = db.first(coupons_of_order.HELD, order=order_id)
    if found is not None and found.has_coupons:
        _use(order_id)
    if found is not None and found.is_waited_for:
        outbox.emit("order.coupons_due", aggregate_id=order_id, payload={"order_id": str(order_id)})


def _use(order_id: uuid.UUID) -> None:
    held = _of(order_id, uses.c.used.is_(False))
    db.write(update(CouponUse).where(_mine(order_id), uses.c.released.is_(False)).values(used=True))
    for use, row in _with_coupons(held):
        if row is not None and row.status == CouponStatus.RESERVED:
            states.advance(COUPON, row, CouponStatus.USED, reason="order paid", actor="system")
        outbox.emit("coupon.used", aggregate_id=order_id, payload=_event_payload(use))


def release(order_id: uuid.UUID) -> None:
    """Return the coupons that an order reserved and was never paid with, and emit `coupon.returned` for each. Safe to
    call again."""
    _return(order_id, _of(order_id, uses.c.used.is_(False)), reason="order closed")


def return_refunded(order_id: uuid.UUID) -> None:
    """Return the coupons of a fully refunded order whose template's `refund_rule` says so, and emit `coupon.returned`
    for each. Safe to call again."""
    returning = select(templates.c.id).where(
        templates.c.business_id == db.here(), templates.c.id == uses.c.template_id, templates.c.refund_rule == "return"
    )
    _return(order_id, _of(order_id, uses.c.used, returning.exists()), reason="refunded")


def _return(order_id: uuid.UUID, coupon_uses: Sequence[CouponUse], *, reason: str) -> None:
    if not coupon_uses:
        return
    rows = _with_coupons(coupon_uses)  # locked before their templates, as when they are held
    for use in coupon_uses:
        db.run(rule_rows.counted(CouponTemplate, use.template_id, uses=-1, spent_minor=-use.spent_minor))
    db.run(
        update(CouponUse).where(_mine(order_id), uses.c.id.in_([use.id for use in coupon_uses])).values(released=True)
    )
    for use, row in rows:
        if row is not None and row.status in (CouponStatus.RESERVED, CouponStatus.USED):
            states.advance(COUPON, row, CouponStatus.ISSUED, reason=reason, actor="system", order_id=None)
        outbox.emit("coupon.returned", aggregate_id=order_id, payload=_event_payload(use))


def _read(codes: Collection[str], *, lock: bool) -> dict[str, tuple[CouponTemplate, CouponRow | None]]:
    """By code: its template, and its own row unless it is a shared one."""
    own = db.rows(select(coupons).where(coupons.c.business_id == db.here(), coupons.c.code.in_(codes)))
    condition = (templates.c.business_id == db.here()) & or_(
        templates.c.code.in_(codes), templates.c.id.in_([row.template_id for row in own])
    )
    # Of shared codes that are the same the one that has not ended counts.
    query = (
        select(templates)
        .where(condition)
        .order_by((templates.c.status != TemplateStatus.ENDED).asc(), templates.c.created_at)
    )
    kinds = {row.id: row for row in db.rows(query)}
    if lock:
        own = _lock_own(own)
        kinds |= _lock_limited(kinds)
    found: dict[str, tuple[CouponTemplate, CouponRow | None]] = {
        row.code: (row, None) for row in kinds.values() if row.code is not None and row.code in codes
    }
    return found | {row.code: (kinds[row.template_id], row) for row in own}


def _lock_limited(kinds: Mapping[uuid.UUID, CouponTemplate]) -> dict[uuid.UUID, CouponTemplate]:
    limited = [row.id for row in kinds.values() if row.budget_minor is not None or row.max_uses is not None]
    if not limited:
        return {}
    # Read again under lock: others may have used them meanwhile, or paused them.
    query = select(templates).where(templates.c.business_id == db.here(), templates.c.id.in_(limited))
    return {row.id: row for row in db.rows(query.order_by(templates.c.id).with_for_update())}


def _lock_own(own: Sequence[CouponRow]) -> Sequence[CouponRow]:
    if not own:
        return own
    query = select(coupons).where(coupons.c.business_id == db.here(), coupons.c.id.in_([row.id for row in own]))
    return db.rows(query.order_by(coupons.c.id).with_for_update())


def _lock_buyers(found: Iterable[CouponTemplate], who: Identity) -> None:
    keys = sorted(
        {
            int.from_bytes(hashlib.sha256(f"{row.id}{column}{value}".encode()).digest()[:4], "big", signed=True)
            for row in found
            for column, value in who.known(set(row.identify_by) | {"account"}).items()
        }
    )
    for key in keys:
        db.scalar(text(f"SELECT pg_advisory_xact_lock({_BUYERS}, {key})"))


def _times(template: CouponTemplate, who: Identity) -> int:
    known = who.known(template.identify_by)
    if not known:
        return 0
    of_buyer = {
        column: uses.columns[column].in_([value, *who.also])
        if column == "buyer_reference" and who.also
        else uses.columns[column] == value
        for column, value in known.items()
    }
    counts = [func.count(case((condition, 1))) for condition in of_buyer.values()]
    row = db.first(
        select(*counts).where(
            uses.c.business_id == db.here(),
            uses.c.template_id == template.id,
            uses.c.released.is_(False),
            or_(*of_buyer.values()),
        )
    )
    return max(row) if row is not None else 0


_TEXTS = {
    "unknown_code": N_("This code does not exist."),
    "not_active": N_("This code cannot be used right now."),
    CouponStatus.RESERVED: N_("This code is reserved by another unpaid order."),
    CouponStatus.USED: N_("This code has already been used."),
    CouponStatus.EXPIRED: N_("This code has expired."),
    CouponStatus.REVOKED: N_("This code was revoked."),
}


def _refusal(
    template: CouponTemplate | None, row: CouponRow | None, who: Identity, statuses: Collection[str]
) -> tuple[str, str] | None:
    """What keeps a code out whatever is in the cart: reason and words. `statuses` are those of templates that count."""
    reason = None
    if template is None or template.status == TemplateStatus.DRAFT and TemplateStatus.DRAFT not in statuses:
        reason = "unknown_code"
    elif row is not None and row.buyer_reference not in (None, who.reference):
        return "other_buyer", N_("This code is for another buyer.")
    elif row is not None and row.status != CouponStatus.ISSUED:
        reason = str(row.status)
    elif template.status not in statuses:
        reason = "expired" if template.status == TemplateStatus.ENDED else "not_active"
    return (reason, _TEXTS[reason]) if reason else None


def refuse_code(code: str, reason: str, words: str) -> CouponRefused:
    """The error for a code that cannot be used."""
    details = {"param": "coupon_codes", "code": code, "reason": reason}
    return CouponRefused("coupon_refused", Translatable("%(code)s: %(why)s", code=code, why=words), details=details)


def _mine(order_id: uuid.UUID) -> Any:
    return and_(uses.c.business_id == db.here(), uses.c.order_id == order_id)


def _of(order_id: uuid.UUID, *conditions: Any) -> Sequence[CouponUse]:
    return db.rows(
        select(uses).where(_mine(order_id), uses.c.released.is_(False), *conditions).order_by(uses.c.template_id)
    )


def _with_coupons(coupon_uses: Sequence[CouponUse]) -> list[tuple[CouponUse, CouponRow | None]]:
    coupon_ids = [use.coupon_id for use in coupon_uses if use.coupon_id is not None]
    query = (
        select(coupons).where(coupons.c.business_id == db.here(), coupons.c.id.in_(coupon_ids)).order_by(coupons.c.id)
    )
    rows = {row.id: row for row in db.rows(query.with_for_update())} if coupon_ids else {}
    return [(use, rows.get(use.coupon_id) if use.coupon_id else None) for use in coupon_uses]


def _event_payload(use: CouponUse) -> dict[str, Any]:
    return {
        "order_id": str(use.order_id),
        "coupon_template_id": str(use.template_id),
        "coupon_id": str(use.coupon_id) if use.coupon_id else None,
        "spent_minor": use.spent_minor,
    }

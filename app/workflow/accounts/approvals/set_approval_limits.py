"""Choosing from how much money on somebody else has to approve. One person makes the limits narrower, at once; wider
they are made by two, and only after a while: time enough for the others to see it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TypedDict, TypeVar

from sqlalchemy import select, update

from app.core import clock, db
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.core.money import plain
from app.domain.accounts.business import rules
from app.domain.accounts.business.errors import ApprovalNeeded
from app.domain.accounts.business.models import Approval, Business
from app.workflow.accounts.approvals import decide_alone
from app.workflow.steps.accounts import request_approval
from app.workflow.steps.accounts.check_limits import check_limits

TITLES = {
    "refund": "Refunds to one buyer",
    "payout": "Payouts",
    "withdrawal": "Withdrawals",
    "transfer": "Transfers between wallets",
    "top_up": "Credits to wallets",
    "points": "Manual point grants",
    "membership": "Membership days given by hand",
    rules.REFUNDS_A_DAY: "Refunds of a day by one person",
}
_Choice = TypeVar("_Choice", bool, int)
businesses = db.table(Business)
CHANNELS = "New channel accounts and changes to their settings"


ALONE, WAIT = "The only owner decides alone", "Delay when deciding alone"
HOURS = range(1, 73)  # that a decision alone may wait


class Rules(TypedDict):
    """What takes two people, and what becomes of it where there is one."""

    limits: dict[str, dict[str, int]]
    channels_need_approval: bool
    decides_alone: bool
    alone_waits_h: int


def set_approval_limits(
    business_id: uuid.UUID,
    limits: Mapping[str, Mapping[str, int]],
    *,
    channels_need_approval: bool | None = None,
    decides_alone: bool | None = None,
    alone_waits_h: int | None = None,
    actor: str = "system",
    has_second_factor: bool = False,
    seen: str | None = None,
) -> ApprovalNeeded | None:
    """Let one person move at most this much alone: kind → currency → minor units. What is left out has no limit; zero
    asks for approval always. What was asked already stays asked. `channels_need_approval`: adding channel accounts and
    changing their settings takes two people (None: as it is). `decides_alone`: in a business of one its owner decides
    alone after `alone_waits_h` hours what otherwise takes two (decide_alone.py). What is narrower holds at once; for
    what is wider somebody else was asked, which is what is returned. Nobody is asked when the system does it. Whoever
    owns the business alone and `has_second_factor`, shown a moment ago, waits instead.

    Raises:
        Invalid: no such kind or currency, less than nothing, or hours beyond HOURS.
        Conflict: the limits are no longer those that were `seen` (rules.fingerprint).
    """
    checked = check_limits(limits, rules.LIMITS)
    if alone_waits_h is not None and alone_waits_h not in HOURS:
        raise Invalid("invalid_limit", "The delay is 1 to 72 hours.", details={"param": "alone_waits_h"})
    with db.system_phase("set_approval_limits.set"):
        before = _rules(business_id, lock=True)
        if seen is not None and seen != rules.fingerprint(**before):
            text = "Somebody else has changed the limits since you opened them. Compare, then save again."
            raise Conflict("version_conflict", text)
        after: Rules = {
            "limits": checked,
            "channels_need_approval": _chosen(channels_need_approval, before["channels_need_approval"]),
            "decides_alone": _chosen(decides_alone, before["decides_alone"]),
            "alone_waits_h": _chosen(alone_waits_h, before["alone_waits_h"]),
        }
        at_once = _narrower(before, after) if rules.is_person_or_key(actor) else after
        _write(business_id, at_once)
    if at_once == after or not _is_wider(at_once, after):
        _finish(business_id, at_once, after)
        return None
    with db.phase("set_approval_limits.request", business_id):
        payload = {"before": at_once, "after": after, "changes": _changes(at_once, after)}
        approval_id = request_approval.request("limits", new_id(), actor=actor, reason="Higher limits", payload=payload)
        row = db.get(Approval, approval_id)
        if has_second_factor and decide_alone.may_decide_alone(row, actor):
            decide_alone.begin_waiting(row, actor=actor, proven_at=clock.actual())
    return request_approval.approval_required(approval_id, "Raising approval limits")


def raise_limits(business_id: uuid.UUID, approval: Approval) -> None:
    """Do what was asked for and approved. Safe to call again.

    Raises:
        Conflict: the limits were changed meanwhile, which also calls it off.
    """
    with db.system_phase("set_approval_limits.raise"):
        now = _rules(business_id, lock=True)
        # What was asked before a rule was there says nothing of it.
        before, after = now | approval.payload["before"], now | approval.payload["after"]
        if now not in (before, after):
            raise Conflict("version_conflict", "The limits have changed in the meantime. Review them and try again.")
        _write(business_id, after)


def _finish(business_id: uuid.UUID, at_once: Rules, after: Rules) -> None:
    """Written differently, but nothing is wider: a limit of a day that says what holds anyway, for instance."""
    if at_once != after:
        with db.system_phase("set_approval_limits.finish"):
            if _rules(business_id, lock=True) == at_once:
                _write(business_id, after)


def _narrower(before: Rules, after: Rules) -> Rules:
    return {
        "limits": rules.lowest(before["limits"], after["limits"]),
        "channels_need_approval": before["channels_need_approval"] or after["channels_need_approval"],
        "decides_alone": before["decides_alone"] and after["decides_alone"],
        "alone_waits_h": max(before["alone_waits_h"], after["alone_waits_h"]),
    }


def _is_wider(before: Rules, after: Rules) -> bool:
    off = before["channels_need_approval"] and not after["channels_need_approval"]
    alone = after["decides_alone"] and (not before["decides_alone"] or after["alone_waits_h"] < before["alone_waits_h"])
    return bool(off or alone or rules.raised(before["limits"], after["limits"]))


def _chosen(value: _Choice | None, present: _Choice) -> _Choice:
    return present if value is None else value


def _rules(business_id: uuid.UUID, *, lock: bool) -> Rules:
    query = select(businesses).where(businesses.c.id == business_id)
    row = db.first(query.with_for_update() if lock else query)
    assert row is not None  # whoever acts has a seat there
    return {
        "limits": row.approval_limits,
        "channels_need_approval": row.channels_need_approval,
        "decides_alone": row.decides_alone,
        "alone_waits_h": row.alone_waits_h,
    }


def _write(business_id: uuid.UUID, after: Rules) -> None:
    changed = {"approval_limits": after["limits"], **{name: value for name, value in after.items() if name != "limits"}}
    db.write(update(Business).where(Business.id == business_id).values(**changed), expect=1)


def _changes(before: Rules, after: Rules) -> list[dict[str, str]]:
    """As the table of what changes shows it."""
    old, new = before["limits"], after["limits"]
    found = [
        {
            "field": f"{TITLES[kind]}, {currency}",
            "before": _shown(old.get(kind, {}).get(currency), currency),
            "after": _shown(new.get(kind, {}).get(currency), currency),
        }
        for kind in rules.LIMITS
        for currency in sorted({*old.get(kind, {}), *new.get(kind, {})})
        if old.get(kind, {}).get(currency) != new.get(kind, {}).get(currency)
    ]
    if before["channels_need_approval"] != after["channels_need_approval"]:
        found.append({"field": CHANNELS, "before": "Two people", "after": "One person"})
    if before["decides_alone"] != after["decides_alone"]:
        found.append({"field": ALONE, "before": "No", "after": "Yes"})
    if before["alone_waits_h"] != after["alone_waits_h"]:
        hours = [f"{each['alone_waits_h']} hours" for each in (before, after)]
        found.append({"field": WAIT, "before": hours[0], "after": hours[1]})
    return found


def _shown(minor: int | None, currency: str) -> str:
    if minor is None:
        return "No limit"
    return rules.amount_text(minor, currency) if rules.is_unit(currency) else f"{plain(minor, currency)} {currency}"

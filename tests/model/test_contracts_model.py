"""Contracts against a plain oracle: weeks, a purse, and what happens when. Whatever is done in whatever order, both
stand alike, and every invariant holds."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from app.core import clock, db
from app.core.errors import AppError
from app.domain.signing.calendar import Unit
from app.workflow.subscriptions import change_contract
from tests.factories.contracts import DAY, contract, cycles, plan_of, sign
from tests.factories.shop import Shop

WEEK, PRICE, RETRIES = 7 * DAY, 1000, (2, 3)


@dataclass
class Oracle:
    """A weekly contract in plain arithmetic; `now` counts seconds from signing."""

    purse: int
    now: float = 0
    status: str = "active"
    reason: str | None = None
    ends: float = WEEK
    paid: int = 1
    refused: int = 0
    next_try: float = 0
    is_cancelled: bool = False
    resumes: float | None = None
    log: list[str] = field(default_factory=list)

    def advance(self, seconds: float) -> None:
        target = self.now + seconds
        while (at := self._next()) is not None and at <= target:
            self.now = max(self.now, at)
            self._happen()
        self.now = target

    def pause(self, days: float | None) -> bool:
        if self.status != "active" or self.is_cancelled:
            return False
        self.status, self.resumes = "paused", None if days is None else self.now + days * DAY
        return True

    def resume(self) -> bool:
        if self.status != "paused":
            return False
        self.status, self.resumes = "active", None
        if self.ends <= self.now:
            self.ends = self.now  # the next period begins now
            self._happen()
        return True

    def cancel(self) -> bool:
        if self.status != "active":
            return False
        self.is_cancelled = True
        return True

    def uncancel(self) -> bool:
        if self.status != "active" or not self.is_cancelled:
            return False
        self.is_cancelled = False
        return True

    def cancel_now(self) -> bool:
        if self.status == "ended":
            return False
        self.status, self.reason = "ended", "cancelled"
        return True

    def _next(self) -> float | None:
        return {"active": self.ends, "past_due": self.next_try, "paused": self.resumes}.get(self.status)

    def _happen(self) -> None:
        if self.status == "paused":
            self.resume()
        elif self.is_cancelled:
            self.status, self.reason = "ended", "cancelled"
        elif self.purse >= PRICE:
            self.purse -= PRICE
            self.status, self.refused, self.paid, self.ends = "active", 0, self.paid + 1, self.ends + WEEK
        else:
            self.refused += 1
            self.status = "past_due"
            if self.refused > len(RETRIES):
                self.status, self.reason = "ended", "unpaid"
            else:
                self.next_try = self.now + RETRIES[self.refused - 1] * DAY


def _step(shop: Shop, contract_id: uuid.UUID, oracle: Oracle, chance: random.Random) -> None:
    """One thing that a buyer, a merchant or time does, to both."""
    what = chance.choices(
        ["advance", "fund", "pause", "resume", "cancel", "uncancel", "cancel_now"], [9, 1.5, 1, 3, 1, 2, 0.2]
    )[0]
    oracle.log.append(what)
    if what == "advance":
        seconds = int(chance.uniform(0.3, 9) * DAY)
        oracle.advance(seconds)
        shop.advance(seconds)
        return
    if what == "fund":
        oracle.purse += 1500
        shop.fund("buyer-1", 1500)
        return
    days = chance.choice([None, 3, 20]) if what == "pause" else None
    may = oracle.pause(days) if what == "pause" else getattr(oracle, what)()
    assert _do(shop, contract_id, what, days) == may, oracle.log
    if what == "resume" and may:
        shop.advance(30)  # what is charged at once
        oracle.advance(30)


def _do(shop: Shop, contract_id: uuid.UUID, what: str, days: float | None) -> bool:
    here, by = shop.business_id, "key:test"
    try:
        if what == "pause":
            until = None if days is None else _after(shop, days)
            change_contract.pause_contract(here, contract_id, resumes_at=until, actor=by)
        elif what == "resume":
            change_contract.resume_contract(here, contract_id, actor=by)
        elif what == "cancel":
            change_contract.cancel_at_period_end(here, contract_id, actor=by)
        elif what == "uncancel":
            change_contract.uncancel(here, contract_id)
        else:
            change_contract.cancel_now(here, contract_id, actor=by)
    except AppError:
        return False
    return True


def _after(shop: Shop, days: float) -> datetime:
    with db.reading(shop.business_id):
        return clock.now() + timedelta(days=days)


@pytest.mark.parametrize("seed", range(4))
def test_contracts_do_what_the_oracle_says(shop: Shop, seed: int) -> None:
    chance = random.Random(seed)
    shop.keep_wallets()
    shop.fund("buyer-1", 2000)
    contract_id = sign(shop, plan_of(shop, unit=Unit.WEEK, retry_days=RETRIES))
    oracle = Oracle(purse=1000)

    for _ in range(25):
        _step(shop, contract_id, oracle, chance)
        row = contract(shop, contract_id)
        paid = sum(each.status == "paid" for each in cycles(shop, contract_id))
        assert (row.status, row.end_reason, paid, row.try_count if row.status == "past_due" else 0) == (
            oracle.status,
            oracle.reason,
            oracle.paid,
            oracle.refused if oracle.status == "past_due" else 0,
        ), oracle.log
        if oracle.status == "ended":
            break

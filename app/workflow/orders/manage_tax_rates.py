"""Tax rates: set and ended. One never changes, so a receipt made later shows what held when its order was paid."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from app.core import clock, db
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.domain.accounts.business.settings.choices import countries
from app.domain.catalog.models import Product
from app.domain.orders.receipts.models import TaxRate
from app.domain.orders.receipts.rules import WHOLE_BPS

MAX_RATES = 500  # in force, of one business
MAX_NAME = 40
rates = db.table(TaxRate)


@dataclass(frozen=True, kw_only=True)
class TaxRateCommand:
    """The tax that prices in a country (ISO 3166-1 alpha-2) include: of one product, or of all others."""

    country: str
    name: str
    rate_bps: int
    product_id: uuid.UUID | None = None


def set_tax_rate(business_id: uuid.UUID, command: TaxRateCommand, *, rate_id: uuid.UUID | None = None) -> uuid.UUID:
    """Set a rate from now on; its id. The one that held until now for the same country and product ends. The same
    `rate_id` again changes nothing.

    Raises:
        Invalid: no such country, no name, or a rate outside 0 to 100 %. NotFound: no such product.
        Conflict: the business has MAX_RATES.
    """
    _check(command)
    rate_id = rate_id or new_id()
    with db.phase("manage_tax_rates.set", business_id):
        if db.first(select(rates.c.id).where(rates.c.business_id == db.here(), rates.c.id == rate_id)) is not None:
            return rate_id
        if command.product_id is not None:
            db.get(Product, command.product_id)
        open_ = select(func.count()).where(rates.c.business_id == db.here(), rates.c.ends_at.is_(None))
        if int(db.scalar(open_) or 0) >= MAX_RATES:
            raise Conflict("too_many_tax_rates", f"A business can have at most {MAX_RATES} tax rates. End some first.")
        now = clock.now()
        _end(command, now)
        db.write(
            db.new_row(
                TaxRate,
                id=rate_id,
                country=command.country,
                product_id=command.product_id,
                name=command.name.strip(),
                rate_bps=command.rate_bps,
                starts_at=now,
            ).on_conflict_do_nothing(),
            expect=1,
        )
    return rate_id


def end_tax_rate(business_id: uuid.UUID, rate_id: uuid.UUID) -> None:
    """Let a rate end now; one that has ended stays as it is.

    Raises:
        NotFound: no such rate.
    """
    with db.phase("manage_tax_rates.end", business_id):
        rate = db.lock(TaxRate, rate_id)
        if rate.ends_at is None:
            db.write(db.change(TaxRate, rate_id, ends_at=max(clock.now(), rate.starts_at)), expect=1)


def _end(command: TaxRateCommand, now: datetime) -> None:
    same = rates.c.product_id == command.product_id if command.product_id else rates.c.product_id.is_(None)
    conditions = rates.c.business_id == db.here(), rates.c.country == command.country, rates.c.ends_at.is_(None), same
    db.run(update(TaxRate).where(*conditions).values(ends_at=func.greatest(now, rates.c.starts_at)))


def _check(command: TaxRateCommand) -> None:
    if command.country not in dict(countries()):
        raise Invalid("invalid_tax_rate", "Choose a country.", details={"param": "country"})
    if not 1 <= len(command.name.strip()) <= MAX_NAME:
        text = f"The name must have 1 to {MAX_NAME} characters, such as VAT."
        raise Invalid("invalid_tax_rate", text, details={"param": "name"})
    if not 0 <= command.rate_bps <= WHOLE_BPS:
        raise Invalid("invalid_tax_rate", "The rate must be 0 to 100 %.", details={"param": "rate_bps"})

"""Finding the seller that somebody names: by id, by reference or by name."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import or_, select

from app.core import db, ids
from app.core.errors import Invalid
from app.domain.catalog.sellers.models import Seller
from app.domain.catalog.sellers.states import SellerStatus

sellers = db.table(Seller)


@dataclass(frozen=True)
class NamedSellers:
    """The sellers that some texts name, as they are now."""

    by_id: dict[uuid.UUID, Seller] = field(default_factory=dict)
    by_reference: dict[str, Seller] = field(default_factory=dict)
    by_name: dict[str, list[Seller]] = field(default_factory=dict)

    def find(self, text: str) -> Seller:
        """The active seller of this id (`sel_…`), this reference, or else this name.

        Raises:
            Invalid: there is none, it is archived, or several have the name.
        """
        row_id = ids.try_parse(text, "sel")
        found = self.by_id.get(row_id) if row_id is not None else self.by_reference.get(text)
        if found is None:
            active = [row for row in self.by_name.get(text, ()) if row.status == SellerStatus.ACTIVE]
            if len(active) > 1:
                raise _unknown(f"Several sellers are called {text[:60]}. Use the reference or the ID.")
            found = active[0] if active else None
        if found is None:
            raise _unknown(f"There is no seller {text[:60]}.")
        if found.status != SellerStatus.ACTIVE:
            raise _unknown(f"The seller {found.name[:60]} is archived.")
        return found


def named(texts: Collection[str], *, lock: bool = False) -> NamedSellers:
    """The sellers that these texts name, in the open transaction. With `lock` none of them can be archived before it
    ends."""
    texts = {text for text in texts if text and "\x00" not in text}
    found = NamedSellers()
    if not texts:
        return found
    row_ids = [row_id for text in texts if (row_id := ids.try_parse(text, "sel")) is not None]
    query = (
        select(sellers)
        .where(
            sellers.c.business_id == db.here(),
            or_(sellers.c.id.in_(row_ids), sellers.c.reference.in_(texts), sellers.c.name.in_(texts)),
        )
        .order_by(sellers.c.id)
    )
    for row in db.rows(query.with_for_update(read=True) if lock else query):
        found.by_id[row.id] = row
        if row.reference is not None:
            found.by_reference[row.reference] = row
        found.by_name.setdefault(row.name, []).append(row)
    return found


def handles(seller_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """What files call these sellers, in the open transaction, so that `NamedSellers.find` finds them again: the
    reference, or the name where no other seller has it, or the id."""
    if not seller_ids:
        return {}
    same = sellers.alias()
    is_shared = (
        select(same.c.id)
        .where(same.c.business_id == sellers.c.business_id, same.c.name == sellers.c.name, same.c.id != sellers.c.id)
        .exists()
    )
    query = select(sellers.c.id, sellers.c.reference, sellers.c.name, is_shared.label("is_shared"))
    found = db.rows(query.where(sellers.c.business_id == db.here(), sellers.c.id.in_(seller_ids)))
    return {row.id: row.reference or (ids.show("sel", row.id) if row.is_shared else row.name) for row in found}


def one(text: str) -> uuid.UUID | None:
    """The id of the active seller that the text names, None for an empty one; it cannot be archived until the phase
    ends. Raises as `NamedSellers.find` does."""
    return named([text], lock=True).find(text).id if text else None


def _unknown(message: str) -> Invalid:
    return Invalid("unknown_seller", message, details={"param": "seller"})

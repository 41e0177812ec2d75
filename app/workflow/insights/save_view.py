"""What people keep of a list: views with a name, their own or for everybody, and the columns they like."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypedDict

from sqlalchemy import delete, func, select

from app.core import clock, db
from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.domain.insights.lists.models import ListColumns, SavedView
from app.domain.insights.lists.rules import MAX_VIEWS

MAX_NAME = 60
views = db.table(SavedView)


@dataclass(frozen=True, kw_only=True)
class SavedViewCommand:
    """What a saved view should be: the texts of its filters, the order and the columns."""

    filters: Mapping[str, str] = field(default_factory=dict)
    columns: Sequence[str] = ()
    oldest_first: bool = False
    by_amount: bool = False


class _Kept(TypedDict):
    filters: dict[str, str]
    columns: list[str]
    shared: bool
    changed_at: datetime
    oldest_first: bool
    by_amount: bool


def save_view(
    business_id: uuid.UUID,
    listing: str,
    command: SavedViewCommand,
    *,
    user_id: uuid.UUID | None,
    name: str,
    shared: bool,
) -> uuid.UUID:
    """Save a view of a list under a name, in place of the same person's view of that name; the view's id. Without a
    person it is shared and belongs to a program.

    Raises:
        Invalid: no name, or a long one. Conflict: the person has MAX_VIEWS of the list.
    """
    name = " ".join(name.split())
    if not 0 < len(name) <= MAX_NAME:
        raise Invalid("invalid_name", f"A name must have 1 to {MAX_NAME} characters.", details={"param": "name"})
    with db.phase("save_view.save", business_id):
        conditions = views.c.business_id == business_id, views.c.listing == listing, views.c.user_id == user_id
        known = db.first(select(views.c.id).where(*conditions, views.c.name == name))
        kept: _Kept = {
            "filters": dict(command.filters),
            "columns": list(command.columns),
            "shared": shared or user_id is None,
            "changed_at": clock.now(),
            "oldest_first": command.oldest_first,
            "by_amount": command.by_amount,
        }
        if known is not None:
            db.write(db.change(SavedView, known.id, **kept), expect=1)
            return uuid.UUID(str(known.id))
        if db.scalar(select(func.count()).select_from(views).where(*conditions)) >= MAX_VIEWS:
            raise Conflict("too_many_views", f"This list already has {MAX_VIEWS} views. Remove one first.")
        view_id = new_id()
        row = db.new_row(SavedView, id=view_id, listing=listing, user_id=user_id, name=name, **kept)
        taken = Conflict("version_conflict", "A view with this name was saved at the same time. Try again.")
        db.write(row.on_conflict_do_nothing(), expect=1, otherwise=taken)
    return view_id


def remove_view(business_id: uuid.UUID, view_id: uuid.UUID, *, user_id: uuid.UUID | None, any_shared: bool) -> str:
    """Remove the person's own view or, with `any_shared`, one that anybody shares; the list it was of.

    Raises:
        NotFound: there is no such view, or it is somebody else's.
    """
    with db.phase("save_view.remove", business_id):
        found: SavedView | None = db.first(
            select(views).where(views.c.business_id == business_id, views.c.id == view_id).with_for_update()
        )
        if found is None or not (found.user_id == user_id or (found.shared and any_shared)):
            raise NotFound("not_found", "There is no such view.")
        db.run(delete(views).where(views.c.business_id == business_id, views.c.id == view_id))
    return str(found.listing)


def choose_columns(business_id: uuid.UUID, listing: str, columns: Sequence[str], *, user_id: uuid.UUID) -> None:
    """Set the columns that a person sees of a list; none restores the default."""
    table = db.table(ListColumns)
    with db.phase("save_view.choose", business_id):
        row = db.new_row(ListColumns, listing=listing, user_id=user_id, columns=list(columns))
        key = [table.c.business_id, table.c.user_id, table.c.listing]
        db.write(row.on_conflict_do_update(index_elements=key, set_={"columns": list(columns)}))

"""Views of lists that everybody in the portal sees."""

from typing import Annotated, Literal

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import PRINTABLE, Answer, Moment, Shape, ShortText, Word, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core import lists
from app.core.errors import Invalid
from app.core.ids import parse, show
from app.read.insights import saved_views
from app.workflow.insights import save_view
from app.workflow.insights.save_view import MAX_NAME, SavedViewCommand

Order = Annotated[
    Literal["newest", "oldest", "highest", "lowest"],
    Field(description="`highest` and `lowest`: orders by amount, of the one currency in `filters`."),
]
ViewedList = Literal["orders", "payments", "refunds", "movements", "requests"]


class SavedViewRequest(Shape):
    """A list as it is to be looked at."""

    resource: ViewedList
    name: Annotated[ShortText, Field(max_length=MAX_NAME, examples=["Large and unpaid"])]
    filters: Annotated[
        dict[Word, Annotated[str, Field(max_length=lists.MAX_TEXT), PRINTABLE]],
        Field(max_length=20, description="As for exports.", examples=[{"view": "paid"}]),
    ] = {}
    columns: Annotated[
        list[Word],
        Field(
            max_length=lists.MAX_COLUMNS,
            description="Defaults to the default columns.",
            examples=[[]],
        ),
    ] = []
    order: Order = "newest"


class SavedView(Answer):
    """A view of a list that everybody sees."""

    id: str
    resource: str
    name: str
    filters: dict[str, str]
    columns: list[str]
    order: Order
    user: Annotated[str | None, Field(description="The owner; null for views of keys.")]
    created_at: Moment
    changed_at: Moment


class SavedViewQuery(ListQuery):
    """What a list of views may be narrowed by."""

    resource: ViewedList | None = None


@v1.get("/saved_views", query=SavedViewQuery, answer=Page[SavedView], permission="settings.read", tag="Settings")
def list_saved_views(caller: KeyCaller, query: SavedViewQuery) -> Page[SavedView]:
    """List shared views.

    Newest first. What somebody keeps for themselves is not among them.
    """
    found = saved_views.list_shared(caller.business_id, query.resource or "", after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_view, key=lambda row: (row.created_at, row.id))


@v1.post(
    "/saved_views",
    body=SavedViewRequest,
    answer=SavedView,
    permission="settings.write",
    tag="Settings",
    errors=("invalid_list", "invalid_name", "too_many_views", "version_conflict"),
)
def save_shared_view(caller: KeyCaller, body: SavedViewRequest) -> SavedView:
    """Save a view for everybody.

    It stands beside the list in the portal. One of the same list and name that a program saved is replaced.
    """
    listing = lists.find(body.resource)
    assert listing is not None  # ViewedList holds none but those
    listing.refuse_unknown(body.filters, body.columns)
    by_amount = body.order in ("highest", "lowest")
    if by_amount and not listing.may_come_by_amount(body.filters):
        raise Invalid("invalid_list", "Only orders of one currency come by amount.", details={"param": "order"})
    filters, turned = listing.fitting(body.filters), body.order in ("oldest", "lowest")
    command = SavedViewCommand(filters=filters, columns=body.columns, oldest_first=turned, by_amount=by_amount)
    made = save_view.save_view(caller.business_id, body.resource, command, user_id=None, name=body.name, shared=True)
    return _view(saved_views.get_shared(caller.business_id, made))


@v1.get("/saved_views/{view_id}", answer=SavedView, permission="settings.read", tag="Settings")
def get_saved_view(caller: KeyCaller, view_id: str) -> SavedView:
    """Get a shared view."""
    return _view(saved_views.get_shared(caller.business_id, parse("vie", view_id)))


@v1.delete("/saved_views/{view_id}", status=204, permission="settings.write", tag="Settings")
def remove_shared_view(caller: KeyCaller, view_id: str) -> None:
    """Remove a shared view.

    Also one that somebody in the portal shares.
    """
    save_view.remove_view(caller.business_id, parse("vie", view_id), user_id=None, any_shared=True)


_ORDERS: dict[tuple[bool, bool], Literal["newest", "oldest", "highest", "lowest"]] = {
    (False, False): "newest",
    (False, True): "oldest",
    (True, False): "highest",
    (True, True): "lowest",
}


def _view(row: saved_views.ViewRow) -> SavedView:
    return SavedView(
        id=show("vie", row.id),
        resource=row.listing,
        name=row.name,
        filters=row.filters,
        columns=row.columns,
        order=_ORDERS[row.by_amount, row.oldest_first],
        user=show("usr", row.user_id) if row.user_id else None,
        created_at=moment_text(row.created_at),
        changed_at=moment_text(row.changed_at),
    )

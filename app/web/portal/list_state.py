"""A list as a page: what its address asks for, the columns somebody wants, their views, and the rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import request, url_for

from app.core import ids, lists, paging
from app.core.errors import NotFound
from app.core.lists import Column, Filter, Listing, ListRequest
from app.read.insights import saved_views
from app.web.checkout.locale import translate
from app.web.portal.access import Actor, actor
from app.web.portal.address import Tab

PAGE = 50


SEES_BUYERS = "buyers.read"


# What the address says of rows by their moment or by amount (by_amount), turned round or not (oldest_first).
ORDERS = {(False, False): "", (False, True): "oldest", (True, False): "highest", (True, True): "lowest"}


@dataclass(frozen=True)
class Place:
    """Where a list stands in the portal, and where one of its rows leads: endpoint, argument, prefix, attribute; and
    where something is done to many of its rows, if it is."""

    endpoint: str
    row_endpoint: str
    argument: str
    prefix: str
    attribute: str = "id"
    bulk: str = ""


PLACES = {
    "orders": Place("portal.orders.index", "portal.orders.detail", "order_id", "ord", bulk="portal.bulk.new"),
    "buyers": Place("portal.buyers.index", "portal.buyers.detail", "buyer_id", "byr"),
    "cases": Place("portal.cases.index", "portal.cases.detail", "case_id", "case", bulk="portal.cases.choose"),
    "memberships": Place("portal.memberships.index", "portal.memberships.detail", "membership_id", "mbr"),
    "movements": Place("portal.movements.index", "portal.movements.detail", "movement_id", "txn"),
    "parcels": Place("portal.parcels.index", "portal.parcels.detail", "parcel_id", "pcl"),
    "payments": Place("portal.payments.index", "portal.orders.detail", "order_id", "ord", "order_id"),
    "products": Place("portal.products.index", "portal.products.detail", "product_id", "prd"),
    "sellers": Place("portal.sellers.index", "portal.sellers.detail", "seller_id", "sel"),
    "partners": Place("portal.partners.index", "portal.partners.detail", "partner_id", "par"),
    "clearing": Place("portal.clearing.index", "portal.orders.detail", "order_id", "ord", "order_id"),
    "coupon_templates": Place("portal.coupons.index", "portal.coupons.detail", "coupon_template_id", "cpt"),
    "coupons": Place("portal.coupons.codes", "portal.coupons.detail", "coupon_template_id", "cpt", "template_id"),
    "webhook_deliveries": Place("portal.webhooks.deliveries", "portal.webhooks.delivery", "webhook_delivery_id", "whd"),
    "inbound_events": Place("portal.inbound.index", "portal.inbound.detail", "inbound_event_id", "ibe"),
    "requests": Place("portal.requests.index", "portal.requests.detail", "request_id", "req"),
    "refunds": Place("portal.refunds.index", "portal.orders.detail", "order_id", "ord", "order_id"),
}


@dataclass(frozen=True)
class ListState:
    """One list, as this request asks for it."""

    who: Actor
    listing: Listing
    filters: dict[str, str]
    oldest_first: bool
    by_amount: bool
    cursor: str
    saved_id: str

    @property
    def name(self) -> str:
        """Which list it is; its section's element is called after it."""
        return self.listing.name

    @property
    def target(self) -> str:
        """The element that holds the list."""
        return f"{self.name}-list"

    @property
    def place(self) -> Place:
        """Where it stands."""
        return PLACES[self.name]

    @property
    def sees_buyers(self) -> bool:
        """Whether buyers' names are shown whole."""
        return self.who.may(SEES_BUYERS)

    @cached_property
    def views(self) -> list[saved_views.ViewRow]:
        """Saved views: one's own, then those of others."""
        return saved_views.views_of(self.who.business_id, self.name, self.who.user.id)

    @cached_property
    def saved(self) -> saved_views.ViewRow | None:
        """The saved view that is open, if it is still there."""
        return next((view for view in self.views if ids.show("vie", view.id) == self.saved_id), None)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Those of the view that is open, or the person's own, or everybody's."""
        if self.saved is not None:
            return self.listing.chosen(self.saved.columns)
        return self.listing.chosen(saved_views.columns_of(self.who.business_id, self.name, self.who.user.id))

    @property
    def zones(self) -> tuple[str, ...]:
        """Time zones that a file may be in."""
        return tuple(dict.fromkeys((self.who.membership.time_zone, "UTC")))

    @cached_property
    def page(self) -> paging.Page[Any]:
        """The rows."""
        key_of = paging.amount_key_of if self.by_amount else paging.key_of
        found = self.listing.read(self.asked, key_of(self.cursor), PAGE + 1)
        shown, is_last = tuple(found[:PAGE]), len(found) <= PAGE
        key = None if is_last else self.listing.key_of(shown[-1], by_amount=self.by_amount)
        return paging.Page(shown, key and paging.cursor_of(*key))

    @property
    def asked(self) -> ListRequest:
        """The same for reading; days are the business's."""
        return ListRequest(
            self.who.business_id,
            filters=self.filters,
            time_zone=self.who.membership.time_zone,
            oldest_first=self.oldest_first,
            by_amount=self.by_amount,
            sees_buyers=self.sees_buyers,
            columns=tuple(column.key for column in self.columns),
        )

    @property
    def view(self) -> str:
        """Which of the list's own views is open."""
        return self.filters.get("view", next(iter(self.listing.views)))

    @property
    def is_filtered(self) -> bool:
        """Whether anything but the view narrows the list."""
        return bool(self.filled)

    @property
    def filled(self) -> list[Filter]:
        """The filters that narrow the list."""
        return [each for each in self.listing.filters if each.key in self.filters]

    @property
    def order(self) -> str:
        """How the rows come, as the address names it; empty as long as nobody chose."""
        return ORDERS[self.by_amount, self.oldest_first]

    @property
    def is_changed(self) -> bool:
        """Whether the open view was changed since it was saved."""
        return self.saved is not None and _asks_of(self.saved) != (self.filters, self.order)

    def url(self, endpoint: str = "", **changes: Any) -> str:
        """The list's address with changes; the cursor is left out unless it is one of them."""
        named: dict[str, Any] = {**self.filters, "order": self.order, "saved": self.saved_id}
        named |= {"listing": self.name} if endpoint else {}
        kept = {key: value for key, value in (named | changes).items() if value}
        return url_for(endpoint or self.place.endpoint, **kept)

    @property
    def clear_url(self) -> str:
        """The list in this view with nothing else asked for."""
        return self._plain_url(self.view)

    def turned_url(self, column: Column) -> str:
        """The list by this column, or by it the other way round; empty when it cannot come so."""
        if column.key == self.listing.ordered_by:
            return self.url(order="" if self.by_amount or self.oldest_first else "oldest")
        if column.key == "amount" and self.listing.may_come_by_amount(self.filters):
            return self.url(order="lowest" if self.by_amount and not self.oldest_first else "highest")
        return ""

    def is_by(self, column: Column) -> bool:
        """Whether the rows come by this column."""
        return column.key == ("amount" if self.by_amount else self.listing.ordered_by)

    def chips(self) -> list[tuple[str, str]]:
        """What narrows the list, in words, and the list without it."""
        return [(f"{translate(each.title)}: {self._said(each)}", self.url(**{each.key: ""})) for each in self.filled]

    def _said(self, each: Filter) -> str:
        text = self.filters[each.key]
        return dict(self.choices(each.key)).get(text, text)

    def row_url(self, row: object) -> str:
        """Where a row leads."""
        shown = ids.show(self.place.prefix, getattr(row, self.place.attribute))
        named: dict[str, Any] = {self.place.argument: shown}
        return url_for(self.place.row_endpoint, **named)

    def shown(self, column: Column, row: object) -> Any:
        """What a column shows of a row."""
        return lists.shown(column, row, sees_buyers=self.sees_buyers)

    def choices(self, key: str) -> list[tuple[str, str]]:
        """The choices of a filter."""
        return self._choices.get(key, [])

    @cached_property
    def _choices(self) -> dict[str, list[tuple[str, str]]]:
        shown = (each for each in self.listing.filters if each.choices and (not each.rare or each.key in self.filters))
        return {each.key: list(each.choices(self.who.business_id)) for each in shown if each.choices}

    def tabs(self) -> list[Tab]:
        """The list's own views, then those that were saved."""
        own = [
            Tab(title, self._plain_url(key), self.saved is None and key == self.view)
            for key, title in self.listing.views.items()
        ]
        return own + [Tab(view.name, self._saved_url(view), view is self.saved, is_named=True) for view in self.views]

    def _plain_url(self, view: str) -> str:
        first = next(iter(self.listing.views))
        named: dict[str, Any] = {"view": view} if view != first else {}
        return url_for(self.place.endpoint, **named)

    def _saved_url(self, view: saved_views.ViewRow) -> str:
        named: dict[str, Any] = {**view.filters, "saved": ids.show("vie", view.id)}
        _, order = _asks_of(view)
        named |= {"order": order} if order else {}
        return url_for(self.place.endpoint, **named)


def _asks_of(view: saved_views.ViewRow) -> tuple[dict[str, str], str]:
    """The filters and the order of a saved view."""
    return view.filters, ORDERS[view.by_amount, view.oldest_first]


def open_list(name: str) -> ListState:
    """The list of this name as the address asks for it.

    Raises:
        NotFound: there is no such list. Denied: it is not for this role.
    """
    who, listing = actor(), lists.find(name)
    if listing is None or name not in PLACES:
        raise NotFound("not_found", "There is no such list.")
    who.require(listing.permission)
    filters, order = request.args, request.args.get("order")
    fitting = listing.fitting(filters)
    by_amount = order in ("highest", "lowest") and listing.may_come_by_amount(fitting)
    return ListState(
        who,
        listing,
        fitting,
        order == "oldest" or (by_amount and order == "lowest"),
        by_amount,
        filters.get("cursor", ""),
        filters.get("saved", ""),
    )

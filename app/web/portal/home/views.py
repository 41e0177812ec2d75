"""The home page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from app.core.htmx import page
from app.read.dashboard import home
from app.read.lists.orders import latest as latest_orders
from app.read.stock import few_left
from app.read.webhooks import in_trouble
from app.web.portal.access import actor, needs
from app.web.portal.home.chart import day_chart

blueprint = Blueprint("home", __name__)


@blueprint.get("")
@needs("home.read")
def index() -> Response:
    who = actor()
    figures = home(who.business_id, who.seat.time_zone)
    latest = latest_orders(who.business_id, 6) if who.may("orders.read") else ()
    sales = figures.sales_in(request.args.get("currency", ""))
    charts = [day_chart(sales, figures.hours_gone, width=width) for width in (720, 340)]
    shown: dict[str, Any] = {"home": figures, "sales": sales, "chart": charts[0], "narrow_chart": charts[1]}
    shown["deaf"] = in_trouble(who.business_id) if who.may("webhooks.read") else ()
    shown["few_left"] = few_left(who.business_id) if who.may("products.read") else 0
    return page("portal/home/index.html", latest=latest, **shown)

"""The home page."""

from __future__ import annotations

from flask import Blueprint, Response, request

from app.core.htmx import page
from app.read.dashboard import home
from app.read.order_search import OrderFilter, search
from app.web.portal.access import actor, needs
from app.web.portal.home.chart import day_chart

blueprint = Blueprint("home", __name__)


@blueprint.get("")
@needs("home.read")
def index() -> Response:
    who = actor()
    figures = home(who.business_id, who.seat.time_zone)
    latest = search(who.business_id, OrderFilter(), limit=6).items if who.may("orders.read") else ()
    sales = figures.sales_in(request.args.get("currency", ""))
    charts = [day_chart(sales, figures.hours_gone, width=width) for width in (720, 340)]
    return page(
        "portal/home/index.html", home=figures, sales=sales, chart=charts[0], narrow_chart=charts[1], latest=latest
    )

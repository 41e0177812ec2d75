"""The taxes that prices include, as receipts show them."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for

from app.core import ids
from app.core.errors import AppError
from app.core.web.htmx import page, see_other
from app.domain.accounts.business.settings.choices import countries
from app.read.accounts.settings import settings
from app.read.orders import tax_rates as read
from app.web.portal.access import actor, needs, reauthenticated
from app.web.portal.orders.tax_rates.forms import TaxRateForm
from app.workflow.orders import manage_tax_rates

blueprint = Blueprint("tax_rates", __name__, url_prefix="/settings/tax-rates")
_ON_FIELD = {"not_found": "product", "invalid_tax_rate": "name"}


@blueprint.get("")
@needs("settings.read")
def index() -> Response:
    return _page()


@blueprint.post("")
@needs("settings.write")
@reauthenticated
def create() -> Response:
    form = TaxRateForm()
    if not form.validate():
        return _page(form, status=422)
    try:
        manage_tax_rates.set_tax_rate(actor().business_id, form.command())
    except AppError as error:
        form.take_error(error, _ON_FIELD)
        return _page(form, status=error.http_status)
    flash("Tax rate set. It holds for orders paid from now on.", "good")
    return see_other(url_for(".index"))


@blueprint.post("/<tax_rate_id>/end")
@needs("settings.write")
@reauthenticated
def end(tax_rate_id: str) -> Response:
    manage_tax_rates.end_tax_rate(actor().business_id, ids.parse("txr", tax_rate_id))
    flash("Tax rate ended.", "good")
    return see_other(url_for(".index"))


def _page(form: TaxRateForm | None = None, *, status: int = 200) -> Response:
    here, cursor = actor().business_id, request.args.get("cursor", "")
    values = settings(here).values
    return page(
        "portal/orders/tax_rates/index.html",
        status=status,
        rates=read.page_of_rates(here, cursor=cursor),
        cursor=cursor,
        form=form or TaxRateForm(formdata=None, country=values["country"] or ""),
        countries=dict(countries()),
        own_country=values["country"],
        is_shown=values["prices_include_tax"],
    )

"""How orders fall into parts."""

from __future__ import annotations

from flask import Blueprint, Response, flash, url_for

from app.core.web.htmx import page, see_other
from app.read.orders.splits import splitting
from app.web.portal.access import actor, needs
from app.web.portal.orders.splitting.forms import SplitForm
from app.workflow.orders.choose_split import choose_split

blueprint = Blueprint("splitting", __name__, url_prefix="/splitting")


@blueprint.get("")
@needs("orders.read")
def index() -> Response:
    found = splitting(actor().business_id)
    return _page(SplitForm(formdata=None, choices=found.choices, data={"split_by": found.chosen}))


@blueprint.post("")
@needs("settings.write")
def choose() -> Response:
    form = SplitForm(choices=splitting(actor().business_id).choices)
    if not form.validate():
        return _page(form, status=422)
    choose_split(actor().business_id, form.split_by.data, actor=actor().name)
    flash("Saved. Existing orders are unchanged.", "good")
    return see_other(url_for("portal.splitting.index"))


def _page(form: SplitForm, *, status: int = 200) -> Response:
    return page("portal/orders/splitting/index.html", status=status, form=form)

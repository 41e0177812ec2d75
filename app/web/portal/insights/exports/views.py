"""Files that were made of lists, or are being made, for the person who asked for them."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from app.core import ids, lists
from app.core.i18n.marks import N_
from app.core.web.htmx import page, see_other
from app.read.insights import saved_views
from app.web.portal.access import ANYBODY, actor, needs
from app.workflow.insights.fetch_export import make_link

blueprint = Blueprint("exports", __name__, url_prefix="/exports")


@blueprint.get("")
@needs(ANYBODY)
def index() -> Response:
    who, cursor = actor(), request.args.get("cursor", "")
    found = saved_views.page_of_exports(who.business_id, who.name, cursor=cursor)
    return page(
        "portal/insights/exports/index.html",
        {"export-list": "list"},
        exports=found,
        cursor=cursor,
        titles={each.name: each.title for each in lists.every()} | {"business": N_("All data")},
        is_moving=any(run.finished_at is None and not run.problem for run in found.items),
    )


@blueprint.post("/<export_id>/file")
@needs(ANYBODY)
def fetch(export_id: str) -> Response:
    who = actor()
    run = saved_views.get_export(who.business_id, ids.parse("exp", export_id), who.name)
    return see_other(url_for("export_files.fetch", token=make_link(who.business_id, run.id)))

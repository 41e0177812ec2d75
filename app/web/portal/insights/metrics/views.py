"""What the metrics mean."""

from __future__ import annotations

from flask import Blueprint, Response

from app.core.web.htmx import page
from app.domain.insights.metrics.types import DEFINITIONS
from app.web.portal.access import needs

blueprint = Blueprint("metrics", __name__, url_prefix="/metrics")


@blueprint.get("")
@needs("home.read")
def index() -> Response:
    return page("portal/insights/metrics/index.html", definitions=DEFINITIONS)

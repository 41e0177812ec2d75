"""Whose page a signed link opens."""

from __future__ import annotations

import uuid

from flask import Response

from app.core import context
from app.core.ids import show
from app.workflow.checkout.link_buyer import read_link


def owner_of(token: str) -> tuple[uuid.UUID, str]:
    """The business and the buyer of a link; the request is about this business from here on, and goes by its time.

    Raises:
        NotFound: it is no link of ours, or it is over.
    """
    business_id, buyer = read_link(token)
    context.bind(business_id=show("biz", business_id))
    return business_id, buyer


def private(drawn: Response) -> Response:
    """The page of a buyer's own. Whoever has its address sees all of it: it is kept nowhere and goes nowhere else."""
    drawn.headers["Cache-Control"] = "no-store"
    drawn.headers["Referrer-Policy"] = "no-referrer"
    drawn.headers["X-Robots-Tag"] = "noindex"
    return drawn

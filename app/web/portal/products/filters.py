"""What the list of products is narrowed by: all of it stands in the address."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from app.read.products import Wanted

STATUSES = {
    "": "All",
    "on_sale": "On sale",
    "scheduled": "Scheduled",
    "draft": "Draft",
    "off_sale": "Off sale",
    "archived": "Archived",
}


def wanted_products() -> Wanted:
    """The filter of this request's address."""
    status = request.args.get("status", "")
    return Wanted(
        status=status if status in STATUSES else "",
        text=request.args.get("q", "")[:200],
        category=request.args.get("category", "")[:60],
    )


def list_url(wanted: Wanted, cursor: str = "", *, endpoint: str = "portal.products.index", as_file: str = "") -> str:
    """The address of the list, or of something else that takes the same filter."""
    named: dict[str, Any] = {"status": wanted.status, "q": wanted.text, "category": wanted.category, "cursor": cursor}
    named["format"] = as_file
    return url_for(endpoint, **{key: value for key, value in named.items() if value})

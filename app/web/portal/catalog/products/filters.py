"""Which products a file is of: the list's filters as they stand in the address."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from app.read.catalog.products import Wanted
from app.read.catalog.products_list import PRODUCTS


def wanted_products() -> Wanted:
    """The filter of this request's address."""
    given = PRODUCTS.fitting(request.args)
    return Wanted(status=given.get("view", ""), text=given.get("q", ""), category=given.get("category", ""))


def file_url(wanted: Wanted, kind: str) -> str:
    """The address of these products as a file."""
    named: dict[str, Any] = {"view": wanted.status, "q": wanted.text, "category": wanted.category, "format": kind}
    return url_for("portal.imports.index", **{key: value for key, value in named.items() if value})

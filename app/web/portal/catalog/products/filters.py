"""Which products a file is of: the list's filters as they stand in the address."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from app.read.catalog.products import ProductFilter
from app.read.catalog.products_list import PRODUCTS


def product_filter() -> ProductFilter:
    """The filter of this request's address."""
    values = PRODUCTS.fitting(request.args)
    return ProductFilter(status=values.get("view", ""), text=values.get("q", ""), category=values.get("category", ""))


def file_url(filters: ProductFilter, kind: str) -> str:
    """The address of these products as a file."""
    named: dict[str, Any] = {"view": filters.status, "q": filters.text, "category": filters.category, "format": kind}
    return url_for("portal.imports.index", **{key: value for key, value in named.items() if value})

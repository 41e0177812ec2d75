"""Prices of a SKU."""

from app.web.portal.catalog.prices import views as views

"""Prices of a SKU."""

from app.web.portal.prices import views as views

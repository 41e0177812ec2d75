"""Buyers: their list, a buyer's page, and merging two."""

from app.web.portal.buyers import views as views

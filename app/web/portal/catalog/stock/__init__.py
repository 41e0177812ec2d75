"""The portal's pages of stock."""

from app.web.portal.catalog.stock import views as views

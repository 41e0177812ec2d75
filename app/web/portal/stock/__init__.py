"""The portal's pages of stock."""

from app.web.portal.stock import views as views

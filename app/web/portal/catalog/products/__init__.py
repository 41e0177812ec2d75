"""The products section of the portal."""

from app.web.portal.catalog.products import views as views

"""The categories section of the portal."""

from app.web.portal.catalog.categories import views as views

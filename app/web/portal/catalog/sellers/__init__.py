"""The sellers section of the portal."""

from app.web.portal.catalog.sellers import views as views

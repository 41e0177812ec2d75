"""The images of a product in the portal."""

from app.web.portal.catalog.images import views as views

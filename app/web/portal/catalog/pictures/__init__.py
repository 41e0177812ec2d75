"""The pictures of a product in the portal."""

from app.web.portal.catalog.pictures import views as views

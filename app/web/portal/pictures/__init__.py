"""The pictures of a product in the portal."""

from app.web.portal.pictures import views as views

"""The orders section of the portal."""

from app.web.portal.orders import views as views

"""The home section of the portal."""

from app.web.portal.home import views as views

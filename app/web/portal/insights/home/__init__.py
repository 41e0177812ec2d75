"""The home section of the portal."""

from app.web.portal.insights.home import views as views

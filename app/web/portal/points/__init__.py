"""The points section of the portal."""

from app.web.portal.points import views as views

"""The team section of the portal."""

from app.web.portal.team import views as views

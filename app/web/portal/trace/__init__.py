"""The trace section of the portal."""

from app.web.portal.trace import views as views

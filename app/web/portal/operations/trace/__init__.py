"""The trace section of the portal."""

from app.web.portal.operations.trace import views as views

"""The metrics section of the portal."""

from app.web.portal.metrics import views as views

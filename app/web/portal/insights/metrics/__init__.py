"""The metrics section of the portal."""

from app.web.portal.insights.metrics import views as views

"""The reports section of the portal."""

from app.web.portal.insights.reports import views as views

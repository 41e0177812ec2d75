"""The reports section of the portal."""

from app.web.portal.reports import views as views

"""The jobs section of the portal."""

from app.web.portal.jobs import views as views

"""The jobs section of the portal."""

from app.web.portal.operations.jobs import views as views

"""The alerts section of the portal."""

from app.web.portal.alerts import views as views

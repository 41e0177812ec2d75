"""The alerts section of the portal."""

from app.web.portal.notifications.alerts import views as views

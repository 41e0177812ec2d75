"""The payments section of the portal."""

from app.web.portal.payments import views as views

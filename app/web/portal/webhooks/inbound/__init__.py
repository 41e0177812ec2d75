"""The inbound events section of the portal."""

from app.web.portal.webhooks.inbound import views as views

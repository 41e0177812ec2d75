"""The webhooks section of the portal."""

from app.web.portal.webhooks import views as views

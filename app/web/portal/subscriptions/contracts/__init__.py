"""The contracts section of the portal."""

from app.web.portal.subscriptions.contracts import views as views

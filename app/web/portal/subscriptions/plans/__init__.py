"""The plans section of the portal."""

from app.web.portal.subscriptions.plans import views as views

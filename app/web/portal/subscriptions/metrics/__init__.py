"""The section of the portal about what contracts are worth."""

from app.web.portal.subscriptions.metrics import views as views

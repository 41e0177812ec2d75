"""The section of the portal about what contracts are worth."""

from app.web.portal.subscriptions.contract_metrics import views as views

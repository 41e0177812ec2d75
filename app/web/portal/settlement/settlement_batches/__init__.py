"""The settlement batches section of the portal."""

from app.web.portal.settlement.settlement_batches import views as views

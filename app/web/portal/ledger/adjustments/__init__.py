"""The adjustments section of the portal."""

from app.web.portal.ledger.adjustments import views as views

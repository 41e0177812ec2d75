"""The settlements section of the portal."""

from app.web.portal.ledger.settlements import views as views

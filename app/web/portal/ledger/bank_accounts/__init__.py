"""The bank accounts section of the portal."""

from app.web.portal.ledger.bank_accounts import views as views

"""The bank transfers section of the portal."""

from app.web.portal.payments.bank_transfers import views as views

"""The payment orders section of the portal."""

from app.web.portal.payments.payment_orders import bank_report as bank_report
from app.web.portal.payments.payment_orders import views as views

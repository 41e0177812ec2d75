"""The payment orders section of the portal."""

from app.web.portal.payments.payment_orders import views as views

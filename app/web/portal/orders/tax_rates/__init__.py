"""The tax rates section of the portal."""

from app.web.portal.orders.tax_rates import views as views

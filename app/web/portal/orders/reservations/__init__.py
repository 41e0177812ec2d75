"""The reservations section of the portal."""

from app.web.portal.orders.reservations import views as views

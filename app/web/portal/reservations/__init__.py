"""The reservations section of the portal."""

from app.web.portal.reservations import views as views

"""The promotions section of the portal."""

from app.web.portal.promotions import views as views

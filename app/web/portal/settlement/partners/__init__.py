"""The partners section of the portal."""

from app.web.portal.settlement.partners import views as views

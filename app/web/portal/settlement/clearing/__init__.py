"""The clearing section of the portal."""

from app.web.portal.settlement.clearing import views as views

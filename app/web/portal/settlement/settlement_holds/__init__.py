"""The settlement holds section of the portal."""

from app.web.portal.settlement.settlement_holds import views as views

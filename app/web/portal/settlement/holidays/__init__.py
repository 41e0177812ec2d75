"""The holidays section of the portal."""

from app.web.portal.settlement.holidays import views as views

"""The approvals section of the portal."""

from app.web.portal.approvals import views as views

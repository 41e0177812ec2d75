"""The approvals section of the portal."""

from app.web.portal.accounts.approvals import views as views

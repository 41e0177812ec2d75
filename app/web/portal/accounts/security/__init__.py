"""The security section of one's own account."""

from app.web.portal.accounts.security import views as views

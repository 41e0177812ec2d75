"""The security section of one's own account."""

from app.web.portal.security import views as views

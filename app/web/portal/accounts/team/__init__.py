"""The team section of the portal."""

from app.web.portal.accounts.team import views as views

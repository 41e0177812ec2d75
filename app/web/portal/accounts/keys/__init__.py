"""The keys section of the portal."""

from app.web.portal.accounts.keys import views as views

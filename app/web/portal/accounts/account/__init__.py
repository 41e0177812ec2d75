"""The account section of the portal."""

from app.web.portal.accounts.account import views as views

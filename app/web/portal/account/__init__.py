"""The account section of the portal."""

from app.web.portal.account import views as views

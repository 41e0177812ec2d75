"""The settings section of the portal: sections of the declared settings, and their history."""

from app.web.portal.accounts.settings import views as views

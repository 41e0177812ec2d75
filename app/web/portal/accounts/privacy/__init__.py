"""The personal data section of the portal."""

from app.web.portal.accounts.privacy import views as views

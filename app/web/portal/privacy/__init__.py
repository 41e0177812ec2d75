"""The personal data section of the portal."""

from app.web.portal.privacy import views as views

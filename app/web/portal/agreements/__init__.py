"""The agreements section of the portal."""

from app.web.portal.agreements import views as views

"""The categories section of the portal."""

from app.web.portal.categories import views as views

"""The products section of the portal."""

from app.web.portal.products import views as views

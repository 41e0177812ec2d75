"""The routing section of the portal."""

from app.web.portal.routing import views as views

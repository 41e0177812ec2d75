"""The origins section of the portal."""

from app.web.portal.origins import views as views

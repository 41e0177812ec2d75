"""The request log of the portal."""

from app.web.portal.requests import views as views

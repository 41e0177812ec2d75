"""The request log of the portal."""

from app.web.portal.insights.requests import views as views

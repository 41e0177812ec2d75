"""The exports section of the portal."""

from app.web.portal.insights.exports import views as views

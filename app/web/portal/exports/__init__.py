"""The exports section of the portal."""

from app.web.portal.exports import views as views

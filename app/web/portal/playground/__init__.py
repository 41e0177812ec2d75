"""The playground section of the portal."""

from app.web.portal.playground import views as views

"""The keys section of the portal."""

from app.web.portal.keys import views as views

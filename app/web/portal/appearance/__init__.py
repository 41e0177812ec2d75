"""The appearance section of the portal."""

from app.web.portal.appearance import views as views

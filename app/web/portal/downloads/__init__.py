"""The files of a product in the portal."""

from app.web.portal.downloads import views as views

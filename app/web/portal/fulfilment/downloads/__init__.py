"""The files of a product in the portal."""

from app.web.portal.fulfilment.downloads import views as views

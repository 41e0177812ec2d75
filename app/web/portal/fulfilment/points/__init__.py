"""The points section of the portal."""

from app.web.portal.fulfilment.points import views as views

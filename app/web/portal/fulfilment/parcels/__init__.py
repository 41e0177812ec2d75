"""The parcels section of the portal."""

from app.web.portal.fulfilment.parcels import views as views
